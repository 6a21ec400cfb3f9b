"""How two runs differ in what came out."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rompy.core.workspace import HIDDEN
from rompy.long_work import advanced, working
from rompy.manifest import Manifest, Output
from rompy.provenance.copies import CRATE, PAGE
from rompy.provenance.diff.difference import Difference, LevelReport, Verdict
from rompy.provenance.diff.tolerance import Tolerance

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".pdf", ".mp4")
"""Drawn from data that are compared themselves; another version of the drawing library gives other bytes."""

PASSING: Mapping[str, tuple[str, ...]] = {
    "": ("*.log", "*.pid"),
    "swan": ("PRINT*", "norm_end", "Errfile", "swaninit"),
    "schism": ("outputs/*.out", "*.out", "outputs/flux*"),
    "xbeach": ("XBlog.txt", "XBwarning.txt", "XBerror.txt"),
}
"""Files that tell how long a run took and where, not what came out; by model, and for all models."""


def compare_results(
    first: Path, second: Path, manifests: tuple[Manifest, Manifest], tolerance: Tolerance, passing: Any = ()
) -> LevelReport:
    """Files that models and postprocessors wrote, value by value where their bytes differ.

    Args:
        passing: patterns of further names that are not compared.
    """
    one, other = (
        outputs_of(root, manifest) for root, manifest in zip((first, second), manifests, strict=True)
    )
    patterns = (*PASSING[""], *PASSING.get(str(manifests[0].model_type), ()), *passing)
    pairs = paired(one, other, manifests)
    left_out = sorted({a or b or "" for a, b in pairs if _is_left_out(a or b or "", patterns)})
    pairs = [(a, b) for a, b in pairs if not _is_left_out(a or b or "", patterns)]
    with working("comparing results", sum(_size(first / (a or b or "")) for a, b in pairs)):
        found = [d for pair in pairs for d in _compare(pair, first, second, one, other, tolerance)]
    notes = [f"not compared: {', '.join(left_out)}"] if left_out else []
    if not one or not other:
        which = (
            "neither has" if not (one or other) else "only the second has" if other else "only the first has"
        )
        return LevelReport("results", Verdict.unknown, notes=(f"{which} output", *notes))
    return LevelReport.of(
        "results", found, summary=f"{len(pairs)} file{'' if len(pairs) == 1 else 's'}", notes=notes
    )


def paired(
    one: Mapping[str, Any], other: Mapping[str, Any], manifests: tuple[Manifest, Manifest]
) -> list[tuple[str | None, str | None]]:
    """Names that belong together: the same ones, and those that differ by the run's own name; None where one lacks."""
    first_id, second_id = (str(manifest.run_id or "") for manifest in manifests)
    pairs: list[tuple[str | None, str | None]] = []
    left = set(other)
    for name in sorted(one):
        renamed = name.replace(first_id, second_id) if first_id and second_id else name
        match = next((n for n in (name, renamed) if n in left), None)
        left.discard(match or "")
        pairs.append((name, match))
    return [*pairs, *((None, name) for name in sorted(left))]


def outputs_of(root: Path, manifest: Manifest) -> dict[str, Output]:
    """What the manifest lists; else, as it does not after a run elsewhere, what is there and was not generated."""
    if manifest.outputs:
        return dict(manifest.outputs)
    return {
        path.relative_to(root).as_posix(): Output()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and path.relative_to(root).parts[0] != HIDDEN
        and path.relative_to(root).as_posix() not in manifest.files
        and path.name not in (CRATE, PAGE)
    }


def _is_left_out(name: str, patterns: tuple[str, ...]) -> bool:
    return name.lower().endswith(PICTURES) or any(
        fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(name.rpartition("/")[2], pattern)
        for pattern in patterns
    )


def _compare(
    pair: tuple[str | None, str | None],
    first: Path,
    second: Path,
    one: Mapping[str, Output],
    other: Mapping[str, Output],
    tolerance: Tolerance,
) -> Iterator[Difference]:
    a, b = pair
    if a is None or b is None:
        yield Difference(str(a or b), a, b, words=f"only in {'the first' if b is None else 'the second'}")
        return
    paths = first / a, second / b
    gone = [str(path) for path in paths if not path.is_file()]
    if gone:
        if one[a].sha256 is None or one[a].sha256 != other[b].sha256:
            yield Difference(a, words=f"it is not there any more: {', '.join(gone)}", verdict=Verdict.unknown)
    elif not _same_bytes(*paths):
        found = _by_values(a, *paths, tolerance)
        yield replace(found, details={**found.details, "files": [a, b]})


def _same_bytes(first: Path, second: Path) -> bool:
    """Read, not taken from the manifests: the files are there, and may have been changed since."""
    if first.stat().st_size != second.stat().st_size:
        return False
    with first.open("rb") as one, second.open("rb") as other:
        while True:
            a, b = one.read(2**20), other.read(2**20)
            if a != b:
                return False
            if not a:
                return True
            advanced(len(a))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _by_values(name: str, first: Path, second: Path, tolerance: Tolerance) -> Difference:
    from rompy.provenance.diff.netcdf import compare_files, is_netcdf
    from rompy.provenance.diff.text import compare_texts

    try:
        if is_netcdf(first) and is_netcdf(second):
            return compare_files(name, first, second, tolerance)
        return compare_texts(name, first, second, tolerance)
    except (OSError, RuntimeError, ValueError) as error:
        sizes = first.stat().st_size, second.stat().st_size
        kind = "" if isinstance(error, UnicodeDecodeError) else f" ({error})"
        return Difference(name, *sizes, words=f"other bytes, {sizes[0]} -> {sizes[1]}{kind}")
