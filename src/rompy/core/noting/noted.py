"""Notes what is read of datasets: of files, of remote files piece by piece, of stores object by object."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from rompy import inputs
from rompy.cache_folder import cache_folder
from rompy.core.noting.brought import METADATA, brought_store, range_text
from rompy.core.noting.cited_as import note_attributes
from rompy.fetch.supply import supply
from rompy.transfer.version import Version


def noting_blocks(handle: Any, uri: str) -> inputs.Pieces | None:
    """Note every block that a file of fsspec fetches from now on; None when it has no blocks or nothing is noted."""
    cache = getattr(handle, "cache", None)
    fetcher = getattr(cache, "fetcher", None)
    if not callable(fetcher) or not inputs.is_noting():
        return None
    version: dict[str, Any] = {}
    with suppress(Exception):  # stores tell in many ways, and need not tell at all
        version = Version.of_info(handle.details).as_dict()
    pieces = inputs.pieces_of(uri, "remote", version)

    def fetch(start: int, end: int) -> bytes:
        content: bytes = fetcher(start, end)
        if pieces is not None:
            pieces.add(f"{start}-{end}", content)
        return content

    cache.fetcher = fetch  # type: ignore[union-attr]
    return pieces


def noting_store(
    place: str | Path, options: Mapping[str, Any], name: str | None = None
) -> tuple[Any, dict[str, Any]]:
    """What to open in the place of a Zarr store, and the options for it, so that each object that is read is noted.

    Where that cannot be done it is the store itself, of which only the address is noted then.

    Args:
        name: address under which fsspec finds the objects without further options; by default the place itself.
    """
    name = str(place) if name is None else name
    if not inputs.is_noting() and brought_store(name) is None:
        return str(place), dict(options)
    rest = dict(options)
    storage = rest.pop("storage_options", None)
    try:
        if isinstance(rest.get("backend_kwargs"), Mapping) and "storage_options" in rest["backend_kwargs"]:
            raise TypeError("options for the storage are given in two layers")
        try:
            return _noting_store(place, name, storage), rest
        except ImportError:
            return _noting_mapping(place, name, storage), rest
    except (ImportError, TypeError, AttributeError):
        inputs.note_remote(name)
        return str(place), dict(options)


def _noting_mapping(place: str | Path, name: str, storage: Any) -> Any:
    """As ``_noting_store``, for zarr 2, whose stores are mappings."""
    import fsspec

    pieces = inputs.pieces_of(name, "store")

    class NotingMap(UserDict[str, bytes]):
        """Tells of each object that is read."""

        def __getitem__(self, key: str) -> bytes:
            found: bytes = self.data[key]
            if pieces is not None:
                pieces.add(key, found)
            return found

    store = NotingMap()
    brought = brought_store(name)
    store.data = fsspec.get_mapper(str(place), **(storage or {})) if brought is None else brought
    return store


def _noting_store(place: str | Path, name: str, storage: Any) -> Any:
    from zarr.storage import FsspecStore, LocalStore, WrapperStore

    pieces = inputs.pieces_of(name, "store")

    class NotingStore(WrapperStore):
        """Tells of each object that is read."""

        async def get(self, key: str, prototype: Any, byte_range: Any = None) -> Any:
            found = await self._store.get(key, prototype, byte_range)
            self._note(key, found, byte_range)
            return found

        async def get_partial_values(self, prototype: Any, key_ranges: Iterable[Any]) -> Any:
            wanted = list(key_ranges)
            found = await self._store.get_partial_values(prototype, wanted)
            for (key, byte_range), one in zip(wanted, found, strict=True):
                self._note(key, one, byte_range)
            return found

        def _note(self, key: str, found: Any, byte_range: Any) -> None:
            if pieces is None:
                return
            if found is not None:
                pieces.add(f"{key}{range_text(byte_range)}", found.to_bytes())
            elif key.rpartition("/")[2] not in METADATA:
                pieces.add_absent(key)

    brought = brought_store(name)
    if brought is not None:
        return NotingStore(brought)
    if isinstance(place, Path):
        return NotingStore(LocalStore(place, read_only=True))
    return NotingStore(FsspecStore.from_url(place, storage_options=storage, read_only=True))


def note_dataset(source: Any, ds: Any) -> None:
    """Note what a dataset of a source was read from, as far as it tells itself: values given to the source, and files
    that xarray names as its origin."""
    if not inputs.is_noting():
        return
    note_attributes(getattr(ds, "attrs", None))
    for name, value in dict(source).items():
        if hasattr(value, "data_vars") and not all(v._in_memory for v in value.variables.values()):
            continue  # it has still to be read from somewhere
        if hasattr(value, "data_vars") or hasattr(value, "columns") or hasattr(value, "coords"):
            inputs.note_values(f"memory:{name}", value)
    origins = {str(v.encoding.get("source", "")) for v in getattr(ds, "variables", {}).values()}
    origins.add(str(getattr(ds, "encoding", {}).get("source", "")))
    brought = supply()
    # Copies: what they are of has been noted.
    folders = [cache_folder(), *([brought.contents.folder] if brought else [])]
    for origin in sorted(origins - {""}):
        is_copy = any(Path(origin).absolute().is_relative_to(folder.absolute()) for folder in folders)
        if "://" not in origin and not is_copy:
            inputs.note_file(origin)
