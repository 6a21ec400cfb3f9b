"""Source: a dataset of Oceanum's Datamesh, cut on the server to what is needed."""

import logging
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from rompy.core.filters import names_of
from rompy.core.source.base import SourceBase, shared
from rompy.core.types import DatasetCoords
from rompy.errors import CoverageError, DataError, PluginError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)


class SourceDatamesh(SourceBase):
    """A Datamesh datasource. Ranges of the filter become the query, so that only what they cover is fetched.

    The access token is best given as the environment variable ``DATAMESH_TOKEN``; it is never written anywhere.
    """

    model_type: Literal["datamesh"] = "datamesh"  # type: ignore[assignment]
    datasource: str
    """Identifier of the datasource."""
    token: str | None = Field(default=None, exclude=True, repr=False)
    """Access token; taken from ``DATAMESH_TOKEN`` when not given. Not part of a dump."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``oceanum.datamesh.Connector``."""

    def _open(self) -> "xr.Dataset":
        return self._query({})

    def open(self, variables: Any = (), filters: Any = None, **kwargs: Any) -> "xr.Dataset":
        """As for other sources; ``coords`` names the coordinates whose ranges are sent along."""
        coords = kwargs.get("coords") or DatasetCoords()
        query = self._selection(names_of(variables), filters, coords)
        ds = shared(self, query, lambda: self._query(query))
        return filters(ds) if filters else ds

    def _selection(self, variables: list[str], filters: Any, coords: DatasetCoords) -> dict[str, Any]:
        """Keywords of the query for what the variables and the ranges of a filter leave."""
        query: dict[str, Any] = {"variables": variables} if variables else {}
        box = [_limits(filters, name) for name in (coords.x, coords.y)]
        if all(None not in limits for limits in box):
            (x0, x1), (y0, y1) = box
            query["geofilter"] = {"type": "bbox", "geom": [x0, y0, x1, y1]}
        else:
            logger.info("%s: all of the area is asked for, as there are no ranges for it", self.datasource)
        times = _limits(filters, coords.t)
        if None not in times:
            query["timefilter"] = {"type": "range", "times": list(times)}
        else:
            logger.info("%s: all times are asked for, as there is no range for them", self.datasource)
        return query

    def _query(self, query: dict[str, Any]) -> "xr.Dataset":
        import xarray as xr

        try:
            from oceanum.datamesh import Connector
        except ImportError as error:
            raise PluginError("Datamesh needs oceanum", hint="Install it: pip install oceanum") from error
        try:
            ds = Connector(token=self.token, **self.kwargs).query(datasource=self.datasource, **query)
        except Exception as error:  # whatever the network or the service says
            raise DataError(
                f"Datamesh did not give {self.datasource!r}: {type(error).__name__}: {error}"
            ) from error
        if ds is None:
            raise CoverageError(f"Datamesh has nothing of {self.datasource!r} for {query}")
        if not isinstance(ds, xr.Dataset):
            raise DataError(f"{self.datasource!r} of Datamesh is a {type(ds).__name__}, not a dataset")
        return ds

    def __str__(self) -> str:
        return f"SourceDatamesh(datasource={self.datasource})"


def _limits(filters: Any, name: str | None) -> tuple[Any, Any]:
    """Both ends of the range that is last set for a coordinate; None for what is open."""
    ranges = getattr(filters, "ranges", {}).get(name, [])
    return (ranges[-1].start, ranges[-1].stop) if ranges else (None, None)
