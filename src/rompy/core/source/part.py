"""The part of a remote dataset that is wanted, kept in the cache, so that a second run need not ask for it again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rompy.core.driver import open_dataset
from rompy.core.noting.history import without_history
from rompy.core.source.wanted import Limits, Wanted
from rompy.errors import ConfigError, CoverageError, DataError
from rompy.fetch import CacheError, fetch_part
from rompy.fetch.supply import supply
from rompy.inputs import unnoted
from rompy.transfer.version import Version

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)

LARGEST = 2**30
"""Bytes. Larger parts stay where they are and are read as they are used, so that they are not written twice."""
_MARGIN = 2
"""Labels kept beyond each end of a range: interpolation and models with one row of data need neighbours."""
_HARMLESS = frozenset({"chunks", "engine", "group", "consolidated"})
"""Keywords for opening that do not change what values and names mean."""


class NotKept(Exception):  # noqa: N818 - no error: it ends the attempt
    """The part cannot be told, or is not worth keeping: the whole is opened."""


class Part(NamedTuple):
    """Some variables within some ranges; a tuple, so that equal requests within a run are known as such."""

    variables: tuple[str, ...]
    ranges: tuple[tuple[str, Limits], ...]

    @classmethod
    def of(cls, wanted: Wanted) -> Part | None:
        """The part that is wanted; None where all variables or all their values are."""
        ranges = {name: limits for name, limits in wanted.ranges.items() if limits != (None, None)}
        return cls(wanted.variables, tuple(sorted(ranges.items()))) if wanted.variables and ranges else None

    def as_slice(self, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """What the cache knows it by."""
        told: dict[str, Any] = {name: [_text(limit) for limit in limits] for name, limits in self.ranges}
        told["variables"] = list(self.variables)
        return told | ({"kwargs": dict(sorted(kwargs.items()))} if kwargs else {})

    @classmethod
    def of_slice(cls, told: Mapping[str, Any]) -> Part:
        """The part that ``as_slice`` told."""
        ranges = sorted(
            (name, (limits[0], limits[1]))
            for name, limits in told.items()
            if name not in ("variables", "kwargs")
        )
        return cls(tuple(told["variables"]), tuple(ranges))

    def cut_from(self, ds: xr.Dataset) -> xr.Dataset:
        """The part and a margin of a lazily opened dataset.

        Raises:
            NotKept: it holds something else than is wanted; that is explained when it is cut exactly.
        """
        from rompy.core.seam import across_seam
        from rompy.core.types import Slice

        if not {*self.variables} <= {*ds.data_vars}:
            raise NotKept
        ds = ds[list(self.variables)]
        for name, (low, high) in self.ranges:
            ds, _ = across_seam(ds, name, [Slice(start=low, stop=high)])
        ds = ds.isel({name: _around(ds, name, limits) for name, limits in self.ranges if name in ds.indexes})
        if ds.nbytes > LARGEST:
            raise NotKept
        return ds


def open_part(
    address: str,
    part: Part,
    opener: Callable[[], xr.Dataset],
    kwargs: Mapping[str, Any],
    version: Callable[[], Version] | None = None,
) -> xr.Dataset:
    """The part of a dataset from the cache, with a margin; or all of it, lazy, where that is the better way.

    Args:
        opener: opens the whole, lazily.
        kwargs: keywords that ``opener`` uses.
        version: tells the version of the whole; by default as its server does.
    """
    from rompy.core.netcdf import write_netcdf

    def bring(path: Path) -> None:
        with opener() as ds:
            write_netcdf(without_history(part.cut_from(ds)), path)

    brought = supply()
    if not set(kwargs) <= _HARMLESS or (brought and brought.has_only_whole(address, part.as_slice(kwargs))):
        return opener()
    try:
        path = fetch_part(address, part.as_slice(kwargs), bring, version=version, suffix=".nc")
    except NotKept:
        return opener()
    except CacheError as error:
        logger.warning("%s", error)
        return opener()
    with unnoted():
        return open_dataset(path, {"chunks": kwargs["chunks"]} if "chunks" in kwargs else {})


def _around(ds: xr.Dataset, name: str, limits: Limits) -> slice:
    import numpy as np

    from rompy.core.labels import Labels
    from rompy.core.ranges import GridRange

    try:
        inside = Labels.of(ds, name).inside(GridRange(start=limits[0], stop=limits[1], neighbours=True))
    except (CoverageError, ConfigError, DataError):
        raise NotKept from None
    places = np.flatnonzero(inside)
    return slice(max(int(places[0]) - _MARGIN, 0), int(places[-1]) + _MARGIN + 1)


def _text(limit: Any) -> Any:
    return limit if limit is None or isinstance(limit, (int, float, str)) else str(limit)
