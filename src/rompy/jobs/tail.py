"""New lines of a log that grows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from rompy.regular_file import opener

CHUNK = 65536
"""Bytes read at a time."""
LONGEST = 8192
"""Bytes after which a line is cut: a model may write binary data or never end a line."""
_LINE_END = re.compile(rb"\r\n|\n|\r")


class LogTail:
    """Reads what has been added to a file since the last time, as decoded lines.

    A carriage return ends a line too (progress bars). Bytes that are not UTF-8 come as replacement characters. A file
    that has become shorter, or that another has taken the place of, is read from its beginning.
    """

    def __init__(self, path: str | Path, offset: int = 0, *, aside: Path | None = None) -> None:
        """
        Args:
            offset: byte to begin at.
            aside: where the file is put when another takes its place; it is read on there then, and no other.
        """
        self.path = Path(path)
        self._aside = aside
        self._offset = offset
        self._rest = b""
        self._file: tuple[int, int] | None = None

    @property
    def place(self) -> Path:
        """Where the file is now."""
        return self._aside if self._aside is not None and self._aside.exists() else self.path

    def restart(self, offset: int) -> None:
        """Go on from another byte."""
        self._offset, self._rest = offset, b""

    def lines(self, *, final: bool = False) -> Iterator[str]:
        """Complete lines that are new; with ``final`` also the last one without its line end."""
        while chunk := self._read():
            yield from self._split(chunk)
        if final and self._rest:
            rest, self._rest = self._rest, b""
            yield rest.rstrip(b"\r").decode("utf-8", "replace")

    def _read(self) -> bytes:
        place, before = self.place, (self._offset, self._rest, self._file)
        chunk = self._read_from(place)
        if chunk and place != self.place:  # put aside just now: what was read may have been another's
            self._offset, self._rest, self._file = before
            chunk = self._read_from(self.place)
        return chunk

    def _read_from(self, path: Path) -> bytes:
        try:
            with open(path, "rb", opener=opener) as file:
                self._look_whether_new(os.fstat(file.fileno()))
                file.seek(self._offset)
                chunk = file.read(CHUNK)
        except OSError:
            return b""
        self._offset += len(chunk)
        return chunk

    def _look_whether_new(self, status: os.stat_result) -> None:
        file = status.st_dev, status.st_ino
        if status.st_size < self._offset or self._file not in (None, file):
            self._offset, self._rest = 0, b""
        self._file = file

    def _split(self, chunk: bytes) -> Iterator[str]:
        data = self._rest + chunk
        keep = data.endswith(b"\r")  # its line feed may follow in the next chunk
        *lines, rest = _LINE_END.split(data[:-1] if keep else data)
        for line in lines:
            yield from _pieces(line)
        while len(rest) > LONGEST:
            yield rest[:LONGEST].decode("utf-8", "replace")
            rest = rest[LONGEST:]
        self._rest = rest + b"\r" if keep else rest


def _pieces(line: bytes) -> Iterator[str]:
    for start in range(0, max(1, len(line)), LONGEST):
        yield line[start : start + LONGEST].decode("utf-8", "replace")
