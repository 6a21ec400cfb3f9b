"""Source: assets of items in a STAC catalogue."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator

from rompy.core.driver import open_dataset, open_references
from rompy.core.joining import join_along
from rompy.core.noting.cited_as import note_stac_item
from rompy.core.remote import scheme_of
from rompy.core.source.base import SourceBase
from rompy.core.source.part import Part
from rompy.core.source.remote_file import open_part_of_file, part_of_file
from rompy.core.source.stac_search import Box, Search, begin_of
from rompy.core.source.wanted import Wanted
from rompy.errors import CoverageError, DataError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)


class SourceStac(SourceBase):
    """An asset of a STAC item, or of all items that a period and an area need, joined along time.

    Catalogues may be files, on this machine or elsewhere, or services that search by themselves (STAC API).
    """

    model_type: Literal["stac"] = "stac"  # type: ignore[assignment]
    uri: str | Path
    """Path or address of an item, a collection or a catalogue, or of a service or one of its collections."""
    asset: str | None = None
    """Key of the asset; by default the one with the role ``data``, or the only one."""
    collections: list[str] = Field(default_factory=list)
    """Identifiers of the collections to look in; all when empty."""
    bbox: Box | None = None
    """Only items that meet this box: west, south, east, north (degrees). By default the area of the run, where its
    coordinates are degrees of longitude and latitude."""
    tdim: str = "time"
    """Name of the dimension of time that items are joined along."""
    overlap: Literal["raise", "first", "last"] = "raise"
    """What becomes of a time that several items hold."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``xarray.open_dataset``."""

    @field_validator("bbox")
    @classmethod
    def _south_below_north(cls, bbox: Box | None) -> Box | None:
        if bbox is not None and bbox[1] > bbox[3]:
            raise ValueError(f"bbox is west, south, east, north: {bbox[1]:g} lies north of {bbox[3]:g}")
        return bbox

    def _open(self) -> "xr.Dataset":
        return self._open_part((None, None, self.bbox, None))

    def _request(self, wanted: Wanted) -> Any:
        return (*wanted.period, self.bbox or _box(wanted), Part.of(wanted))

    def _open_part(self, request: Any) -> "xr.Dataset":
        start, stop, box, part = request
        search = Search(start, stop, box, tuple(self.collections))
        needed = search.items(self.uri)
        if not needed:
            raise self._nothing(search)
        logger.debug("%s: %d items are opened", self.uri, len(needed))
        parts = [self._one(item, part, alone=len(needed) == 1) for item in needed]
        return join_along(self.tdim, parts, [item.id for item in needed], self.overlap)

    def _nothing(self, search: Search) -> CoverageError:
        where = f" and {', '.join(f'{limit:g}' for limit in search.box)}" if search.box else ""
        wanted = f"{search.start} to {search.stop}{where}"
        if scheme_of(self.uri) in ("http", "https"):  # a service may have millions of items
            return CoverageError(f"no item of {self.uri} lies in {wanted}")
        every = Search(collections=search.collections).items(self.uri)
        hint = f"They begin from {_shown(every[0])} to {_shown(every[-1])}." if every else None
        return CoverageError(f"none of the {len(every)} items of {self.uri} lies in {wanted}", hint=hint)

    def _one(self, item: Any, part: Part | None, *, alone: bool) -> "xr.Dataset":
        asset = self._asset(item)
        note_stac_item(item)
        href = asset.get_absolute_href() or asset.href
        href = href.removeprefix("file://") if href.startswith("file:///") else href
        options = self.kwargs if alone else {"chunks": {}, **self.kwargs}
        kind = (asset.media_type or "").lower()
        if "kerchunk" in kind or "kerchunk" in (asset.roles or []):
            return open_references(href, options)
        if "zarr" in kind:
            return open_dataset(href, {"engine": "zarr", **options})
        wanted = Wanted(part.variables, dict(part.ranges)) if part is not None else Wanted()
        kept = part_of_file(href, wanted, options)
        return open_dataset(href, options) if kept is None else open_part_of_file(href, kept, options)

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


def _box(wanted: Wanted) -> Box | None:
    """The area that is wanted, if it is one of degrees."""
    (west, east), (south, north) = wanted.box
    limits = (west, south, east, north)
    are_numbers = all(isinstance(limit, (int, float)) for limit in limits)
    if not are_numbers or not (wanted.coords.x or "").lower().startswith("lon"):
        return None
    return west, max(south, -90.0), east, min(north, 90.0)


def _shown(item: Any) -> str:
    return begin_of(item).isoformat()
