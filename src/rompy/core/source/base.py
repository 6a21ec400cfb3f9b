"""SourceBase: where data come from and how they are opened."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from rompy.core.adapter import Adapter
from rompy.core.axes import check_axes
from rompy.core.filters import names_of, require_variables
from rompy.core.source.wanted import Wanted
from rompy.core.types import RompyBaseModel
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)


class SourceBase(RompyBaseModel, ABC):
    """Base class of all sources. A subclass gives itself a ``model_type`` and says in ``_open`` how it is opened.

    A source is opened lazily: nothing but coordinates is read before the values are used.
    """

    model_type: Literal["base_source"]
    adapter: Adapter | None = None
    """Brings names, units, directions, longitudes and times to the conventions that are wanted."""

    @abstractmethod
    def _open(self) -> "xr.Dataset":
        """The whole dataset, lazy where that is possible. Called at most once within ``opened_once``."""

    def _request(self, wanted: Wanted) -> Any:
        """What to ask for so as to get no more than is wanted, as plain values; None for the whole.

        For sources that fetch parts by themselves, as services and collections of files do.
        """
        return None

    def _open_part(self, request: Any) -> "xr.Dataset":
        """What a request of ``_request`` asks for. Called at most once for equal ones within ``opened_once``."""
        return self._open()

    def open(self, variables: Any = (), filters: Any = None, **kwargs: Any) -> "xr.Dataset":
        """The dataset, cut to some variables and filtered.

        Args:
            variables: name or names to keep; all when empty.
            filters: applied after that; called with the dataset.
            kwargs: ``coords`` names the coordinates; what else there is, is for other kinds of sources.

        Raises:
            MissingFileError: a file is not there.
            DataError: a variable is not there, a filter or the adapter does not fit, or an axis is out of order
                (looked for when ``coords`` are given).
            CoverageError: a filter selects nothing.
        """
        wanted = Wanted.of(variables, filters, kwargs.get("coords"))
        coords = wanted.coords
        if self.adapter is not None:
            wanted = self.adapter.before(wanted)
        request = self._request(wanted)
        ds = shared(self, request, self._open if request is None else lambda: self._open_part(request))
        if self.adapter is not None:
            ds = self.adapter(_cut_beforehand(ds, wanted), coords)
        names = names_of(variables)
        if names:
            _require_before_filters(ds, names, filters)
            ds = ds[names]
        if filters:
            ds = filters(ds)
        if kwargs.get("coords") is not None:
            check_axes(ds, coords)
        _register_accessors(ds)
        return ds

    @property
    def coordinates(self) -> Mapping[Hashable, Any]:
        """Coordinates of the whole dataset by name."""
        return self.open().coords


@contextmanager
def opened_once() -> Iterator[None]:
    """Within this block, sources of one description are opened once, and all are closed at its end.

    Blocks within a block join it. Outside any block nothing is kept: each ``open`` opens anew.
    """
    if _opened.get() is not None:
        yield
        return
    scope = _Scope()
    token = _opened.set(scope)
    try:
        with scope.closing:
            yield
    finally:
        _opened.reset(token)


class _Scope:
    """What is open within one ``opened_once``."""

    def __init__(self) -> None:
        self.datasets: dict[Hashable, tuple[SourceBase, xr.Dataset]] = {}
        self.closing = ExitStack()

    def open(self, source: SourceBase, query: Any, opener: Callable[[], "xr.Dataset"]) -> "xr.Dataset":
        key = (type(source), _frozen(dict(source)), _frozen(query))
        if key not in self.datasets:
            ds = opener()
            self.datasets[key] = (
                source,
                ds,
            )  # the source is kept, because the key may hold ids of what it holds
            if not any(
                value is ds for value in dict(source).values()
            ):  # what it was given is not its to close
                self.closing.callback(_close, ds)
        # A shallow copy: who gets it may add and rename without the next one seeing that.
        return self.datasets[key][1].copy(deep=False)


_opened: ContextVar[_Scope | None] = ContextVar("opened", default=None)


def shared(source: SourceBase, query: Any, opener: Callable[[], "xr.Dataset"]) -> "xr.Dataset":
    """What ``opener`` opens of a source for a query, opened only once for equal ones within ``opened_once``."""
    scope = _opened.get()
    return opener() if scope is None else scope.open(source, query, opener)


def _close(ds: "xr.Dataset") -> None:
    try:
        ds.close()
    except Exception as error:  # noqa: BLE001 - a file that is already read cannot fail the run by its closing
        logger.debug("could not close a dataset: %s", error)


def _frozen(value: Any) -> Hashable:
    """A key that two values share only if they describe the same thing; other objects are known by identity."""
    if isinstance(
        value, (str, bytes, bool, int, float, complex, datetime, date, time, timedelta, PurePath)
    ) or (value is None):
        return (type(value), value)
    if isinstance(value, BaseModel):
        return (type(value), _frozen(dict(value)))
    if isinstance(value, dict):
        return (dict, frozenset((_frozen(key), _frozen(item)) for key, item in value.items()))
    if isinstance(value, (list, tuple)):
        return (type(value), tuple(_frozen(item) for item in value))
    if isinstance(value, slice):
        return (slice, _frozen((value.start, value.stop, value.step)))
    return (type(value), id(value))


def _cut_beforehand(ds: "xr.Dataset", wanted: Wanted) -> "xr.Dataset":
    """``ds`` cut along its dimensions before it is adapted, so that less is computed."""
    from rompy.core.crop import crop
    from rompy.core.types import Slice

    ranges = {name: Slice(start=a, stop=b) for name, (a, b) in wanted.ranges.items() if name in ds.indexes}
    return crop(ds, ranges) if ranges and hasattr(ds, "data_vars") else ds


def _require_before_filters(ds: "xr.Dataset", names: list[str], filters: Any) -> None:
    if not hasattr(ds, "data_vars"):
        raise DataError(
            f"variables {', '.join(names)} are asked for, but the source is of one variable already",
            hint="Leave either out.",
        )
    try:
        require_variables(ds, names)
    except DataError as error:
        made = {*(getattr(filters, "rename", None) or {}).values()}
        made |= {*((getattr(filters, "derived", None) or {}).get("derived_variables") or {})}
        later = [name for name in names if name in made and name not in ds.variables]
        if later:
            error.hint = (
                f"{', '.join(later)} is made by the filter, which comes after the choice of variables: name what it is "
                f"made from instead. {error.hint}"
            )
        raise


def _register_accessors(ds: "xr.Dataset") -> None:
    """Import wavespectra when wave spectra are handed out: their users count on ``ds.spec`` being there."""
    if {"freq", "dir"} <= {str(name) for name in ds.dims}:
        with suppress(ImportError):
            import wavespectra  # noqa: F401
