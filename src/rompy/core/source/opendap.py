"""Source: a dataset on an OPeNDAP server."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from rompy.core.driver import open_dataset
from rompy.core.source.base import SourceBase

if TYPE_CHECKING:
    import xarray as xr


class SourceOpendap(SourceBase):
    """A dataset on an OPeNDAP server (THREDDS, Hyrax, ERDDAP, pydap), of which only what is used is sent.

    Names and passwords are taken from ``~/.netrc`` or ``~/.dodsrc``.
    """

    model_type: Literal["opendap"] = "opendap"  # type: ignore[assignment]
    uri: str
    """Address of the dataset, without ``.html`` or ``.dds`` at its end."""
    engine: Literal["netcdf4", "pydap"] = "netcdf4"
    """Client: that of the netCDF library, or pydap, which needs the extra ``opendap``."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``xarray.open_dataset``."""

    def _open(self) -> "xr.Dataset":
        return open_dataset(self.uri, {"engine": self.engine, **self.kwargs})

    def __str__(self) -> str:
        return f"SourceOpendap(uri={self.uri})"
