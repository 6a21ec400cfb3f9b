"""Source: many files that together hold one dataset along time."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator

from rompy.core.driver import open_dataset
from rompy.core.file_pattern import FilePattern, TimedFiles
from rompy.core.joining import join_along
from rompy.core.noting.holding import is_read_plainly
from rompy.core.remote import explained, filesystem, scheme_of
from rompy.core.resolve import resolve
from rompy.core.source.base import SourceBase
from rompy.core.source.found_files import FilesFound
from rompy.core.source.wanted import Wanted
from rompy.errors import CoverageError, DataError, MissingFileError
from rompy.fetch.supply import supply

if TYPE_CHECKING:
    from collections.abc import Hashable

    import xarray as xr

logger = logging.getLogger(__name__)

Period = tuple[datetime | None, datetime | None]


class SourceFiles(SourceBase):
    """Files by a pattern, joined along time.

    Where names tell times, only the files are opened that a period needs: ``winds/{time:%Y}/{time:%m%d}.nc``. A file
    is taken to begin at the time in its name and to reach until the next one; what it truly holds is looked at, and
    its neighbour is opened too if that is less.
    """

    model_type: Literal["files"] = "files"  # type: ignore[assignment]
    uri: str | Path
    """Path or address with ``*``, ``?`` or ``{time:...}``, which takes %Y, %m, %d, %H, %M, %S and %j."""
    tdim: str = "time"
    """Name of the dimension of time. Files without it are given the time in their name."""
    overlap: Literal["raise", "first", "last"] = "raise"
    """What becomes of a time that several files hold."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``xarray.open_dataset`` of each file."""

    @field_validator("uri")
    @classmethod
    def _pattern(cls, value: Any) -> Any:
        FilePattern(str(value))
        return value

    @property
    def coordinates(self) -> Mapping["Hashable", Any]:
        """Coordinates of the first two files where names tell times, else of all: that tells names and steps."""
        if not FilePattern(str(self.uri)).tells_time or scheme_of(self.uri) in ("http", "https"):
            return self.open().coords
        files = self._files(None, None)
        return self._joined(files, range(min(2, len(files.names)))).coords

    def _finds(self) -> FilesFound | None:
        """Names of all files on this machine that fit."""
        is_plain = type(self) is SourceFiles and is_read_plainly(self.kwargs)
        if not is_plain or not isinstance(resolve(self.uri), Path):
            return None
        return FilesFound(tuple(self._files(None, None).names))

    def _request(self, wanted: Wanted) -> Period | None:
        return wanted.period if wanted.period != (None, None) else None

    def _open(self) -> "xr.Dataset":
        return self._open_part((None, None))

    def _open_part(self, request: Period) -> "xr.Dataset":
        start, stop = request
        files = self._files(start, stop)
        needed = files.holding(start, stop)
        if not needed:
            raise CoverageError(
                f"{self.uri} has nothing until {stop}: the first of {len(files.names)} files begins at "
                f"{files.begins[0]}"
            )
        ds = self._joined(files, needed)
        wider = self._widened(ds, files, needed, start, stop)
        if wider != needed:
            ds.close()
            ds = self._joined(files, wider)
        return ds

    def _files(self, start: datetime | None, stop: datetime | None) -> TimedFiles:
        """Files that exist, as far as a period may need them."""
        place = resolve(self.uri)
        pattern = FilePattern(str(place))
        brought = supply()
        if brought is not None and (names := [n for n in brought.addresses if pattern.fits(n)]):
            return _in_order(pattern, names)
        store, _ = filesystem(str(place))
        try:
            if scheme_of(place) in ("http", "https") and pattern.tells_time:
                names = _existing(store, pattern, start, stop)
            else:
                names = [name for text in pattern.globs(start, stop) for name in store.glob(text)]
                if not names and (start, stop) != (None, None):
                    names = [name for text in pattern.globs() for name in store.glob(text)]
        except (OSError, ValueError) as error:
            raise explained(error, place) from error
        if not isinstance(place, Path):
            names = [store.unstrip_protocol(name) for name in names]
        files = _in_order(pattern, names)
        if not files.names:
            raise MissingFileError(
                f"no file fits {self.uri}", hint="Check the folder, and the layout of the times."
            )
        return files

    def _joined(self, files: TimedFiles, which: Sequence[int]) -> "xr.Dataset":
        logger.debug("%s: %d of %d files are opened", self.uri, len(which), len(files.names))
        parts = [self._one(files.names[i], files.begins[i], alone=len(which) == 1) for i in which]
        return join_along(self.tdim, parts, [files.names[i] for i in which], self.overlap)

    def _one(self, name: str, begin: datetime, *, alone: bool) -> "xr.Dataset":
        # Joining would read the values of what is not in chunks.
        ds = self._dataset(name, self.kwargs if alone else {"chunks": {}, **self.kwargs})
        if self.tdim in ds.dims:
            return ds
        if self.tdim not in ds.coords and begin == datetime.min:
            ds.close()
            raise DataError(
                f"there is no dimension {self.tdim!r} to join the files along",
                file=name,
                field="tdim",
                hint=f"Dimensions: {', '.join(map(str, ds.dims))}. Or let the names tell the times: {{time:%Y%m%d}}",
            )
        close = ds._close
        ds = ds.expand_dims(self.tdim if self.tdim in ds.coords else {self.tdim: [_nanoseconds(begin)]})
        ds.set_close(close)
        return ds

    def _dataset(self, name: str, options: dict[str, Any]) -> "xr.Dataset":
        """What one file holds."""
        return open_dataset(name, options)

    def _widened(
        self,
        ds: "xr.Dataset",
        files: TimedFiles,
        needed: range,
        start: datetime | None,
        stop: datetime | None,
    ) -> range:
        """The files, and the one before or after if there is room for a further time that is wanted."""
        times = ds.indexes.get(self.tdim)
        if times is None or times.dtype.kind != "M" or not FilePattern(str(self.uri)).tells_time:
            return needed
        step = (times[1] - times[0]) if len(times) > 1 else files.step
        before = start is not None and needed.start > 0 and times[0] - step >= start
        after = stop is not None and needed.stop < len(files.names) and times[-1] + step <= stop
        return range(needed.start - before, needed.stop + after)

    def __str__(self) -> str:
        return f"SourceFiles(uri={self.uri})"


def _in_order(pattern: FilePattern, names: list[str]) -> TimedFiles:
    if pattern.tells_time:
        return TimedFiles.of(pattern, names)
    return TimedFiles(tuple(sorted(names)), (datetime.min,) * len(names))


def _existing(store: Any, pattern: FilePattern, start: datetime | None, stop: datetime | None) -> list[str]:
    """Names on a web server, which cannot be listed and are therefore tried."""
    if start is None or stop is None or "*" in pattern.text or "?" in pattern.text:
        raise DataError(
            f"{pattern.text} cannot be listed by its server: only names with {{time:...}} and no * can be used, "
            "and only for a period"
        )
    return [name for name in pattern.expanded(start, stop) if _is_there(store, name)]


def _is_there(store: Any, url: str) -> bool:
    """Whether a web server has a file. fsspec takes a server that fails for one that has nothing.

    Raises:
        TransferError: the server fails, or cannot be reached.
    """
    from rompy.fetch import version_of
    from rompy.transfer.version import Version

    try:
        return version_of(url) != Version() or bool(store.exists(url))
    except MissingFileError:
        return False


def _nanoseconds(moment: datetime) -> Any:
    import numpy as np

    return np.datetime64(moment, "ns")
