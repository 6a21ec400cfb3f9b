"""SourceBase: where data come from and how they are opened."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from pathlib import Path, PurePath
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from pydantic import BaseModel

from rompy.core.adapting.adapter import Adapter
from rompy.core.axes import check_axes
from rompy.core.filters import Filter, names_of, require_variables
from rompy.core.noting.noted import note_dataset
from rompy.core.source.wanted import Wanted
from rompy.core.types import DatasetCoords, RompyBaseModel
from rompy.errors import DataError
from rompy.fetch.turns import while_waiting
from rompy.inputs import Trace, is_noting, read_again, reading_for, traced

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

    cuts_exactly: ClassVar[bool] = False
    """Whether what it opens for a request ends where the request does, even if there is more."""

    is_service: ClassVar[bool] = False
    """Whether its address is that of a service, which answers questions, rather than of a file."""

    is_settled: ClassVar[bool] = False
    """Whether fields and contents of the files they name settle what it gives, and all that it reads is noted: nothing
    depends on the clock, on what else lies in a folder, or on an index elsewhere. Holds for the class that states it,
    not for those derived from it."""

    _name_counts: ClassVar[bool] = False
    """Whether the name of a file has a part in what it gives, besides its content."""

    def _gives_the_same(self) -> bool:
        """Whether this source, as it is described, is settled."""
        return bool(vars(type(self)).get("is_settled", False))

    def _finds(self) -> Any:
        """What a source that is not settled finds by itself now; None when nothing tells that.

        Models, plain values, paths of files, all of which count by their contents then, or ``FilesFound``. Together
        with the fields it settles what is read.
        """
        return None

    def _why_unsettled(self) -> str:
        """Why it may give something else each time, in words."""
        from rompy.regular_file import is_file

        named = [str(place) for place in self.named_files().values()]
        for place in named if vars(type(self)).get("is_settled", False) else ():
            if "://" not in place:
                is_there = is_file(Path(place)) or Path(place).is_dir()
                return f"what {place} gives may depend on other files" if is_there else f"there is no {place}"
        return f"a source of kind {self.model_type} may find more or other data each time"

    @abstractmethod
    def _open(self) -> "xr.Dataset":
        """The whole dataset, lazy where that is possible. Called at most once within ``opened_once``."""

    def named_files(self) -> dict[str, Any]:
        """Paths and addresses without which it cannot be opened, by the field that holds them.

        Files on this machine among them are looked for before a run begins.
        """
        return {"uri": uri} if (uri := getattr(self, "uri", None)) is not None else {}

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
        ds = self.around(Wanted.of(variables, filters, kwargs.get("coords")))
        coords = kwargs.get("coords") or DatasetCoords()
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

    def around(self, wanted: Wanted) -> "xr.Dataset":
        """What is wanted and at least as much around it as the source hands out, adapted but not cut exactly."""
        coords = wanted.coords
        if self.adapter is not None:
            wanted = self.adapter.before(wanted)
        with reading_for(self):
            request = self._request(wanted)
            ds = shared(self, request, lambda: self._noted(request))
        return ds if self.adapter is None else self.adapter(_cut_beforehand(ds, wanted), coords)

    def _noted(self, request: Any) -> "xr.Dataset":
        with traced() as read:
            ds = self._open() if request is None else self._open_part(request)
            note_dataset(self, ds)
        if read.keys or not is_noting():
            return ds
        from rompy.core.noting.noted_values import noting_answer

        named = [str(name) for name in self.named_files().values()]
        uri = named[0] if len(named) == 1 else f"source:{self.model_type}"
        return cast(
            "xr.Dataset", noting_answer(ds, uri, None if request is None else {"asked": repr(request)})
        )

    @property
    def coordinates(self) -> Mapping[Hashable, Any]:
        """Coordinates of the whole dataset by name."""
        return self.open().coords


@contextmanager
def opened_once() -> Iterator[None]:
    """Within this block, sources of one description are opened once, and all are closed at its end.

    That holds for threads too that work in a copy of the context. What was handed out of the cache of fetched files is
    let go at the end. Blocks within a block join it. Outside any block nothing is kept: each ``open`` opens anew.
    """
    if _opened.get() is not None:
        yield
        return
    from rompy.fetch.pins import held_within

    scope = _Scope()
    token = _opened.set(scope)
    try:
        with held_within(), scope.closing:
            yield
    finally:
        _opened.reset(token)


class _Scope:
    """What is open within one ``opened_once``."""

    def __init__(self) -> None:
        self.datasets: dict[Hashable, tuple[SourceBase, xr.Dataset, Trace]] = {}
        self.closing = ExitStack()
        self._busy: dict[Hashable, Any] = {}
        self._lock = Lock()

    def open(self, source: SourceBase, query: Any, opener: Callable[[], "xr.Dataset"]) -> "xr.Dataset":
        key = (type(source), _frozen(dict(source)), _frozen(query))
        with self._lock:
            # A lock that the same thread may take again: a source that hands out another one's data may open itself.
            opening = self._busy.setdefault(key, RLock())
        with while_waiting():
            opening.acquire()
        try:
            if key not in self.datasets:
                with traced() as read:
                    ds = opener()
                self._keep(key, source, ds, read)
        finally:
            opening.release()
        _, ds, read = self.datasets[key]
        read_again(read)
        # A shallow copy: who gets it may add and rename without the next one seeing that.
        return ds.copy(deep=False)

    def _keep(self, key: Hashable, source: SourceBase, ds: "xr.Dataset", read: Trace) -> None:
        with self._lock:
            # The source is kept as well, because the key may hold ids of what it holds.
            self.datasets[key] = (source, ds, read)
            # What it was given is not its to close.
            if not any(value is ds for value in dict(source).values()):
                self.closing.callback(_close, ds)


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
    ranges = {name: limits for name, limits in wanted.loose.items() if name in ds.indexes}
    return Filter().within(ranges)(ds) if ranges and hasattr(ds, "data_vars") else ds


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
