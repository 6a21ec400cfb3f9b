"""Rain."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rompy_anuga.fields.gridded import ScalarField

if TYPE_CHECKING:
    import xarray as xr

ROUNDING = 0.01
"""Rain that falls upwards at less than this (mm h-1) is rounding of packed data, and means none."""


class Rain(ScalarField):
    """Rain as a rate on a grid in time; in the case in mm h-1.

    Rates of mass (kg m-2 s-1) are turned into heights of fresh water. Totals are not rates.
    """

    variable: str = "rain_rate"

    name: ClassVar[str] = "rain"
    target: ClassVar[tuple[str, dict[str, str]]] = (
        "rain_rate",
        {"units": "mm h-1", "standard_name": "lwe_precipitation_rate"},
    )
    varies: ClassVar[bool] = True
    limits: ClassVar[tuple[float, float]] = (0.0, 1_000.0)

    def converted(self, values: xr.DataArray) -> xr.DataArray:
        """mm h-1."""
        rate = super().converted(values)
        return rate.where((rate >= 0) | (rate < -ROUNDING) | rate.isnull(), 0.0)
