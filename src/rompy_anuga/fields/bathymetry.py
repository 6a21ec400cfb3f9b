"""Level of the bed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from rompy_anuga.datum import check_datum
from rompy_anuga.fields.gridded import ScalarField

if TYPE_CHECKING:
    import xarray as xr

    from rompy_anuga.fields.gridded import Setting


class Bathymetry(ScalarField):
    """Level of the bed on a grid, metres; positive up in the case, whatever the data have."""

    variable: str = "elevation"
    positive: Literal["up", "down"] | None = None
    """Which way the data count; by their attribute ``positive`` or standard name unless given, else up."""
    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    """Added to levels (m), to bring data above another datum to that of the run."""

    name: ClassVar[str] = "bathymetry"
    target: ClassVar[tuple[str, dict[str, str]]] = (
        "elevation",
        {"units": "m", "positive": "up", "long_name": "level of the bed above the vertical datum"},
    )
    is_level: ClassVar[bool] = True
    limits: ClassVar[tuple[float, float]] = (-12_000.0, 9_000.0)

    def check_reference(self, values: xr.DataArray, setting: Setting) -> None:
        check_datum(values, setting.vertical_datum, self, self.what, self.field)

    def converted(self, values: xr.DataArray) -> xr.DataArray:
        """Metres, positive up, above the datum of the run."""
        up = self._counts_up(values)
        levels = super().converted(values)
        levels = levels if up else -levels
        return levels + self.offset if self.offset else levels

    def _counts_up(self, values: xr.DataArray) -> bool:
        if self.positive is not None:
            return self.positive == "up"
        stated = str(values.attrs.get("positive", "")).lower()
        if stated in ("up", "down"):
            return stated == "up"
        return "depth" not in str(values.attrs.get("standard_name", "")).lower()
