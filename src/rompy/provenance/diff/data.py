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
    pairs = [(name, first.get(name), second.get(name)) for name in sorted({*first, *second})]
    gone = [(name, a) for name, a, b in pairs if b is None and a is not None]
    come = [(name, b) for name, a, b in pairs if a is None and b is not None]
    for name, a, b in pairs:
        if a is not None and b is not None:
            yield from _changed(name, a, b)
    # The same content under another address is told as a move, not as a loss and a gain.
    for name, a in gone:
        moved = next((c for c in come if c[1].field == a.field and c[1].sha256 == a.sha256 is not None), None)
        if moved is not None:
            come.remove(moved)
            continue
        yield Difference(name, a.uri, None, words=f"read only by the first{_size(a)}", details=_ids(a, None))
    for name, b in come:
        yield Difference(name, None, b.uri, words=f"read only by the second{_size(b)}", details=_ids(None, b))


def _by_identity(manifest: Manifest, moved_to: Mapping[str, str]) -> dict[str, Input]:
    found: dict[str, Input] = {}
    for entry in manifest.inputs:
        uri = moved_to.get(entry.uri, entry.uri)
        name = " ".join(part for part in (entry.field, uri) if part)
        key, number = name, 1
        while key in found:  # read twice, in two slices
            number += 1
            key = f"{name} ({number})"
        found[key] = entry
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
