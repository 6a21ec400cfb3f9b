"""Source: a file or store that xarray opens."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field

from rompy.core.filters import require_variables
from rompy.core.resolve import existing
from rompy.core.source.base import SourceBase
from rompy.errors import DataError, RompyError

if TYPE_CHECKING:
    import xarray as xr


class SourceFile(SourceBase):
    """A netCDF file, zarr store, OPeNDAP address or whatever else ``xarray.open_dataset`` can open."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model_type: Literal["file"] = "file"  # type: ignore[assignment]
    uri: str | Path
    """Path, ``package://name/inner/path`` or any address that xarray understands."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``xarray.open_dataset``, such as ``engine`` or ``chunks``."""
    variable: str | None = None
    """Only this variable, opened as a DataArray."""

    def _open(self) -> "xr.Dataset":
        import xarray as xr

        place = existing(self.uri)
        try:
            ds = xr.open_dataset(str(place), **self.kwargs)
        except RompyError:
            raise
        except Exception as error:  # engines raise whatever they like for a file that is not theirs
            raise DataError(
                f"{place} cannot be opened as a dataset: {type(error).__name__}: {error}",
                hint="Check that it is a complete file of a known format; kwargs can name the engine.",
            ) from error
        if self.variable is None:
            return ds
        require_variables(ds, [self.variable])
        one = ds[self.variable]
        one.set_close(ds.close)
        return one  # type: ignore[return-value]

    def __str__(self) -> str:
        return f"SourceFile(uri={self.uri})"
