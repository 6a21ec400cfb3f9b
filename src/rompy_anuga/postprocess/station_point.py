"""A point as people give it: longitude and latitude, or x and y of the run's projected system."""

from pydantic import BaseModel, ConfigDict, Field, model_validator


class StationPoint(BaseModel):
    """Either ``lon`` and ``lat`` (degrees, WGS 84) or ``x`` and ``y`` (metres of the run's CRS)."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, frozen=True)

    lon: float | None = Field(default=None, ge=-180, le=360, allow_inf_nan=False)
    """Longitude, degrees east."""
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    """Latitude, degrees north."""
    x: float | None = Field(default=None, allow_inf_nan=False)
    """First coordinate in the run's CRS, metres."""
    y: float | None = Field(default=None, allow_inf_nan=False)
    """Second coordinate in the run's CRS, metres."""

    @model_validator(mode="after")
    def _is_one_pair(self) -> "StationPoint":
        given = {name for name in ("lon", "lat", "x", "y") if getattr(self, name) is not None}
        if given not in ({"lon", "lat"}, {"x", "y"}):
            raise ValueError(f"give lon and lat, or x and y; got {', '.join(sorted(given)) or 'nothing'}")
        return self

    @property
    def first(self) -> float:
        """Longitude or x."""
        return float(self.x if self.lon is None else self.lon)  # type: ignore[arg-type]

    @property
    def second(self) -> float:
        """Latitude or y."""
        return float(self.y if self.lat is None else self.lat)  # type: ignore[arg-type]

    def __str__(self) -> str:
        if self.lon is None:
            return f"x {self.x}, y {self.y}"
        return f"lon {self.lon}, lat {self.lat}"
