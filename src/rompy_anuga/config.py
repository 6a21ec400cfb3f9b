"""AnugaConfig: what the shallow-water model computes, and how that becomes the files of a case.

A configuration of a model has three duties, and this one shows them in their simplest form:

* ``__call__`` reads the input, checks it against the run and writes what the model reads into the workspace;
* ``render`` writes what does not depend on data: here the case file and a copy of the driver, elsewhere a template;
* ``launch`` says how the model is started there.

Everything that the model needs to run lies in the workspace afterwards; nothing of rompy is needed there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator
from typing_extensions import Self

from rompy.core.config import BaseConfig
from rompy.core.duration import Duration
from rompy.core.launch import Launch
from rompy.core.types import RompyBaseModel
from rompy.core.workers import LIBRARIES, at_once
from rompy.errors import ConfigError, RompyError
from rompy_anuga.about import about
from rompy_anuga.boundaries import Boundary, WaterLevel, file_name, write_boundaries
from rompy_anuga.crs_field import ProjectedCrs
from rompy_anuga.domain import Domain
from rompy_anuga.fields import Bathymetry, Friction, InitialLevel, Pressure, Rain, Setting, Wind

if TYPE_CHECKING:
    from rompy.core.citation import Citation
    from rompy_anuga.area import Area
    from rompy_anuga.period import Period

CASE_FORMAT = "rompy-anuga-case/1"
PROGRESS = "progress.jsonl"

Manning = Annotated[float, Field(gt=0, le=1)]
Level = Annotated[float, Field(allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


class LevelOfBoundary(RompyBaseModel):
    """The level that a boundary has at the start, everywhere."""

    boundary: str
    """Tag of a boundary with a water level."""


class Output(RompyBaseModel):
    """What the model writes."""

    interval: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(minutes=10)
    """Time between two outputs; numbers are seconds."""
    minimum_depth: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.01
    """Water shallower than this counts as dry in the output (m)."""


class Numerics(RompyBaseModel):
    """How the equations are solved, and on how many processors."""

    scheme: Literal["DE0", "DE1"] = "DE0"
    """``DE0`` is of first order in time and the faster one; ``DE1`` of second order at about 1.8 times the cost."""
    threads: Annotated[int, Field(ge=1)] = 1
    """OpenMP threads of each rank. More than one pays only where nothing else runs."""
    ranks: Annotated[int, Field(ge=1)] = 1
    """MPI processes."""


def _kind(value: Any) -> str:
    """Which of a plain value, the level of a boundary and a field is meant."""
    if isinstance(value, (int, float, str)):
        return "value"
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return "boundary" if "boundary" in keys else "field"


def _mesh_or_field(value: Any) -> Any:
    """``{from: mesh}`` means ``mesh``."""
    return "mesh" if isinstance(value, dict) and value == {"from": "mesh"} else value


class AnugaConfig(BaseConfig):
    """A shallow-water model of tides, surges, rivers and floods, computed by ANUGA on triangles."""

    model_type: Literal["anuga"] = "anuga"  # type: ignore[assignment]
    passing_files: ClassVar[tuple[str, ...]] = (PROGRESS, "run.json")
    template: None = None
    """The case file is written without a template."""
    crs: ProjectedCrs
    """Projected system in metres in which the model computes, such as the UTM zone of the place."""
    vertical_datum: str | None = None
    """What levels are above, for example MSL, AHD or NAP. Recorded; levels that say they are above something else are
    refused unless their offset is stated."""
    domain: Domain
    """Where the model computes."""
    bathymetry: Annotated[
        Annotated[Literal["mesh"], Tag("value")] | Annotated[Bathymetry, Tag("field")],
        Discriminator(_kind),
        BeforeValidator(_mesh_or_field),
    ]
    """Level of the bed: a gridded source, or ``mesh`` for the levels that a mesh file bears."""
    friction: Annotated[
        Annotated[Manning, Tag("value")] | Annotated[Friction, Tag("field")], Discriminator(_kind)
    ] = 0.025
    """Manning's n (s m-1/3), or a gridded source of it."""
    initial_level: Annotated[
        Annotated[Level, Tag("value")]
        | Annotated[LevelOfBoundary, Tag("boundary")]
        | Annotated[InitialLevel, Tag("field")],
        Discriminator(_kind),
    ] = 0.0
    """Water level at the start (m), a gridded source of it, or ``{boundary: tag}`` for what that boundary has then."""
    boundaries: dict[str, Boundary]
    """A condition for each tag of the domain's boundary."""
    wind: Wind | None = None
    """Wind at 10 m."""
    pressure: Pressure | None = None
    """Air pressure."""
    rain: Rain | None = None
    """Rain."""
    coriolis: bool | Latitude = False
    """Whether the earth turns: at the latitude of the domain's middle, or at the one given (degrees north)."""
    output: Output = Output()
    """What the model writes."""
    numerics: Numerics = Numerics()
    """How the equations are solved."""

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        """What can be told without reading a file."""
        if self.bathymetry == "mesh" and self.domain.model_type != "mesh":
            raise ValueError(
                "bathymetry: only a domain that is a mesh bears levels of its bed; "
                "the source anuga_mesh gives those of a mesh file to any domain"
            )
        if isinstance(self.initial_level, LevelOfBoundary):
            named = self.boundaries.get(self.initial_level.boundary)
            if not isinstance(named, WaterLevel):
                raise ValueError(
                    f"initial_level: there is no boundary {self.initial_level.boundary!r} with a water level"
                )
        return self

    def check(self, runtime: Any) -> Iterator[RompyError]:
        """Missing files, a domain that cannot be made, tags without a condition, a period without output."""
        from rompy_anuga.period import Period

        yield from super().check(runtime)
        try:
            self._check_output(Period.between(runtime.period.start, runtime.period.end))
        except RompyError as error:
            yield error
        try:
            with about("config.domain"):
                area = self.domain.area(self.crs)
            self._check_tags(area)
        except RompyError as error:
            yield error

    def __call__(self, runtime: Any) -> dict[str, Any]:
        """Write the domain, fields and series of the case; returns the case itself.

        Raises:
            MissingFileError, DataError, CoverageError: input is missing, unfit, or covers too little.
            ConfigError: parts of the description contradict each other or the input.
        """
        from rompy_anuga.period import Period

        period = Period.between(runtime.period.start, runtime.period.end)
        self._check_output(period)
        with about("config.domain"):
            area = self.domain.area(self.crs)
        self._check_tags(area)
        return self._case(
            runtime, Setting(area, self.crs, period, Path(runtime.staging_dir), self.vertical_datum)
        )

    def render(self, context: dict[str, Any], output_dir: Any) -> None:
        """Write the case file and copy the driver into the workspace."""
        from rompy_anuga.case_file import copy_driver, write_case

        folder = Path(context["runtime"]["staging_dir"])
        write_case(context["config"], folder / "case.json")
        copy_driver(folder)

    @classmethod
    def citations(cls) -> Sequence[Citation]:
        """The program, and the paper on its method."""
        from rompy_anuga.citations import citations

        return citations()

    @classmethod
    def model_version(cls, workspace: Path) -> str | None:
        """Of ANUGA, as the driver wrote it down."""
        from rompy_anuga.run_record import model_version

        return model_version(workspace)

    def launch(self) -> Launch:
        """The driver, with as many threads as the case asks for."""
        return Launch(
            argv=("python", "run_case.py", "case.json"),
            ranks=self.numerics.ranks,
            # Waiting threads that spin make a shared machine several times slower.
            env={"OMP_NUM_THREADS": str(self.numerics.threads), "OMP_WAIT_POLICY": "passive"},
            progress=PROGRESS,
        )

    def _case(self, runtime: Any, setting: Setting) -> dict[str, Any]:
        """The case as the driver reads it, every file of it written."""
        from rompy_anuga.period import text_of

        case: dict[str, Any] = {
            "format": CASE_FORMAT,
            "name": file_name(runtime.run_id),
            "start": text_of(setting.period.start),
            "duration_s": setting.period.seconds,
            "crs": self.crs,
            "vertical_datum": self.vertical_datum,
            "mesh": self.domain.write(setting.area, setting.folder),
        }
        case |= self._inputs(setting)
        case["coriolis_latitude_deg"] = self._latitude(setting.area)
        case["output"] = {
            "interval_s": self.output.interval.total_seconds(),
            "minimum_depth_m": self.output.minimum_depth,
        }
        case["numerics"] = self.numerics.model_dump()
        return {key: value for key, value in case.items() if value is not None}

    def _inputs(self, setting: Setting) -> dict[str, Any]:
        """What the case file says of fields and series. They do not depend on each other: while one is fetched, others
        are written."""
        fields = [field for field in (self.wind, self.pressure, self.rain) if field is not None]
        tasks: dict[str, Callable[[], Any]] = {
            "bathymetry": partial(self._bathymetry, setting),
            "friction": partial(self._number_or_file, self.friction, setting),
            "initial_level_m": partial(self._initial_level, setting),
            "boundaries": partial(write_boundaries, self.boundaries, setting),
            **{field.name: partial(field.write, setting) for field in fields},
        }
        return dict(zip(tasks, at_once(list(tasks.values()), imports=LIBRARIES), strict=True))

    def _check_output(self, period: Period) -> None:
        if period.seconds <= 0:
            raise ConfigError("the period has no length", field="period")
        if self.output.interval.total_seconds() > period.seconds:
            raise ConfigError(
                f"an output every {self.output.interval} gives none within a run of {period.seconds:g} s",
                field="config.output.interval",
            )

    def _check_tags(self, area: Area) -> None:
        bare, unused = sorted(area.tags - set(self.boundaries)), sorted(set(self.boundaries) - area.tags)
        if bare:
            raise ConfigError(
                f"the domain's boundary has tags without a condition: {', '.join(bare)}",
                field="config.boundaries",
                hint=f"Conditions are given for: {', '.join(sorted(self.boundaries)) or 'none'}",
            )
        if unused:
            raise ConfigError(
                f"conditions are given for tags that the domain's boundary does not have: {', '.join(unused)}",
                field="config.boundaries",
                hint=f"Its tags are: {', '.join(sorted(area.tags))}",
            )

    def _bathymetry(self, setting: Setting) -> dict[str, str]:
        if isinstance(self.bathymetry, Bathymetry):
            return self.bathymetry.write(setting)
        mesh = setting.area.mesh
        if mesh is None or "elevation" not in mesh.attributes:
            known = ", ".join(mesh.attributes) if mesh else ""
            raise ConfigError(
                "the nodes of the mesh have no attribute 'elevation'",
                field="config.bathymetry",
                hint=f"They have: {known or 'none'}. Give the bathymetry from a gridded source.",
            )
        return {"from": "mesh"}

    @staticmethod
    def _number_or_file(value: Any, setting: Setting) -> Any:
        return value if isinstance(value, (int, float)) else value.write(setting)

    def _initial_level(self, setting: Setting) -> Any:
        if not isinstance(self.initial_level, LevelOfBoundary):
            return self._number_or_file(self.initial_level, setting)
        tag = self.initial_level.boundary
        boundary = self.boundaries[tag]
        assert isinstance(boundary, WaterLevel)  # made sure when the description was validated
        level = boundary.levels(setting, f"config.boundaries.{tag}").at(setting.period.start)
        return round(level, 6)

    def _latitude(self, area: Area) -> float | None:
        if isinstance(self.coriolis, bool):
            return _latitude_of(area, self.crs) if self.coriolis else None
        return self.coriolis


def _latitude_of(area: Area, crs: str) -> float:
    """Latitude of the domain's middle, to a ten-thousandth of a degree."""
    from rompy_anuga import crs as systems

    x0, y0, x1, y1 = area.extent
    _, latitude = systems.transformer(crs, systems.GEOGRAPHIC).transform((x0 + x1) / 2, (y0 + y1) / 2)
    return round(float(latitude), 4)
