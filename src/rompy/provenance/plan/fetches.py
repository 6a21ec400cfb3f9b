"""What a run needs from elsewhere, and whether it is here."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from rompy.cache_folder import cache_folder
from rompy.core.data import DataBlob
from rompy.core.driver import SMALL
from rompy.core.parts import parts_of
from rompy.core.source.base import SourceBase
from rompy.core.source.file import SourceFile
from rompy.fetch import Cache, version_of
from rompy.fetch.entry import Entry, key_of
from rompy.fetch.settings import is_offline
from rompy.secrets import in_address
from rompy.transfer.address import parse_scheme
from rompy.transfer.version import Version


@dataclass(frozen=True)
class Fetch:
    """A file elsewhere."""

    address: str
    bytes: int | None
    is_here: bool
    """Whether the copy in the cache is what the address holds now."""
    reasons: tuple[str, ...] = ()
    """Why it is fetched."""


def fetches_of(model_run: Any, without: Collection[str] = ()) -> list[Fetch]:
    """Files that the description names on servers and in stores. Servers are asked for versions; nothing is fetched.

    Args:
        without: places in the description of which nothing is needed.
    """
    needed = (
        part
        for place, part in parts_of(model_run.config, "config")
        if not any(place == one or place.startswith(f"{one}.") for one in without)
    )
    addresses: dict[str, bool] = {}
    for part in needed:
        for address in _addresses(part):
            addresses[address] = addresses.get(address, True) and isinstance(part, SourceFile)
    kept = _kept() if addresses else {}
    return [_fetch(address, kept.get(key_of(address)), addresses[address]) for address in sorted(addresses)]


def _addresses(part: Any) -> Iterator[str]:
    named: dict[str, Any] = {}
    if isinstance(part, DataBlob):
        named = {"source": part.source}
    elif isinstance(part, SourceBase) and not part.is_service:
        named = part.named_files()
    for value in named.values():
        if isinstance(value, str) and "://" in value and parse_scheme(value) not in ("file", "package"):
            yield value


def _kept() -> dict[str, Entry]:
    """What is in the cache, by key, as it came last; nothing is made where there is no cache."""
    if not (cache_folder() / "fetched" / "entries").is_dir():
        return {}
    return {entry.key: entry for entry in sorted(Cache().entries(), key=lambda one: one.fetched)}


def _fetch(address: str, entry: Entry | None, in_pieces: bool) -> Fetch:
    """
    Args:
        in_pieces: whether pieces of it are read if it is large.
    """
    name = in_address(address)
    if entry is not None and is_offline():
        return Fetch(name, entry.size, True)
    try:
        told = Version() if is_offline() else version_of(address)
    except Exception as error:  # noqa: BLE001 - whatever servers and their libraries raise
        return Fetch(name, None, False, (f"its server cannot be asked: {str(error).partition(chr(10))[0]}",))
    if entry is not None and told.is_known and entry.version.is_same(told):
        return Fetch(name, entry.size, True)
    if not told.is_known:
        why = "its server does not tell versions apart"
    else:
        why = "it is not in the cache" if entry is None else "it has changed"
    is_large = in_pieces and told.size is not None and told.size > SMALL
    return Fetch(name, told.size, False, (why, *["only what is needed of it is read"] * is_large))
