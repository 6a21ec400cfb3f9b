"""The books of the water: what there was, what came in, what is there, and what nobody accounts for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """The state of the books at one time, of the whole mesh (m3)."""

    volume_m3: float
    boundary_inflow_m3: float
    """Through the edges, since the start."""
    operator_inflow_m3: float
    """As rain, since the start."""
    error_m3: float
    """Water that is there and came from nowhere; negative where it is missing."""


class Balance:
    """Keeps the books. Every rank must ask at the same times: each entry is a sum over all.

    Args:
        domain: ANUGA's domain, before its first step.
    """

    def __init__(self, domain: Any) -> None:
        self._domain = domain
        self.initial_volume_m3 = float(domain.get_water_volume())
        self.max_abs_error_m3 = 0.0

    def entry(self) -> Entry:
        """The books as they are now."""
        volume = float(self._domain.get_water_volume())
        boundary = float(self._domain.get_boundary_flux_integral())
        operators = float(self._domain.get_fractional_step_volume_integral())
        error = volume - self.initial_volume_m3 - boundary - operators
        self.max_abs_error_m3 = max(self.max_abs_error_m3, abs(error))
        return Entry(volume, boundary, operators, error)

    def closed(self, last: Entry) -> dict[str, float]:
        """The balance of the whole run, from its last entry."""
        return {
            "initial_volume_m3": self.initial_volume_m3,
            "final_volume_m3": last.volume_m3,
            "boundary_inflow_m3": last.boundary_inflow_m3,
            "operator_inflow_m3": last.operator_inflow_m3,
            "error_m3": last.error_m3,
            "max_abs_error_m3": self.max_abs_error_m3,
        }
