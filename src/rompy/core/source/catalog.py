"""One way to use intake catalogues, whose first and second generation differ in how they are read and opened."""

from __future__ import annotations

import hashlib
import os
import warnings
from difflib import get_close_matches
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rompy.core.noting.cited_as import note_catalogue
from rompy.core.noting.history import without_reading
from rompy.core.noting.holding import holds_its_values
from rompy.core.noting.noted_values import noting_answer
from rompy.core.resolve import existing
from rompy.errors import DataError, PluginError
from rompy.inputs import note_file

if TYPE_CHECKING:
    import xarray as xr


def open_catalog(uri: str | Path | None, text: str | None) -> Any:
    """The catalogue in a file or in a text, as intake's own object.

    Raises:
        MissingFileError: the file is not there.
        DataError: it is not a catalogue.
        PluginError: intake is not installed.
    """
    try:
        import fsspec
        import intake
    except ImportError as error:
        raise PluginError(
            "catalogues need intake", hint="Install it: pip install intake intake-xarray"
        ) from error

    if uri is not None:
        place = str(existing(uri))
    else:
        # intake reads catalogues from files only, so the text is put where fsspec takes it for one.
        content = (text or "").encode()
        place = f"memory://rompy-catalogs/{hashlib.sha256(content).hexdigest()}.yaml"
        fsspec.filesystem("memory").pipe_file(place, content)
    try:
        catalog = _opened(intake, place)
        _names(catalog)  # catalogues of the first generation are read when they are asked for something
    except Exception as error:  # intake raises whatever its YAML parser and drivers raise
        raise DataError(
            f"{uri or 'the text'} is not an intake catalogue: {type(error).__name__}: {error}"
        ) from error
    return catalog


def open_entry(catalog: Any, name: str, kwargs: dict[str, Any]) -> xr.Dataset:
    """The dataset of an entry, with ``kwargs`` given to its driver, lazy.

    Raises:
        DataError: there is no such entry, or it cannot be opened.
    """
    entry = _entry(catalog, name)
    try:
        with warnings.catch_warnings():
            # How a dataset is chunked is for the author of the catalogue to decide; intake warns of shell commands
            # for every text.
            warnings.filterwarnings("ignore", message="The specified chunks separate the stored chunks")
            warnings.filterwarnings("ignore", message="Shell command not executed")
            source = entry(**kwargs)
            ds = without_reading(source.read() if _is_reader(source) else source.to_dask())
    except Exception as error:  # drivers raise whatever they like
        raise DataError(
            f"{name!r} of the catalogue cannot be opened: {type(error).__name__}: {error}"
        ) from error
    note_catalogue(_told_of(entry))
    files = _files_of(source)
    for file in files:
        note_file(file)
    return ds if files else noting_answer(ds, f"intake:{name}")


def files_of_entry(catalog: Any, name: str, kwargs: dict[str, Any]) -> dict[str, Any] | None:
    """The files on this machine that a dataset of netCDF or GRIB is made of now, and how they are opened; None where it
    may be made of anything else. Nothing is opened."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Shell command not executed")
        source = _entry(catalog, name)(**kwargs)
    reader: Any = getattr(source, "reader", None)
    files = _files_of(source)
    if type(source).__module__.partition(".")[0] != "intake_xarray" or not (files and _is_reader(reader)):
        return None
    options = {key: value for key, value in reader.kwargs.items() if key not in ("args", "metadata")}
    if not all(holds_its_values(file, options) for file in files):
        return None
    return {
        "reader": type(reader).__name__,
        "options": options,
        "files": [Path(file).absolute() for file in files],
    }


def _entry(catalog: Any, name: str) -> Any:
    # The first generation hands out finished sources, which ignore keywords; its entries do not.
    entries = catalog._entries if hasattr(catalog, "_entries") else catalog
    try:
        return entries[name]
    except KeyError:
        raise _unknown(catalog, name) from None


def _told_of(entry: Any) -> dict[str, Any]:
    """What the catalogue says of an entry; both generations of intake have their own way.

    Objects of the second seem to have any attribute, so that it is their class that is asked.
    """
    try:
        told = entry.describe() if hasattr(type(entry), "describe") else vars(entry)
        metadata = told.get("metadata")
    except Exception:  # noqa: BLE001 - it is only said of the data, not needed to read them
        return {}
    return {"title": told.get("description"), **(metadata if isinstance(metadata, dict) else {})}


def _files_of(source: Any) -> list[str]:
    """Files on this machine that a source reads; none when any of it is something else."""
    reader: Any = source if _is_reader(source) else getattr(source, "reader", None)
    args = reader.kwargs.get("args", ()) if _is_reader(reader) else ()
    stated = [getattr(one, "url", None) for one in args if not _is_reader(one)]
    if not _is_reader(source):  # those seem to have any attribute
        stated.append(getattr(source, "urlpath", None))
    places = [p for one in stated for p in ([one] if isinstance(one, (str, Path)) else one or ())]
    found = [sorted(glob(str(place).removeprefix("file://"))) for place in places]  # noqa: PTH207 - they may be absolute
    files = [file for some in found for file in some]
    return files if files and all(found) and all(map(os.path.isfile, files)) else []


def _opened(intake: Any, place: str) -> Any:
    try:
        # Catalogues of the first generation may hold shell commands, which are never carried out.
        return intake.open_catalog(place, getshell=False)
    except TypeError:  # the second generation has no such thing, and no such keyword
        return intake.open_catalog(place)


def _is_reader(source: Any) -> bool:
    """Whether a source is of the second generation; asking it for methods is no use, as it seems to have any."""
    try:
        from intake.readers import BaseReader
    except ImportError:
        return False
    return isinstance(source, BaseReader)


def _names(catalog: Any) -> list[str]:
    """Names of all entries."""
    names = {*catalog, *getattr(catalog, "entries", ()), *getattr(catalog, "aliases", ())}
    return sorted(str(name) for name in names)


def _unknown(catalog: Any, name: str) -> DataError:
    known = _names(catalog)
    close = get_close_matches(name, known, n=1)
    guess = f" Did you mean {close[0]!r}?" if close else ""
    return DataError(f"the catalogue has no dataset {name!r}.{guess}", hint=f"It has: {', '.join(known)}")
