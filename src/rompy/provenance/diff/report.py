"""A comparison in words, for people."""

from __future__ import annotations

from collections.abc import Iterator

from rompy.printable import in_one_line
from rompy.provenance.diff.difference import Comparison, Difference, LevelReport, Verdict

SHOWN = 12
"""Differences of one level that are told one by one."""

_WORDS = {
    Verdict.same: "the same",
    Verdict.equal: "the same values",
    Verdict.close: "the same within the tolerance",
    Verdict.different: "differs",
    Verdict.unknown: "not compared",
}


def report(comparison: Comparison, *, whole: bool = False) -> list[str]:
    """Lines: each level with its verdict, and what differs in it.

    Args:
        whole: tell every difference, however many.
    """
    lines = [f"first:  {comparison.first}", f"second: {comparison.second}"]
    width = max(map(len, comparison.levels))
    for level, found in comparison.levels.items():
        lines += _level(level, found, width, whole)
    return [in_one_line(line) for line in lines]


def _level(level: str, found: LevelReport, width: int, whole: bool) -> Iterator[str]:
    summary = f" ({found.summary})" if found.summary and found.verdict is not Verdict.unknown else ""
    reason = f": {found.notes[0]}" if found.verdict is Verdict.unknown and found.notes else ""
    yield f"{level:<{width}}  {_WORDS[found.verdict]}{summary}{reason}"
    most = None if whole else SHOWN
    for difference in found.differences[:most]:
        yield from _lines(difference, "  ", most)
    if not whole and len(found.differences) > SHOWN:
        yield f"  and {len(found.differences) - SHOWN} more"
    for note in found.notes[1 if reason else 0 :]:
        yield f"  {note}"


def _lines(difference: Difference, indent: str, most: int | None) -> Iterator[str]:
    yield f"{indent}{difference}"
    for part in difference.parts[:most]:
        yield from _lines(part, f"{indent}  ", most)
    if most is not None and len(difference.parts) > most:
        yield f"{indent}  and {len(difference.parts) - most} more"
