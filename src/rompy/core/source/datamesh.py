"""Source: a dataset of Oceanum's Datamesh, cut on the server to what is needed."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from pydantic import Field

from rompy.core.noting.noted_values import noting_answer
from rompy.core.source.base import SourceBase
from rompy.core.source.wanted import Wanted
from rompy.errors import CoverageError, DataError, PluginError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)


class SourceDatamesh(SourceBase):
    """A Datamesh datasource. Ranges of the filter become the query, so that only what they cover is fetched.

    The access token is best given as the environment variable ``DATAMESH_TOKEN``; it is never written anywhere.
    """

    model_type: Literal["datamesh"] = "datamesh"  # type: ignore[assignment]
    cuts_exactly: ClassVar[bool] = True
    datasource: str
    """Identifier of the datasource."""
    token: str | None = Field(default=None, exclude=True, repr=False)
    """Access token; taken from ``DATAMESH_TOKEN`` when not given. Not part of a dump."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``oceanum.datamesh.Connector``."""

    def needs_trust(self) -> str | None:
        """What a description from elsewhere asks for with it."""
        return f"your token of Datamesh, to be used with {self.kwargs}" if self.kwargs else None

    def _open(self) -> "xr.Dataset":
        return self._query({})

    def _open_part(self, request: Any) -> "xr.Dataset":
        return self._query(request)

    def _request(self, wanted: Wanted) -> dict[str, Any]:
        """Keywords of the query for what the variables and the ranges of a filter leave."""
        query: dict[str, Any] = {"variables": list(wanted.variables)} if wanted.variables else {}
        (x0, x1), (y0, y1) = wanted.box
        if None not in (x0, x1, y0, y1):
            query["geofilter"] = {"type": "bbox", "geom": [x0, y0, x1, y1]}
        else:
            logger.info("%s: all of the area is asked for, as there are no ranges for it", self.datasource)
        times = wanted.limits(wanted.coords.t)
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
        return cast("xr.Dataset", noting_answer(ds, f"datamesh://{self.datasource}", query or None))

    def answer(self, query: Mapping[str, Any]) -> "xr.Dataset":
        """What the service answers to a query, as a record tells it."""
        return self._query(dict(query))

    def __str__(self) -> str:
        return f"SourceDatamesh(datasource={self.datasource})"
