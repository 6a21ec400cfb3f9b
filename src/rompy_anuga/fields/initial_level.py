"""Water level at the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from rompy_anuga.datum import check_datum
from rompy_anuga.fields.gridded import ScalarField

if TYPE_CHECKING:
    import xarray as xr

    from rompy_anuga.fields.gridded import Setting


class InitialLevel(ScalarField):
    """Water level at the start on a grid, metres above the datum of the run; ground above it is dry."""

    variable: str = "water_level"
    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    """Added to levels (m), to bring data above another datum to that of the run."""

    name: ClassVar[str] = "initial_level"
    target: ClassVar[tuple[str, dict[str, str]]] = (
        "water_level",
        {"units": "m", "positive": "up", "long_name": "water level above the vertical datum"},
    )
    is_level: ClassVar[bool] = True
    limits: ClassVar[tuple[float, float]] = (-500.0, 9_000.0)

    def check_reference(self, values: xr.DataArray, setting: Setting) -> None:
        check_datum(values, setting.vertical_datum, self, self.what, self.field)

    def converted(self, values: xr.DataArray) -> xr.DataArray:
        """Metres above the datum of the run."""
        levels = super().converted(values)
        return levels + self.offset if self.offset else levels
