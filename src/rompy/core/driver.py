"""How datasets are opened, whatever their format and wherever they are: lazily, and closed with what they came from.

Files on this machine are opened where they are. Large remote ones are read in pieces where server and format allow it;
others are fetched whole, once, into the cache of fetched files, which is asked again each time whether its copy still
holds.
"""

from __future__ import annotations

import atexit
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rompy import inputs
from rompy.core.dataset_file import GRIB, HDF5, NETCDF3, defect_of, is_known, require_whole_classic
from rompy.core.noting.brought import brought_file
from rompy.core.noting.history import without_history, without_reading
from rompy.core.noting.noted import noting_blocks, noting_store
from rompy.core.noting.noted_values import noting_values
from rompy.core.quiet import quiet
from rompy.core.remote import explained, filesystem, scheme_of
from rompy.core.resolve import existing, resolve
from rompy.digest import digest_of
from rompy.errors import DataError, PluginError, RompyError
from rompy.fetch.settings import is_offline
from rompy.fetch.supply import supply

if TYPE_CHECKING:
    import os

    import xarray as xr

logger = logging.getLogger(__name__)

_BLOCK = 2**20
"""How much of a remote file is read at once (bytes); a few dozen such blocks are kept."""
SMALL = 16 * 2**20
"""Remote files up to this size (bytes) are fetched whole: then they are kept, and files arrive beside each other, while
the library for HDF5 reads pieces of one file at a time."""
_DAP_SIGNS = ("/dodsc/", "/opendap/", "/dap/", "/thredds/dods")
"""Parts of addresses by which OPeNDAP servers are known, so that they need not be asked."""
_ABOVE_ENGINES = frozenset({"chunks", "cache", "inline_array", "chunked_array_type", "from_array_kwargs"})
"""Keywords for ``xarray.open_dataset`` that are about what is done with values, and not how they are read."""
_EXTRAS = {
    "zarr": "zarr",
    "cfgrib": "grib",
    "pydap": "opendap",
    "kerchunk": "kerchunk",
    "h5netcdf": "h5netcdf",
}


def open_dataset(uri: str | os.PathLike[str], options: Mapping[str, Any] | None = None) -> xr.Dataset:
    """The dataset in a file or store, or at an address.

    Args:
        options: keywords for ``xarray.open_dataset``; without ``engine`` it is found out.

    Raises:
        MissingFileError: there is nothing.
        DataError: it is broken, cut off, of an unknown format, or access is refused.
        PluginError: a library for the scheme or the format is not installed.
    """
    place, options = resolve(uri), dict(options or {})
    brought = supply()
    if isinstance(place, Path) and brought is not None and brought.pieces_of(str(place)) is not None:
        with _explaining(place):
            return _engine_opened(*noting_store(place, {"engine": "zarr", **options}))
    place = existing(uri)
    if isinstance(place, Path):
        require_whole_classic(place)
        with _explaining(place):
            options = _with_engine(place, options)
            if options.get("engine") == "zarr":
                return _engine_opened(*noting_store(place, options))
            return _engine_opened(str(place), options)
    with _explaining(place):
        return _open_remote(place, options)


def open_fetched(uri: str | os.PathLike[str], options: Mapping[str, Any]) -> xr.Dataset:
    """As ``open_dataset`` for formats that can only be read from files on this machine."""
    place = existing(uri)
    if isinstance(place, Path):
        return open_dataset(place, options)
    with _explaining(place):
        path, forget = fetched(place)
        with inputs.unnoted():
            return close_too(open_dataset(path, options), forget)


def open_references(uri: str | os.PathLike[str], options: Mapping[str, Any]) -> xr.Dataset:
    """The dataset that references of kerchunk, in JSON or Parquet, describe. They may lead to files anywhere."""
    place = existing(uri)
    given = dict(options.get("backend_kwargs", {}))
    storage = {"fo": str(place), **given.pop("storage_options", {})}
    backend = {"consolidated": False, **given}
    how = {"engine": "zarr", **options, "backend_kwargs": backend, "storage_options": storage}
    with _explaining(place):
        return _engine_opened(*noting_store("reference://", how, f"reference::{place}"))


def fetched(uri: str) -> tuple[Path, Callable[[], None]]:
    """A copy of a remote file as it is now, and a function to call when it is not needed any more.

    Copies are in the cache, where they stay; of addresses that no transfer knows, in a temporary folder.
    """
    from rompy.fetch import CacheError, fetch
    from rompy.transfer import available_schemes, get_transfer

    is_known = scheme_of(uri) in available_schemes()
    if is_known:
        try:
            return fetch(uri), lambda: None
        except CacheError as error:
            logger.warning("%s", error)
    folder, forget = temporary_folder()
    try:
        if is_known:
            target = Path(get_transfer(uri).get(uri, folder))
        else:
            store, path = filesystem(uri)
            target = folder / Path(path).name
            store.get_file(path, str(target))
        if inputs.is_noting():
            inputs.note_remote(uri, size=target.stat().st_size, sha256=digest_of(target))
    except BaseException:
        forget()
        raise
    return target, forget


def temporary_folder() -> tuple[Path, Callable[[], None]]:
    """A new folder, and a function that removes it, which is called at the end of the program at the latest."""
    folder = Path(tempfile.mkdtemp(prefix="rompy-"))

    def forget() -> None:
        atexit.unregister(forget)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(forget)
    return folder, forget


def is_service(place: str, options: Mapping[str, Any]) -> bool:
    """Whether an address is that of an OPeNDAP server, by itself or by the engine that is asked for."""
    return options.get("engine") in ("netcdf4", "pydap") or any(sign in place.lower() for sign in _DAP_SIGNS)


