"""Source: a GRIB file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from rompy.core.driver import open_fetched
from rompy.core.noting.holding import holds_its_values
from rompy.core.source.base import SourceBase
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr


class SourceGrib(SourceBase):
    """A GRIB file, of either edition, through cfgrib. Nothing is written beside the file.

    Messages that form no single dataset, such as those of several kinds of levels, are chosen with ``only``.
    """

    model_type: Literal["grib"] = "grib"  # type: ignore[assignment]
    is_settled: ClassVar[bool] = True
    uri: str | Path
    """Path or address. Remote files are fetched as a whole into a temporary folder."""
    only: dict[str, Any] = Field(default_factory=dict)
    """Only messages with these values of GRIB keys, such as ``{typeOfLevel: surface}``."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``xarray.open_dataset``."""

    def _gives_the_same(self) -> bool:
        """Unless it is read by an index, or by other tables than those that are installed."""
        return super()._gives_the_same() and holds_its_values(self.uri, {"engine": "cfgrib", **self.kwargs})

    def _open(self) -> "xr.Dataset":
        backend = {"filter_by_keys": self.only, **self.kwargs.get("backend_kwargs", {})}
        ds = open_fetched(self.uri, {"engine": "cfgrib", **self.kwargs, "backend_kwargs": backend})
        if not ds.data_vars:
            ds.close()
            raise DataError(f"there is no message with {self.only} in {self.uri}", field="only")
        return ds

    def __str__(self) -> str:
        return f"SourceGrib(uri={self.uri})"
