"""Two text files beside each other: the same words, and numbers within a tolerance. Read line by line."""

from __future__ import annotations

import math
import re
from itertools import zip_longest
from pathlib import Path

from rompy.provenance.diff.difference import Difference, Verdict
from rompy.provenance.diff.tolerance import Tolerance

LONGEST = 2**20
"""Characters of a line; a file with longer ones is no text to us."""
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?(?![\w.])")


def compare_texts(name: str, first: Path, second: Path, tolerance: Tolerance) -> Difference:
    """What differs between two files that are not byte for byte the same.

    Raises:
        UnicodeDecodeError, ValueError: one of them is not a text.
    """
    numbers, beyond, largest, lines, at = 0, 0, 0.0, 0, 0
    with first.open(encoding="utf-8") as one, second.open(encoding="utf-8") as other:
        for number, (a, b) in enumerate(zip_longest(one, other), 1):
            if a == b:
                continue
            if a is None or b is None:
                words = f"{'longer' if a is None else 'shorter'} from line {number} on"
                return Difference(name, words=words)
            if max(len(a), len(b)) > LONGEST:
                raise ValueError("a line is too long for a text")
            lines += 1
            if _NUMBER.sub("#", a).split() != _NUMBER.sub("#", b).split():
                return Difference(name, a.strip(), b.strip(), words=f"line {number} reads otherwise")
            for left, right in zip(_values(a), _values(b), strict=True):
                if left == right:
                    continue
                numbers += 1
                beyond += int(bool(tolerance.exceeded(left, right - left)))
                if abs(right - left) > largest:
                    largest, at = abs(right - left), number
    if not numbers:
        return Difference(
            name, words="the same but for blanks and ways to write numbers", verdict=Verdict.equal
        )
    words = f"{numbers} numbers in {lines} lines differ, by {largest:.3g} at most (line {at})"
    words += f"; {beyond} beyond the tolerance" if tolerance else ""
    details = {"numbers": numbers, "beyond_tolerance": beyond, "largest": largest}
    return Difference(
        name, words=words, verdict=Verdict.different if beyond else Verdict.close, details=details
    )


def _values(line: str) -> list[float]:
    found = [float(text.translate(str.maketrans("dD", "ee"))) for text in _NUMBER.findall(line)]
    return [value if math.isfinite(value) else math.copysign(1e308, value) for value in found]
