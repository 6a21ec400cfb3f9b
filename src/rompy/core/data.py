"""Data that a model needs: files as they are, series, and fields, cut to the run's period and area."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial, wraps
from inspect import signature
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator
from typing_extensions import Self

from rompy.core.data_checks import DataChecks
from rompy.core.duration import parse_duration
from rompy.core.filters import Filter, names_of
from rompy.core.regrid.settings import Regridding
from rompy.core.source.base import opened_once
from rompy.core.tagged import Tagged
from rompy.core.time import TimeRange
from rompy.core.types import DatasetCoords, RompyBaseModel, Slice
from rompy.errors import ConfigError, DataError
from rompy.inputs import note_folder, reading_for

if TYPE_CHECKING:
    import xarray as xr

    from rompy.core.holes import Holes

logger = logging.getLogger(__name__)

LOCAL_SCHEMES = ("file", "package")


class DataBase(RompyBaseModel, ABC):
    """Something that is brought into the workspace by ``get``.

    What ``get`` writes is an artefact: recorded with what it was made of, so that another run may use it.
    """

    model_type: Literal["base"] = "base"
    id: str = "data"
    """Name of the data, and of their file."""

    _is_artefact: ClassVar[bool] = True
    """Whether it takes enough to prepare to be looked for in former runs."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "get" in vars(cls):
            cls.get = _as_artefact(cls.get)  # type: ignore[method-assign]

    @abstractmethod
    def get(self, destdir: str | Path, *args: Any, **kwargs: Any) -> Path:
        """Write the data into a folder and return the path of what was written."""


def _as_artefact(get: Callable[..., Any]) -> Callable[..., Any]:
    """``get``, which is left out where its result is there already, and leaves ranges that it cut to behind."""
    form = signature(get)

    @wraps(get)
    def wrapped(self: "DataBase", *args: Any, **kwargs: Any) -> Any:
        make = partial(_as_described, self, partial(get, self, *args, **kwargs))
        try:
            given = form.bind(self, *args, **kwargs)
        except TypeError:
            return make()  # which says what is wrong
        given.apply_defaults()  # what is left out and what is given as its default are the same
        (_, destdir), *rest = [*given.arguments.items()][1:] or [("", None)]
        if not self._is_artefact or not isinstance(destdir, (str, PathLike)):
            return make()
        from rompy.core.artefact import prepared
        from rompy.core.reach import current_run

        needs, is_own = dict(rest), type(self).__module__.startswith("rompy.")
        if not is_own or any(isinstance(value, TimeRange) for value in needs.values()):
            needs["(run)"] = current_run()  # data need not reach beyond it
        folder = Path(destdir)
        files = partial(_written, folder) if is_own else None  # what plugins write is found out by looking
        return prepared(self, folder, make, needs=needs, files=files, by_values=is_own)

    return wrapped


def _written(folder: Path, path: Path) -> list[str]:
    """The name of the one file that rompy's own data write."""
    return [path.relative_to(folder).as_posix()] if path.is_relative_to(folder) else []


def _as_described(data: "DataBase", make: Callable[[], Any]) -> Any:
    """What ``make`` gives; ranges that it cut the data to, as ``get`` of plugins does by ``_filter_grid``, are taken
    back."""
    if not isinstance(data, DataPoint):
        return make()
    before = data.filter
    try:
        return make()
    finally:
        after = data.filter
        if after is not before and after is not None and after._within and after == (before or Filter()):
            data.__dict__["filter"] = before


def _text_or_path(value: Any) -> Any:
    # Paths of other kinds, such as cloud paths, are kept as the address that they stand for.
    return str(value) if isinstance(value, PathLike) and not isinstance(value, Path) else value


class _Place(str):
    """A path as text, which libraries of model plugins want, with the name of the file, which plugins ask it for."""

    @property
    def name(self) -> str:
        return Path(self).name