def is_store(place: str, options: Mapping[str, Any]) -> bool:
    """Whether an address is that of a store of many objects."""
    return options.get("engine") == "zarr" or place.rstrip("/").endswith(".zarr")


def _open_remote(place: str, options: dict[str, Any]) -> xr.Dataset:
    if is_service(place, options):
        return _service_opened(place, options)
    if is_store(place, options):
        return _engine_opened(*noting_store(place, {"engine": "zarr", **options}))
    brought = supply()
    has_whole = brought is not None and brought.find(place) is not None
    handle = None if has_whole else brought_file(place, _BLOCK)
    if has_whole or (handle is None and is_offline()):
        return open_fetched(place, options)
    try:
        handle = handle or _remote_file(place)
        pieces = noting_blocks(handle, place)
        start = handle.read(8)
    except Exception as error:
        if scheme_of(place) in ("http", "https"):
            with suppress(Exception):  # no file, but perhaps an OPeNDAP server, whose addresses are no files
                return _service_opened(place, options)
        raise error
    if scheme_of(place) in ("http", "https") and not is_known(start):
        handle.close()
        if pieces is not None:
            pieces.is_dropped = True
        return _service_opened(place, options)
    is_whole = start.startswith(GRIB) or options.get("engine") == "cfgrib" or _is_small(handle)
    if is_whole or not _is_seekable(handle):
        handle.close()
        if pieces is not None:
            pieces.is_dropped = True
        return open_fetched(place, options)
    handle.seek(0)
    options.setdefault("engine", "scipy" if start.startswith(NETCDF3) else "h5netcdf")
    return close_too(_engine_opened(handle, options), handle.close)


def _service_opened(place: str, options: dict[str, Any]) -> xr.Dataset:
    """A dataset of a service, of which values come as they are used, and are noted by themselves."""
    outside = {name: options[name] for name in _ABOVE_ENGINES & options.keys()}
    inside = {name: value for name, value in options.items() if name not in outside}
    pieces = inputs.pieces_of(place, "remote", part={"kwargs": inside} if inside else None, of_values=True)
    if pieces is None:
        return without_history(_engine_opened(place, options))
    return noting_values(lambda: without_history(_engine_opened(place, inside)), pieces, outside)


def _remote_file(place: str) -> Any:
    store, path = filesystem(place)
    return store.open(path, "rb", block_size=_BLOCK, cache_type="blockcache")


def _is_small(handle: Any) -> bool:
    """Whether a file comes as a whole in about the time that a few of its pieces take."""
    size = getattr(handle, "size", None)
    return size is not None and size <= SMALL


def _is_seekable(handle: Any) -> bool:
    """Whether any part of a remote file can be read; some web servers only send the whole."""
    try:
        if not handle.seekable() or not handle.size:
            return False
        handle.seek(handle.size - 1)
        return len(handle.read(1)) == 1
    except (OSError, ValueError, AttributeError):
        return False


def _engine_opened(place: Any, options: dict[str, Any]) -> xr.Dataset:
    import xarray as xr

    if options.get("engine") == "netcdf4":
        # By its class: to look up an engine by name, xarray imports all that are installed, some of them for seconds.
        options = {**options, "engine": xr.backends.NetCDF4BackendEntrypoint}
    if options.get("engine") == "cfgrib":
        # By default an index is written beside the file, whose folder is not ours.
        options = {**options, "backend_kwargs": {"indexpath": "", **options.get("backend_kwargs", {})}}
    with quiet:
        ds = without_reading(xr.open_dataset(place, **options))
    return _in_order(ds) if options.get("engine") == "zarr" else ds


def _in_order(ds: xr.Dataset) -> xr.Dataset:
    """With variables by name: out of a store they come in the order in which its answers arrive."""
    found = ds[sorted(ds.variables, key=str)]
    found.set_close(ds.close)
    found.encoding = ds.encoding
    return found


def _with_engine(place: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Options that name the engine where xarray would not know it, or would take the wrong one."""
    if "engine" in options:
        return options
    if place.is_dir():
        is_store = any((place / name).exists() for name in ("zarr.json", ".zgroup", ".zmetadata"))
        return {**options, "engine": "zarr"} if is_store else options
    with place.open("rb") as file:
        start = file.read(8)
    if start.startswith((HDF5, NETCDF3)):
        return {**options, "engine": "netcdf4"}
    return {**options, "engine": "cfgrib"} if start.startswith(GRIB) else options


@contextmanager
def _explaining(place: Path | str) -> Iterator[None]:
    """Turns whatever engines raise for a file that is not theirs into errors for people."""
    try:
        yield
    except RompyError:
        raise
    except Exception as error:
        missing = _missing_engine(error)
        if missing:
            raise PluginError(
                f"{place} needs {missing}, which is not installed",
                hint=f'Install it: pip install "rompy[{_EXTRAS[missing]}]"',
            ) from error
        if not isinstance(place, Path):
            raise explained(error, place) from error
        raise DataError(
            f"{place} cannot be opened as a dataset: {defect_of(place) or f'{type(error).__name__}: {error}'}",
            hint="Check that it is a complete file of a known format; kwargs can name the engine.",
        ) from error


def _missing_engine(error: Exception) -> str | None:
    """Name of a known engine that an error says is not there."""
    text = str(error)
    if not isinstance(error, (ImportError, ValueError)):
        return None
    signs = ("unrecognized engine '{}'", "No module named '{}'")
    return next((name for name in _EXTRAS if any(sign.format(name) in text for sign in signs)), None)


def close_too(ds: xr.Dataset, also: Callable[[], None]) -> xr.Dataset:
    """``ds`` that closes something else after itself."""
    first = ds._close

    def close() -> None:
        if first is not None:
            first()
        also()

    ds.set_close(close)
    return ds
