"""Source: a dataset on an OPeNDAP server."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from rompy.core.driver import open_dataset
from rompy.core.source.base import SourceBase
from rompy.core.source.part import Part, open_part
from rompy.core.source.wanted import Wanted

if TYPE_CHECKING:
    import xarray as xr


class SourceOpendap(SourceBase):
    """A dataset on an OPeNDAP server (THREDDS, Hyrax, ERDDAP, pydap), of which only what is used is sent.

    What variables and ranges of it are wanted is kept in the cache, and not asked for again while the server says that
    the dataset is the same. Names and passwords are taken from ``~/.netrc`` or ``~/.dodsrc``.
    """

    model_type: Literal["opendap"] = "opendap"  # type: ignore[assignment]
    is_service: ClassVar[bool] = True
    uri: str
    """Address of the dataset, without ``.html`` or ``.dds`` at its end."""
    engine: Literal["netcdf4", "pydap"] = "netcdf4"
    """Client: that of the netCDF library, or pydap, which needs the extra ``opendap``."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``xarray.open_dataset``."""

    def _open(self) -> "xr.Dataset":
        return open_dataset(self.uri, {"engine": self.engine, **self.kwargs})

    def _request(self, wanted: Wanted) -> Part | None:
        return Part.of(wanted)

    def _open_part(self, request: Part) -> "xr.Dataset":
        from rompy.core.source.dap_version import dap_version

        return open_part(
            self.uri,
            request,
            self._open,
            {"engine": self.engine, **self.kwargs},
            lambda: dap_version(self.uri),
        )

    def __str__(self) -> str:
        return f"SourceOpendap(uri={self.uri})"