class DataBlob(DataBase):
    """A file or folder that is copied, linked or fetched as it is."""

    _is_artefact: ClassVar[bool] = False

    model_type: Literal["data_blob", "data_link"] = "data_blob"  # type: ignore[assignment]
    source: Annotated[str | Path, BeforeValidator(_text_or_path)]
    """Path, ``package://name/inner/path``, or a URI of any scheme that a transfer is installed for."""
    link: bool = False
    """Make a relative symbolic link instead of a copy; only for files on this machine."""

    _copied: str | None = PrivateAttr(default=None)
    """Where the last ``get`` put it."""

    @model_validator(mode="after")
    def _only_files_are_linked(self) -> Self:
        from rompy.transfer.address import parse_scheme

        scheme = parse_scheme(self.source)
        if self.link and scheme not in LOCAL_SCHEMES:
            raise ConfigError(f"Cannot use link=True with {scheme}:// URIs, only with files on this machine")
        return self

    def get(self, destdir: str | Path, name: str | None = None, *args: Any, **kwargs: Any) -> Path:
        """Bring it into ``destdir`` under ``name``, or under its own name.

        A file of that name is replaced, as a whole or not at all. Grids and times, which other data need, are ignored.

        Raises:
            MissingFileError: there is nothing at the source.
            TransferError: no transfer is known for the URI, or it fails.
        """
        from rompy.core.artefact.preparing import makes_nothing
        from rompy.core.resolve import existing
        from rompy.fetch import bring

        name = name if isinstance(name, str) else None
        if makes_nothing():
            return Path(destdir, name or Path(self.source).name)
        with reading_for(self):
            source = existing(self.source)
            if isinstance(source, Path) and source.is_dir():
                note_folder(source, self.source)
            result = bring(source, Path(destdir).resolve(), name=name, link=self.link)
        self._copied = _Place(result)
        return Path(result)

    def __eq__(self, other: object) -> bool:
        # Where it has been copied to is no part of what it is.
        return type(other) is type(self) and dict(self) == dict(other)


class DataPoint(DataBase):
    """A series, cut to the period of the run."""

    model_type: Literal["point"] = "point"  # type: ignore[assignment]
    source: Annotated[Any, Tagged("rompy.source", "timeseries")]
    """Where the data come from; ``model_type`` chooses the kind of source."""
    filter: Filter | None = Field(default_factory=Filter)
    """What is done to the data before they are used."""
    variables: Annotated[list[str] | None, BeforeValidator(names_of)] = Field(default_factory=list)
    """Variables to keep; all when empty."""
    coords: DatasetCoords | None = Field(default_factory=DatasetCoords)
    """Names of the coordinates in the source."""
    crop_data: bool = True
    """Whether to cut the data to the period and the area of the run."""
    buffer: float = 0.0
    """Margin around the grid that is kept, in the units of the coordinates."""
    time_buffer: list[int] = Field(default_factory=lambda: [0, 0])
    """Steps of the source that are kept before and after the period."""
    checks: DataChecks = Field(default_factory=DataChecks)
    """What is demanded of the data."""

    @property
    def ds(self) -> "xr.Dataset":
        """The filtered dataset, lazy; opened anew at each access unless within ``opened_once``.

        Raises:
            CoverageError: the filter leaves nothing.
            DataError: the source does not fit.
        """
        return self.source.open(variables=self.variables, filters=self.filter, coords=self.coords)

    @property
    def outfile(self) -> str:
        """Name of the file that ``get`` writes."""
        return f"{self.id}.nc"

    def get(
        self,
        destdir: str | Path,
        grid: Any = None,
        time: TimeRange | None = None,
        **kwargs: Any,
    ) -> Path:
        """Write what is needed for a grid and a period to a netCDF file in ``destdir``, and return its path.

        The object itself stays as it was described.

        Raises:
            CoverageError: the data do not reach into the area or the period at all.
            WorkspaceError: there is no such folder.
        """
        from rompy.core.netcdf import write_netcdf

        before = self.filter
        try:
            with opened_once():
                self._crop_to(grid, time)
                return write_netcdf(self.ds, Path(destdir) / self.outfile, self._holes())
        finally:
            self._restore(before)

    def _holes(self) -> "Holes":
        """What looks for missing values while data are written."""
        from rompy.core.holes import Holes

        return Holes(self.checks.missing, self._coords.t)

    def _crop_to(self, grid: Any, time: TimeRange | None) -> None:
        if self.crop_data:
            if grid is not None:
                self._filter_grid(grid)
            if time is not None:
                self._filter_time(time)

    def _filter_grid(self, grid: Any) -> None:
        """Cut ``ds`` to the area of a grid; nothing to do for a series."""

    def _filter_time(self, time: TimeRange, end_buffer: int = 1) -> None:
        """Cut ``ds`` to a period, with the steps of ``time_buffer`` before and after it.

        ``end_buffer`` is accepted for the sake of subclasses and has no effect.
        """
        name = self._coords.t
        if name is None or time.start is None or time.end is None:
            return
        before, after = self.time_buffer
        step = self._time_step(name) if before or after else timedelta(0)
        from rompy.core.reach import NeededPeriod, needed_period

        period = NeededPeriod(
            start=time.start - before * step,
            stop=time.end + after * step,
            needed=needed_period(time.start, time.end),
            max_gap=self.checks.max_gap,
            policy=self.checks.coverage,
        )
        self._keep_within({name: period})

    def _time_step(self, name: str) -> timedelta:
        """Time between the first two times of the source; zero if it has no two."""
        coordinates = self.source.coordinates
        if name not in coordinates or coordinates[name].size < 2:
            return timedelta(0)
        first, second = coordinates[name].to_index()[:2]
        if not isinstance(second - first, timedelta):
            raise DataError(
                f"{name!r} of the source holds no times but values like {first!r}",
                hint="Name the coordinate of time in coords: {t: ...}, or let the source decode its times.",
            )
        return abs(parse_duration(second - first))

    @property
    def _coords(self) -> DatasetCoords:
        return self.coords or DatasetCoords()

    def _keep_within(self, ranges: Mapping[str, Slice], *, area: bool = False) -> None:
        """Cut ``ds`` to ranges until ``get`` ends; the filter still compares and dumps as the user gave it.

        They are held by the filter, since subclasses open their source with ``self.filter`` themselves.
        """
        # Written past pydantic: subclasses validate assignments, and fields that were set must stay the user's.
        self.__dict__["filter"] = (self.filter or Filter()).within(ranges, area=area)

    def _restore(self, filter_: Filter | None) -> None:
        """Take back the ranges of ``_keep_within``."""
        held = filter_ is not None and bool(filter_._within)
        self.__dict__["filter"] = filter_.without_ranges() if filter_ is not None and held else filter_


