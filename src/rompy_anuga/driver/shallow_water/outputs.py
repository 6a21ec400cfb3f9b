"""The files that a run writes into its folder."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .case import Case
from .problems import InputError


class Outputs:
    """Where a case's output goes."""

    def __init__(self, case: Case) -> None:
        self._folder = case.folder
        self._name = case.name
        self.sww = case.folder / f"{case.name}.sww"
        self.progress = case.folder / "progress.jsonl"
        self.record = case.folder / "run.json"

    def check_free(self) -> None:
        """Refuse to write where another run writes, or where nothing can be written.

        Raises:
            InputError: it says which.
        """
        for lock in self._locks():
            owner = _owner(lock)
            if owner is not None:
                raise InputError(f"{lock.name}: process {owner} is running this case in {self._folder}")
        if not os.access(self._folder, os.W_OK):
            raise InputError(f"the folder {self._folder} cannot be written to")

    def clear(self) -> None:
        """Remove what an earlier run left, so that none of it can be taken for this run's."""
        for old in (self.record, self.progress, self.sww, *self._parts(), *self._locks()):
            old.unlink(missing_ok=True)

    def clear_locks(self) -> None:
        """Remove the locks of ANUGA's writers, which it keeps until the process ends."""
        for lock in self._locks():
            lock.unlink(missing_ok=True)

    def write_record(self, content: dict[str, Any]) -> None:
        """Write ``run.json``, whole or not at all: that it is there means that the run is complete."""
        part = self.record.with_name(f".{self.record.name}.part")
        try:
            with part.open("w", encoding="utf-8") as file:
                json.dump(content, file, indent=1, allow_nan=False)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.record)
        finally:
            part.unlink(missing_ok=True)

    def _parts(self) -> Iterator[Path]:
        """What single ranks wrote of the output before it was put together."""
        return self._folder.glob(f"{self._name}_P[0-9]*_[0-9]*.sww")

    def _locks(self) -> Iterator[Path]:
        yield from self._folder.glob(f"{self._name}.sww.lock")
        yield from self._folder.glob(f"{self._name}_P[0-9]*_[0-9]*.sww.lock")


def _owner(lock: Path) -> int | None:
    """The process on this host that holds a lock, if it is alive and not this one.

    A lock from another host is nobody's: each container has a host name of its own, and a killed run leaves its lock.
    """
    try:
        pairs = (line.partition("=") for line in lock.read_text(encoding="utf-8").splitlines())
        fields = {key.strip(): value.strip() for key, _, value in pairs}
        process = int(fields.get("pid", ""))
    except (OSError, ValueError):
        return None
    if fields.get("host") != socket.gethostname() or process == os.getpid():
        return None
    try:
        os.kill(process, 0)  # asks whether it exists, does nothing to it
    except ProcessLookupError:
        return None
    except PermissionError:
        return process
    return process
