"""Settings of the built-in model's postprocessor."""

import builtins
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator

from rompy.errors import ConfigError, RompyError
from rompy.postprocess.config import BasePostprocessorConfig
from rompy_anuga.postprocess.station_point import StationPoint


class AnugaPostprocessorConfig(BasePostprocessorConfig):
    """From the model's output to CF/UGRID netCDF, series at stations, pictures and a summary."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: Literal["anuga"] = "anuga"
    output_dir: Path | None = None
    """Folder for the results, relative to the current directory; ``results`` in the workspace by default."""
    stations: dict[str, StationPoint] = Field(default_factory=dict)
    """Named points for time series: ``{lake: {lon: 149.88, lat: -36.90}}``, or x and y in the run's CRS."""
    inside: str | None = None
    """Station that the summary compares with the boundary; the one furthest from the boundary by default."""
    pictures: bool = True
    """Whether to draw maps and series as PNG."""
    dry_depth: float = Field(default=0.01, gt=0, allow_inf_nan=False)
    """Faces with this depth of water or less are dry, m: levels and velocities are missing there."""
    attributes: dict[str, str] = Field(default_factory=dict)
    """Further global attributes of the netCDF files, such as ``institution``, ``creator_name`` or ``license``."""

    @field_validator("stations")
    @classmethod
    def _names_are_words(cls, stations: dict[str, StationPoint]) -> dict[str, StationPoint]:
        for name in stations:
            if not name.strip() or not name.isprintable():
                raise ValueError(f"{name!r} is not a name for a station")
        return stations

    def check(self, model_run: Any) -> Iterator[RompyError]:
        """Stations outside the domain, and an ``inside`` that is none of them."""
        if self.inside is not None and self.inside not in self.stations:
            known = ", ".join(self.stations) or "none"
            yield ConfigError(
                f"there is no station {self.inside!r}",
                field="postprocessor.inside",
                hint=f"Stations: {known}",
            )
        area = _area_of(model_run.config) if self.stations else None
        if area is not None:
            from rompy_anuga.postprocess.foreseen import stations_outside

            yield from stations_outside(self.stations, area, model_run.config.crs)

    def get_postprocessor_class(self) -> builtins.type[Any]:
        """The class that does the work, imported when it is needed."""
        from rompy_anuga.postprocess.processor import AnugaPostprocessor

        return AnugaPostprocessor


def _area_of(config: Any) -> Any:
    """The domain of a configuration; None where that is wrong itself, or of another model."""
    try:
        return config.domain.area(config.crs)
    except (AttributeError, RompyError):
        return None
