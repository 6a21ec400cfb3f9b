"""Source: a file or store that xarray opens."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from rompy.core.driver import open_dataset
from rompy.core.filters import require_variables
from rompy.core.noting.holding import holds_its_values, is_store_here
from rompy.core.source.base import SourceBase
from rompy.core.source.remote_file import open_part_of_file, part_of_file
from rompy.core.source.wanted import Wanted

if TYPE_CHECKING:
    import xarray as xr


class SourceFile(SourceBase):
    """A netCDF file, zarr store, OPeNDAP address or whatever else ``xarray.open_dataset`` can open.

    Remote files (``s3://``, ``gs://``, ``az://``, ``https://``, ``sftp://`` and other schemes of fsspec) are fetched
    into the cache when they are small, else read in pieces, of which those that a run needs are kept there. Credentials
    are taken from the environment or from the provider's own files, never from here.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model_type: Literal["file"] = "file"  # type: ignore[assignment]
    is_settled: ClassVar[bool] = True
    uri: str | Path
    """Path, ``package://name/inner/path`` or any address that xarray understands."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``xarray.open_dataset``, such as ``engine`` or ``chunks``."""
    variable: str | None = None
    """Only this variable, opened as a DataArray."""

    def _gives_the_same(self) -> bool:
        """Not if what it opens may only say where the values are."""
        here = holds_its_values(self.uri, self.kwargs) or is_store_here(self.uri, self.kwargs)
        return super()._gives_the_same() and here

    def _open(self) -> "xr.Dataset":
        ds = open_dataset(self.uri, self.kwargs)
        if self.variable is None:
            return ds
        require_variables(ds, [self.variable])
        one = ds[self.variable]
        one.set_close(ds.close)
        return one  # type: ignore[return-value]

    def _request(self, wanted: Wanted) -> Any:
        return None if self.variable is not None else part_of_file(self.uri, wanted, self.kwargs)

    def _open_part(self, request: Any) -> "xr.Dataset":
        return open_part_of_file(str(self.uri), request, self.kwargs)

    def __str__(self) -> str:
        return f"SourceFile(uri={self.uri})"