class DataGrid(DataPoint):
    """A field, cut to the period and the area of the run."""

    model_type: Literal["grid"] = "grid"  # type: ignore[assignment]
    source: Annotated[Any, Tagged("rompy.source")]
    """Where the data come from; ``model_type`` chooses the kind of source."""

    regrid: Regridding | None = None
    """How the data are brought to the points of the grid; unless given they stay on their own."""

    def get(
        self, destdir: str | Path, grid: Any = None, time: TimeRange | None = None, **kwargs: Any
    ) -> Path:
        if self.regrid is None or grid is None:
            return super().get(destdir, grid, time, **kwargs)
        from rompy.core.netcdf import write_netcdf

        before = self.filter
        try:
            with opened_once():
                self._crop_to(grid, time)
                ds = self.regrid(self.ds, grid, self.coords)
                return write_netcdf(ds, Path(destdir) / self.outfile, self._holes())
        finally:
            self._restore(before)

    def _filter_grid(self, grid: Any) -> None:
        """Cut ``ds`` to the bounding box of a grid and the margin ``buffer``.

        Rows and columns come out ascending, and at least two of each where the data have them.
        """
        from rompy.core.reach import NeededArea

        boxes = [grid.bbox(buffer=self.buffer), grid.bbox(buffer=0)]
        if self.regrid is not None:
            system = self.regrid.system_of(self.ds, self.coords) if self.regrid.to_crs else ""
            boxes = [self.regrid.box(box, system) for box in boxes]
        (x0, y0, x1, y1), (left, bottom, right, top) = boxes
        rest = {"neighbours": self.regrid is not None, "policy": self.checks.coverage}
        box = {
            self._coords.x: NeededArea(start=x0, stop=x1, needed=(left, right), **rest),
            self._coords.y: NeededArea(start=y0, stop=y1, needed=(bottom, top), **rest),
        }
        self._keep_within({name: limits for name, limits in box.items() if name is not None}, area=True)

    def plot(
        self,
        param: str,
        isel: Mapping[str, int] | None = None,
        model_grid: Any = None,
        cmap: str = "turbo",
        figsize: tuple[float, float] | None = None,
        fscale: float = 10,
        borders: bool = True,
        land: bool = True,
        coastline: bool = True,
        **kwargs: Any,
    ) -> tuple[Any, Any]:
        """Draw a variable as a map; returns the matplotlib figure and axes.

        Args:
            isel: position along every other dimension, such as ``{"time": 0}``.
            model_grid: a grid whose outline is drawn on top; moved to the system of the data if both say theirs.
            figsize: width and height in inches; without it ``fscale`` is the longer side.
            kwargs: for ``pcolormesh``.

        Raises:
            DataError: there is no such variable, or more than two dimensions are left.
        """
        from rompy.core.field_map import draw_field

        crs = None if self.regrid is None else self.regrid.crs
        layers = {"borders": borders, "land": land, "coastline": coastline}
        return draw_field(
            self.ds, param, self._coords, isel or {}, model_grid, cmap, figsize, fscale, crs, layers, kwargs
        )
