"""How two runs differ in what they were made from, and in the files that were made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rompy.manifest import Input, Manifest
from rompy.provenance.diff.difference import Difference, LevelReport
from rompy.provenance.diff.results import paired


def compare_data(one: Manifest, other: Manifest, moved: Mapping[str, str] | None = None) -> LevelReport:
    """Sources by field and address, and generated files by name.

    Args:
        moved: addresses that inputs of the first have in the second.
    """
    inputs = list(_inputs(one, other, moved or {}))
    files = list(_files(one, other))
    nothing = not (one.inputs or other.inputs or one.files or other.files)
    summary = f"{_plural(len(one.inputs), 'input')}, {_plural(len(one.files), 'generated file')}"
    notes = [
        f"{side} is of an older schema, which does not list inputs"
        for side, manifest in (("the first", one), ("the second", other))
        if manifest.schema_ < 2
    ]
    return LevelReport.of("data", [*inputs, *files], summary=summary, notes=notes, nothing=nothing)


def _inputs(one: Manifest, other: Manifest, moved_to: Mapping[str, str]) -> Iterator[Difference]:
    if min(one.schema_, other.schema_) < 2:
        return
    first, second = _by_identity(one, moved_to), _by_identity(other, {})
    gone = [key for key in first if key not in second]
    come = [key for key in second if key not in first]
    pairs = [(key, key) for key in first if key in second]
    # The same content under another address, and the same address for another field, is no loss and a gain: a part that
    # is reused, or a file that several parts read, is known by another field.
    for key in list(gone):
        twin = next((other for other in come if _is_moved(first[key], second[other], moved_to)), None)
        if twin is not None:
            gone.remove(key)
            come.remove(twin)
            pairs.append((key, twin))
    for key, twin in sorted(pairs):
        yield from _changed(_name(first[key]), first[key], second[twin])
    for key in sorted(gone):
        entry = first[key]
        words = f"read only by the first{_size(entry)}"
        yield Difference(_name(entry), entry.uri, None, words=words, details=_ids(entry, None))
    for key in sorted(come):
        entry = second[key]
        words = f"read only by the second{_size(entry)}"
        yield Difference(_name(entry), None, entry.uri, words=words, details=_ids(None, entry))


def _is_moved(a: Input, b: Input, moved_to: Mapping[str, str]) -> bool:
    if a.sha256 is not None and a.sha256 == b.sha256:
        return a.field == b.field or a.uri == b.uri or moved_to.get(a.uri) == b.uri
    return a.slice == b.slice and b.uri in (a.uri, moved_to.get(a.uri))


def _name(entry: Input) -> str:
    return " ".join(part for part in (entry.field, entry.uri) if part)


def _by_identity(manifest: Manifest, moved_to: Mapping[str, str]) -> dict[tuple[str, str, int], Input]:
    """Inputs by field, address, and how often these were read before: in other slices."""
    found: dict[tuple[str, str, int], Input] = {}
    for entry in manifest.inputs:
        field, uri, number = entry.field or "", moved_to.get(entry.uri, entry.uri), 0
        while (field, uri, number) in found:
            number += 1
        found[field, uri, number] = entry
    return found


def _changed(name: str, a: Input, b: Input) -> Iterator[Difference]:
    if a.sha256 is not None and b.sha256 is not None:
        if a.sha256 != b.sha256:
            words = f"other content{_from_to(a, b)}"
            yield Difference(name, a.sha256, b.sha256, words=words, details=_ids(a, b))
    elif (a.version or {}) != (b.version or {}):
        yield Difference(name, a.version, b.version, words="another version", details=_ids(a, b))
    if a.slice != b.slice:
        yield Difference(f"{name}, part", a.slice, b.slice, details=_ids(a, b))


def _files(one: Manifest, other: Manifest) -> Iterator[Difference]:
    for left, right in paired(one.files, other.files, (one, other)):
        if left is None or right is None:
            where = "the first" if right is None else "the second"
            yield Difference(str(left or right), left, right, words=f"generated only by {where}")
            continue
        a, b = one.files[left], other.files[right]
        if (a.sha256, a.link) != (b.sha256, b.link):
            before, after = a.link or a.sha256, b.link or b.sha256
            sizes = f", {a.bytes} -> {b.bytes} bytes" if a.bytes != b.bytes else ""
            yield Difference(left, before, after, words=f"generated with other content{sizes}")


def _from_to(a: Input, b: Input) -> str:
    if a.bytes is None or b.bytes is None or a.bytes == b.bytes:
        return ""
    return f", {a.bytes} -> {b.bytes} bytes"


def _size(entry: Input) -> str:
    return "" if entry.bytes is None else f" ({entry.bytes} bytes)"


def _ids(a: Input | None, b: Input | None) -> Mapping[str, Any]:
    return {
        "field": (a or b or Input(uri="", kind="file")).field,
        "kind": (a or b or Input(uri="", kind="file")).kind,
    }


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
