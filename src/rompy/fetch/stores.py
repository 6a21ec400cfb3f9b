"""Folders of a store, such as Zarr, object by object: what came before something broke off need not come again."""

from __future__ import annotations

import json
import logging
import shutil
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from threading import Event, Lock

from rompy.errors import TransferError
from rompy.fetch.cache import Cache
from rompy.fetch.entry import shown
from rompy.transfer.arrival import arriving, refuse_loss
from rompy.transfer.base import target_in
from rompy.transfer.part import disk_full_explained
from rompy.transfer.remote import RemoteTransfer
from rompy.transfer.version import Version

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often objects that change while others come are brought anew."""
WORKERS = 4
"""Objects that are under way at once."""


def bring_store(transfer: RemoteTransfer, address: str, target: Path, cache: Cache) -> None:
    """Bring a folder of a store to ``target``, all of it or nothing.

    Objects are gathered in the cache's folder. Should that break off, those that are complete stay there and are used
    by the next call, if the store then still has the same version of them.

    Raises:
        TransferError: something cannot be fetched, does not fit, or changes each time.
    """
    objects = transfer.objects(address)
    refuse_loss(target, objects, shown(address))
    with cache.gathering(address) as room:
        gathered = _Gathered(room)
        for _ in range(ATTEMPTS):
            gathered.keep_only(objects)
            missing = [name for name in sorted(objects) if not gathered.has(name, objects[name][1])]
            logger.debug("%s: %d of %d objects are to come", shown(address), len(missing), len(objects))
            _bring(transfer, objects, missing, gathered)
            before, objects = objects, transfer.objects(address)
            if _are_same(before, objects):
                break
            logger.warning(
                "%s changed while it was being fetched: what changed is fetched anew", shown(address)
            )
        else:
            raise TransferError(
                f"{shown(address)} changed each time while it was being fetched", hint="Try again later."
            )
        with disk_full_explained(target.parent), arriving(target) as new:
            shutil.move(gathered.files, new)
        shutil.rmtree(room)


class _Gathered:
    """Objects that have come, and which version each of them is."""

    def __init__(self, room: Path) -> None:
        self.room, self.files = room, room / "files"
        self._memo, self._lock = room / "versions.jsonl", Lock()
        self.files.mkdir(parents=True, exist_ok=True)
        self._versions: dict[str, Version] = {}
        with suppress(OSError):
            for line in self._memo.read_text(encoding="utf-8").splitlines():
                with suppress(
                    ValueError, KeyError, AttributeError, TypeError
                ):  # the last line may be cut off
                    told = json.loads(line)
                    self._versions[told["name"]] = Version.of_dict(told["version"])

    def has(self, name: str, version: Version) -> bool:
        """Whether an object is here, complete, and of that version."""
        path, known = self.files / name, self._versions.get(name)
        if (
            known is None
            or not path.is_file()
            or path.stat().st_size != (version.size or path.stat().st_size)
        ):
            return False
        return known.is_same(version)

    def add(self, name: str, version: Version) -> None:
        """Note that an object has come."""
        with self._lock:
            self._versions[name] = version
            with self._memo.open("a", encoding="utf-8") as memo:
                memo.write(json.dumps({"name": name, "version": version.as_dict()}) + "\n")

    def keep_only(self, names: object) -> None:
        """Drop what the store does not have any more."""
        for path in sorted(self.files.rglob("*"), reverse=True):
            if path.is_dir():
                with suppress(OSError):
                    path.rmdir()
            elif path.relative_to(self.files).as_posix() not in names:  # type: ignore[operator]
                path.unlink()


def _bring(
    transfer: RemoteTransfer, objects: dict[str, tuple[str, Version]], names: list[str], gathered: _Gathered
) -> None:
    has_failed = Event()

    def one(name: str) -> None:
        if has_failed.is_set():
            return
        try:
            found, version = objects[name]
            target = target_in(gathered.files, found, name)
            transfer.get(found, target.parent, name=target.name)
            gathered.add(name, version)
        except BaseException:
            has_failed.set()
            raise

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="rompy-fetch") as pool:
        futures = [pool.submit(copy_context().run, one, name) for name in names]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    for future in futures:
        if not future.cancelled():
            future.result()


def _are_same(one: dict[str, tuple[str, Version]], other: dict[str, tuple[str, Version]]) -> bool:
    """Whether two listings tell the same, as far as the store tells versions."""
    return one.keys() == other.keys() and all(
        version.is_same(other[name][1]) or not version.is_known for name, (_, version) in one.items()
    )
