"""What happens at each tagged part of the domain's boundary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from rompy.core.artefact import prepared
from rompy.core.duration import Duration
from rompy.core.filters import Filter
from rompy.core.tagged import Tagged
from rompy.core.types import DatasetCoords, RompyBaseModel
from rompy_anuga.about import about

if TYPE_CHECKING:
    from rompy_anuga.fields.gridded import Setting
    from rompy_anuga.series import Levels


class Wall(RompyBaseModel):
    """No flow across; the water slides along."""

    model_type: Literal["wall"] = "wall"


class Transmissive(RompyBaseModel):
    """Water leaves as it arrives, with nothing coming in from outside."""

    model_type: Literal["transmissive"] = "transmissive"


class WaterLevel(RompyBaseModel):
    """The water level outside follows a series, the same along the whole part."""

    model_type: Literal["water_level"] = "water_level"
    source: Annotated[Any, Tagged("rompy.source")]
    """Where the series comes from: a table, a tide, a netCDF file ..."""
    variable: str | None = None
    """Name of the variable with the level; may be left out when the source has one only."""
    coords: DatasetCoords | None = None
    """Name of the time coordinate, unless it is ``time``."""
    filter: Filter | None = None
    """Selection and renaming before use, for example of one station."""
    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    """Added to levels (m), to bring data above another datum to that of the run."""
    max_gap: Duration | None = None
    """The longest time that may lie between two levels; unless given, steps that stand out are refused as gaps."""
    units: str | None = None
    """Unit of the data; that of the data themselves unless given, and metres if they state none."""
    scheme: Literal["set_level", "flather", "characteristic"] = "set_level"
    """``set_level`` makes the level inside follow the series within a millimetre and reflects what comes from inside;
    ``flather`` and ``characteristic`` let most of that out, at the price of a level some per cent off."""

    def levels(self, setting: Setting, field: str) -> Levels:
        """The series for the period of a run.

        Raises:
            DataError: it cannot be read, has gaps, or is not a series.
            CoverageError: it does not cover the period; tells both.
        """
        from rompy_anuga.series import read_levels

        with about(field):
            return read_levels(self, setting.period, field, setting.vertical_datum)

    def write(self, tag: str, stem: str, setting: Setting) -> dict[str, str]:
        """Write the series of a part to ``stem``.nc, or take it from a former run; returns what the case file says
        about it."""
        name = f"{stem}.nc"

        def make() -> None:
            self.levels(setting, f"config.boundaries.{tag}").write(setting.folder / name)

        prepared(
            self,
            setting.folder,
            make,
            needs={"name": name, "period": setting.period, "vertical_datum": setting.vertical_datum},
            files=lambda _: [name],
            without=("scheme",),
            by_values=True,
        )
        return {"type": "water_level", "file": name, "variable": "water_level", "scheme": self.scheme}


def _shorthand(value: Any) -> Any:
    """``wall`` stands for ``{model_type: wall}``."""
    return {"model_type": value} if isinstance(value, str) else value


Boundary = Annotated[
    Wall | Transmissive | WaterLevel, Field(discriminator="model_type"), BeforeValidator(_shorthand)
]
"""One of the conditions, told apart by ``model_type``; one without settings may be given by its name alone."""


def file_name(text: str) -> str:
    """A text as part of a file name: what might trouble a file system becomes an underscore."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in text)
    return plain.lstrip("._-") or "unnamed"


def write_boundaries(
    boundaries: Mapping[str, Wall | Transmissive | WaterLevel], setting: Setting
) -> dict[str, dict[str, str]]:
    """Write what the conditions need; returns what the case file says about them, tags in alphabetical order."""
    written, taken = {}, set[str]()
    for tag in sorted(boundaries):
        boundary = boundaries[tag]
        if isinstance(boundary, WaterLevel):
            stem = f"boundary_{file_name(tag)}"
            while stem in taken:  # two tags may differ only in what a file name cannot hold
                stem += "_"
            taken.add(stem)
            written[tag] = boundary.write(tag, stem, setting)
        else:
            written[tag] = {"type": boundary.model_type}
    return written
