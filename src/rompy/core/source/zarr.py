"""Source: a Zarr store."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from rompy.core.driver import open_dataset
from rompy.core.noting.holding import is_store_here
from rompy.core.source.base import SourceBase

if TYPE_CHECKING:
    import xarray as xr


class SourceZarr(SourceBase):
    """A Zarr store on this machine or in an object store, of which only the chunks that are used are read."""

    model_type: Literal["zarr"] = "zarr"  # type: ignore[assignment]
    is_settled: ClassVar[bool] = True
    uri: str | Path
    """Path or address of the store, such as ``s3://bucket/winds.zarr``."""
    group: str | None = None
    """Path of a group within the store."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``xarray.open_dataset``, such as ``chunks`` or ``consolidated``."""

    def _gives_the_same(self) -> bool:
        """If each object that is read of it can be looked at again."""
        return super()._gives_the_same() and is_store_here(self.uri, self.kwargs)

    def _open(self) -> "xr.Dataset":
        group = {} if self.group is None else {"group": self.group}
        return open_dataset(self.uri, {"engine": "zarr", **group, **self.kwargs})

    def __str__(self) -> str:
        return f"SourceZarr(uri={self.uri})"
