"""Source: assets of items in a STAC catalogue."""

import logging
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from rompy.core.driver import open_dataset, open_references
from rompy.core.joining import join_along
from rompy.core.remote import explained
from rompy.core.resolve import existing
from rompy.core.source.base import SourceBase
from rompy.core.source.wanted import Wanted
from rompy.errors import CoverageError, DataError, PluginError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)


class SourceStac(SourceBase):
    """An asset of a STAC item, or of all items of a collection that a period needs, joined along time."""

    model_type: Literal["stac"] = "stac"  # type: ignore[assignment]
    uri: str | Path
    """Path or address of an item, a collection or a catalogue."""
    asset: str | None = None
    """Key of the asset; by default the one with the role ``data``, or the only one."""
    tdim: str = "time"
    """Name of the dimension of time that items are joined along."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``xarray.open_dataset``."""

    def _open(self) -> "xr.Dataset":
        return self._open_part((None, None))

    def _request(self, wanted: Wanted) -> tuple[datetime | None, datetime | None]:
        return wanted.period

    def _open_part(self, request: tuple[datetime | None, datetime | None]) -> "xr.Dataset":
        items = self._items()
        needed = [item for item in items if _meets(item, *request)]
        if not needed:
            raise CoverageError(
                f"none of the {len(items)} items of {self.uri} lies in {request[0]} to {request[1]}",
                hint=f"They cover {min(map(_shown, items))} and later." if items else None,
            )
        needed.sort(key=_begin)
        logger.debug("%s: %d of %d items are opened", self.uri, len(needed), len(items))
        parts = [self._one(item, alone=len(needed) == 1) for item in needed]
        return join_along(self.tdim, parts, [item.id for item in needed], "raise")

    def _items(self) -> list[Any]:
        try:
            import pystac
        except ImportError as error:
            raise PluginError("STAC needs pystac", hint='Install it: pip install "rompy[stac]"') from error
        place = existing(self.uri)
        try:
            found: Any = pystac.read_file(str(place))
            return [found] if isinstance(found, pystac.Item) else list(found.get_items(recursive=True))
        except Exception as error:  # whatever pystac and the network raise
            if isinstance(place, Path):
                raise DataError(f"{place} cannot be read as STAC: {type(error).__name__}: {error}") from error
            raise explained(error, place) from error

    def _one(self, item: Any, *, alone: bool) -> "xr.Dataset":
        asset = self._asset(item)
        href = asset.get_absolute_href() or asset.href
        options = self.kwargs if alone else {"chunks": {}, **self.kwargs}
        kind = (asset.media_type or "").lower()
        if "kerchunk" in kind or "kerchunk" in (asset.roles or []):
            return open_references(href, options)
        return open_dataset(href, {"engine": "zarr", **options} if "zarr" in kind else options)

    def _asset(self, item: Any) -> Any:
        keys = (
            [self.asset] if self.asset else [k for k, a in item.assets.items() if "data" in (a.roles or [])]
        )
        if not keys and len(item.assets) == 1:
            keys = list(item.assets)
        if len(keys) != 1 or keys[0] not in item.assets:
            wanted = f"no asset {self.asset!r}" if self.asset else "no asset that is clearly the data"
            raise DataError(
                f"item {item.id!r} has {wanted}", field="asset", hint=f"Assets: {', '.join(item.assets)}"
            )
        return item.assets[keys[0]]

    def __str__(self) -> str:
        return f"SourceStac(uri={self.uri})"


def _begin(item: Any) -> datetime:
    return _utc(item.common_metadata.start_datetime or item.datetime)


def _meets(item: Any, start: datetime | None, stop: datetime | None) -> bool:
    end = _utc(item.common_metadata.end_datetime or item.datetime)
    return (stop is None or _begin(item) <= stop) and (start is None or end >= start)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment


def _shown(item: Any) -> str:
    return _begin(item).isoformat()
