"""Two text files beside each other: the same words, and numbers within a tolerance. Read line by line."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from rompy.provenance.diff.difference import Difference, Verdict, shown
from rompy.provenance.diff.tolerance import Tolerance

LONGEST = 2**20
"""Characters of a line; a file with longer ones is no text to us."""
_NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?(?![\w.])")


def compare_texts(name: str, first: Path, second: Path, tolerance: Tolerance) -> Difference:
    """What differs between two files that are not byte for byte the same.

    Raises:
        UnicodeDecodeError, ValueError: one of them is not a text.
    """
    counts = _Counts(tolerance)
    with first.open(encoding="utf-8") as one, second.open(encoding="utf-8") as other:
        for number, (a, b) in enumerate(zip_longest(one, other), 1):
            if a == b:
                continue
            if a is None or b is None:
                longer = "longer" if a is None else "shorter"
                return Difference(name, words=f"{longer} from line {number} on")
            if max(len(a), len(b)) > LONGEST:
                raise ValueError("a line is too long for a text")
            if _NUMBER.sub("#", a).split() != _NUMBER.sub("#", b).split():
                words = f"line {number} reads otherwise: {shown(a.strip())} -> {shown(b.strip())}"
                return Difference(name, a.strip(), b.strip(), words=words)
            counts.add(number, a, b)
    return counts.difference(name)


@dataclass
class _Counts:
    """Numbers that differ in lines with the same words."""

    tolerance: Tolerance
    numbers: int = 0
    beyond: int = 0
    """Those that differ by more than the tolerance."""
    largest: float = 0.0
    at: int = 0
    """Line of the largest difference."""
    lines: int = 0

    def add(self, line: int, a: str, b: str) -> None:
        """Compare two lines with the same words, which are not the same to the letter."""
        self.lines += 1
        for left, right in zip(_values(a), _values(b), strict=True):
            if left == right:
                continue
            self.numbers += 1
            self.beyond += int(bool(self.tolerance.exceeded(left, right - left)))
            if abs(right - left) > self.largest:
                self.largest, self.at = abs(right - left), line

    def difference(self, name: str) -> Difference:
        """What all lines together come to."""
        if not self.numbers:
            words = "the same but for blanks and ways to write numbers"
            return Difference(name, words=words, verdict=Verdict.equal)
        words = f"{self.numbers} numbers in {self.lines} lines differ, by {self.largest:.3g} at most (line {self.at})"
        words += f"; {self.beyond} beyond the tolerance" if self.tolerance else ""
        details = {"numbers": self.numbers, "beyond_tolerance": self.beyond, "largest": self.largest}
        verdict = Verdict.different if self.beyond else Verdict.close
        return Difference(name, words=words, verdict=verdict, details=details)


def _values(line: str) -> list[float]:
    found = [float(text.translate(str.maketrans("dD", "ee"))) for text in _NUMBER.findall(line)]
    return [value if math.isfinite(value) else math.copysign(1e308, value) for value in found]
