"""Source: files of any format through kerchunk references."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from rompy.core.driver import open_references
from rompy.core.source.base import SourceBase

if TYPE_CHECKING:
    import xarray as xr


class SourceKerchunk(SourceBase):
    """References of kerchunk: where in which files the chunks of a dataset lie, so that only those used are read."""

    model_type: Literal["kerchunk"] = "kerchunk"  # type: ignore[assignment]
    uri: str | Path
    """Path or address of the references: a JSON file, or a folder of Parquet files."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``xarray.open_dataset``."""

    def _open(self) -> "xr.Dataset":
        return open_references(self.uri, self.kwargs)

    def __str__(self) -> str:
        return f"SourceKerchunk(uri={self.uri})"
