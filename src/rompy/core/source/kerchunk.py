"""Source: files of any format through kerchunk references."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rompy.core.driver import open_references
from rompy.core.source.files import Period, SourceFiles
from rompy.core.source.wanted import Wanted

if TYPE_CHECKING:
    import xarray as xr


class SourceKerchunk(SourceFiles):
    """References of kerchunk: where in which files the chunks of a dataset lie, so that only those used are read.

    One reference may lead to many files. Several references by a pattern, such as one for each day, are joined along
    time, and only those are opened that a period needs, as with the source ``files``.
    """

    model_type: Literal["kerchunk"] = "kerchunk"  # type: ignore[assignment]
    uri: str | Path
    """Path or address of the references: a JSON file, or a folder of Parquet files; with ``*``, ``?`` or ``{time:...}``
    of several."""

    @property
    def coordinates(self) -> Mapping[Hashable, Any]:
        return super().coordinates if self._is_pattern else self.open().coords

    @property
    def _is_pattern(self) -> bool:
        return any(sign in str(self.uri) for sign in "*?{")

    def _request(self, wanted: Wanted) -> Period | None:
        return super()._request(wanted) if self._is_pattern else None

    def _open(self) -> "xr.Dataset":
        return super()._open() if self._is_pattern else open_references(self.uri, self.kwargs)

    def _dataset(self, name: str, options: dict[str, Any]) -> "xr.Dataset":
        return open_references(name, options)

    def __str__(self) -> str:
        return f"SourceKerchunk(uri={self.uri})"
