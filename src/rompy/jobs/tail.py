"""New lines of a log that grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

CHUNK = 65536
"""Bytes read at a time."""
LONGEST = 8192
"""Bytes after which a line is cut: a model may write binary data or never end a line."""
_LINE_END = re.compile(rb"\r\n|\n|\r")


class LogTail:
    """Reads what has been added to a file since the last time, as decoded lines.

    A carriage return ends a line too (progress bars). Bytes that are not UTF-8 come as replacement characters.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._offset = 0
        self._rest = b""

    def lines(self, *, final: bool = False) -> Iterator[str]:
        """Complete lines that are new; with ``final`` also the last one without its line end."""
        while chunk := self._read():
            yield from self._split(chunk)
        if final and self._rest:
            rest, self._rest = self._rest, b""
            yield rest.rstrip(b"\r").decode("utf-8", "replace")

    def _read(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                chunk = file.read(CHUNK)
        except OSError:
            return b""
        self._offset += len(chunk)
        return chunk

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
