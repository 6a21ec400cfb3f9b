"""Air pressure."""

from __future__ import annotations

from typing import ClassVar

from rompy_anuga.fields.gridded import ScalarField


class Pressure(ScalarField):
    """Air pressure at the sea surface on a grid in time; in the case in Pa."""

    variable: str = "msl"

    name: ClassVar[str] = "pressure"
    target: ClassVar[tuple[str, dict[str, str]]] = (
        "msl",
        {"units": "Pa", "standard_name": "air_pressure_at_mean_sea_level"},
    )
    varies: ClassVar[bool] = True
    limits: ClassVar[tuple[float, float]] = (80_000.0, 110_000.0)
