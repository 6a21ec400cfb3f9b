"""Items of STAC catalogues, static ones and services (STAC API), within a box and a period."""

from __future__ import annotations

import json
import math
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

from rompy.core.resolve import existing
from rompy.errors import DataError, MissingFileError, PluginError, RompyError
from rompy.fetch import fetch

Box = tuple[float, float, float, float]
"""West, south, east and north (degrees); west is east of east where it reaches across the date line."""
_PAGE = 200
"""Items that a service is asked for at once."""


@dataclass(frozen=True)
class Search:
    """What is looked for."""

    start: datetime | None = None
    """First moment (UTC, without zone)."""
    stop: datetime | None = None
    """Last moment (UTC, without zone)."""
    box: Box | None = None
    collections: tuple[str, ...] = ()
    """Identifiers of collections; any when empty."""

    def items(self, uri: str | Path) -> list[Any]:
        """All items that meet the search, in the order of their beginnings.

        Raises:
            MissingFileError: there is nothing.
            DataError: it is not STAC.
            PluginError: pystac is not installed.
        """
        try:
            import pystac
        except ImportError as error:
            raise PluginError("STAC needs pystac", hint='Install it: pip install "rompy[stac]"') from error
        place = existing(uri)
        try:
            found = [pystac.Item.from_dict(item, href=href) for item, href in self._found(str(place))]
        except RompyError:
            raise
        except Exception as error:  # whatever pystac makes of nonsense
            raise DataError(f"{place} cannot be read as STAC: {type(error).__name__}: {error}") from error
        met = [item for item in found if self._meets(item)]
        return sorted(met, key=lambda item: (begin_of(item), item.id))

    def _found(self, href: str) -> Iterator[tuple[dict[str, Any], str]]:
        """Descriptions of items, with where they were read."""
        told = _read(href)
        kind, links = told.get("type"), told.get("links", [])
        if kind == "Feature":
            yield told, href
        elif kind == "FeatureCollection":
            yield from self._pages(told, href)
        elif kind not in ("Catalog", "Collection"):
            raise DataError(
                f"{href} cannot be read as STAC: it is no item, collection or catalogue but {kind!r}"
            )
        elif service := self._service(told, href):
            yield from self._pages(_read(service), service)
        elif kind == "Catalog" or not self.collections or told.get("id") in self.collections:
            inside = self if kind == "Catalog" else Search(self.start, self.stop, self.box)
            for link in links:
                if link.get("rel") in ("item", "child"):
                    yield from inside._found(_joined(href, link["href"]))

    def _service(self, told: dict[str, Any], href: str) -> str | None:
        """The query to a service that searches by itself."""
        rel = "search" if told["type"] == "Catalog" else "items"
        link = next((link for link in told.get("links", []) if link.get("rel") == rel), None)
        if link is None:
            return None
        query: dict[str, Any] = {"limit": _PAGE}
        if rel == "search" and self.collections:
            query["collections"] = ",".join(self.collections)
        if self.box is not None:
            query["bbox"] = ",".join(f"{limit:.10g}" for limit in self.box)
        if self.start is not None or self.stop is not None:
            query["datetime"] = "/".join(_rfc3339(moment) for moment in (self.start, self.stop))
        target = _joined(href, link["href"])
        return f"{target}{'&' if '?' in target else '?'}{urlencode(query, safe=',/:')}"

    def _pages(self, told: dict[str, Any], href: str) -> Iterator[tuple[dict[str, Any], str]]:
        seen = {href}
        while True:
            for item in told.get("features", []):
                own = next(
                    (link["href"] for link in item.get("links", []) if link.get("rel") == "self"), href
                )
                yield item, _joined(href, own)
            link = next((link for link in told.get("links", []) if link.get("rel") == "next"), None)
            if link is None:
                return
            if link.get("method", "GET").upper() != "GET":
                raise DataError(
                    f"{href} continues its answer only for requests by POST, which are not made here"
                )
            href = _joined(href, link["href"])
            if href in seen:
                raise DataError(f"{href} leads back to itself: the service's answer has no end")
            seen.add(href)
            told = _read(href)

    def _meets(self, item: Any) -> bool:
        end = _utc(item.common_metadata.end_datetime or item.datetime)
        if (self.stop is not None and begin_of(item) > self.stop) or (
            self.start is not None and end < self.start
        ):
            return False
        if self.collections and item.collection_id not in (None, *self.collections):
            return False
        return self.box is None or item.bbox is None or _overlap(self.box, _flat(item.bbox))


def begin_of(item: Any) -> datetime:
    """When the data of an item begin (UTC, without zone)."""
    return _utc(item.common_metadata.start_datetime or item.datetime)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment


def _rfc3339(moment: datetime | None) -> str:
    return ".." if moment is None else f"{moment.replace(microsecond=0).isoformat()}Z"


def _flat(box: Sequence[float]) -> Box:
    """A box without its heights."""
    half = len(box) // 2
    return box[0], box[1], box[half], box[half + 1]


def _overlap(one: Box, other: Box) -> bool:
    """Whether boxes meet, in whatever convention their longitudes are."""
    if one[3] < other[1] or other[3] < one[1]:
        return False
    widths = [(box[2] - box[0]) % 360 if box[2] < box[0] else box[2] - box[0] for box in (one, other)]
    apart = (other[0] - one[0]) % 360
    return apart <= widths[0] or 360 - apart <= widths[1] or math.isclose(apart, 360)


def _joined(base: str, href: str) -> str:
    """Address of what a description at ``base`` refers to."""
    if "://" in href or (href.startswith("/") and "://" not in base):
        return href
    scheme, separator, rest = base.partition("://")
    if not separator:
        return posixpath.normpath(posixpath.join(posixpath.dirname(base), href))
    if scheme in ("http", "https"):
        return urljoin(base, href)
    return f"{scheme}://{posixpath.normpath(posixpath.join(posixpath.dirname(rest), href))}"


def _read(href: str) -> dict[str, Any]:
    """The JSON at an address or path."""
    try:
        told = json.loads(fetch(href).read_text(encoding="utf-8"))
    except MissingFileError as error:
        raise MissingFileError(f"there is nothing at {href}") from error
    except ValueError as error:
        raise DataError(f"{href} cannot be read as STAC: {error}") from error
    if not isinstance(told, dict):
        raise DataError(f"{href} cannot be read as STAC: it holds a {type(told).__name__}")
    return told
