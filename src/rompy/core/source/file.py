"""Source: a file or store that xarray opens."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field

from rompy.core.driver import open_dataset
from rompy.core.filters import require_variables
from rompy.core.source.base import SourceBase

if TYPE_CHECKING:
    import xarray as xr


class SourceFile(SourceBase):
    """A netCDF file, zarr store, OPeNDAP address or whatever else ``xarray.open_dataset`` can open.

    Remote files (``s3://``, ``gs://``, ``az://``, ``https://``, ``sftp://`` and other schemes of fsspec) are read in
    pieces. Credentials are taken from the environment or from the provider's own files, never from here.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model_type: Literal["file"] = "file"  # type: ignore[assignment]
    uri: str | Path
    """Path, ``package://name/inner/path`` or any address that xarray understands."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``xarray.open_dataset``, such as ``engine`` or ``chunks``."""
    variable: str | None = None
    """Only this variable, opened as a DataArray."""

    def _open(self) -> "xr.Dataset":
        ds = open_dataset(self.uri, self.kwargs)
        if self.variable is None:
            return ds
        require_variables(ds, [self.variable])
        one = ds[self.variable]
        one.set_close(ds.close)
        return one  # type: ignore[return-value]

    def __str__(self) -> str:
        return f"SourceFile(uri={self.uri})"
