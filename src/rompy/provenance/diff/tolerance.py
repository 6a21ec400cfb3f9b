"""By how much numbers may differ and still count as the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """``|b - a| <= absolute + relative * |a|``, as numpy's ``isclose`` has it. Zero for both wants equal values."""

    absolute: float = 0.0
    """In the unit of each variable."""
    relative: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.absolute or self.relative)

    def exceeded(self, a: Any, difference: Any) -> Any:
        """Where a difference is greater than it may be; arrays of one shape."""
        return ~(np.abs(difference) <= self.absolute + self.relative * np.abs(a))

    def __str__(self) -> str:
        parts = [
            f"{self.absolute:g}" if self.absolute else "",
            f"{self.relative:g} of the value" if self.relative else "",
        ]
        return " + ".join(part for part in parts if part) or "none"
