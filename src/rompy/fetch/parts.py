"""Parts of what is at an address, as services cut them out or we do, through the cache."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from rompy import foresight, inputs
from rompy.errors import MissingFileError, TransferError
from rompy.fetch.cache import Cache, CacheError
from rompy.fetch.entry import Entry, Slice, shown
from rompy.fetch.settings import LIMIT, OFFLINE, is_offline
from rompy.fetch.supply import supply
from rompy.fetch.turns import while_waiting
from rompy.foresight import Deed
from rompy.secrets import in_address
from rompy.transfer import TransferBase, get_transfer
from rompy.transfer.address import Address
from rompy.transfer.http import HttpTransfer
from rompy.transfer.part import Part, disk_full_explained
from rompy.transfer.remote import RemoteTransfer
from rompy.transfer.version import Version

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often a part that changes while it comes is asked for anew."""


_values_asked: ContextVar[bool] = ContextVar("values_asked", default=False)


@contextmanager
def values_asked_anew() -> Iterator[None]:
    """Within this block, parts come again of which a description alone says that they are the same, to prove it."""
    token = _values_asked.set(True)
    try:
        yield
    finally:
        _values_asked.reset(token)


def fetch_part(
    address: Address,
    part: Slice,
    bring: Callable[[Path], None],
    *,
    version: Callable[[], Version] | None = None,
    suffix: str = "",
    offline: bool | None = None,
    cache: Cache | None = None,
) -> Path:
    """A file in the cache that holds a part of what is at an address now.

    The version of the whole is asked for each time. Where the other end tells none, nobody can say whether a copy still
    holds, and the part comes again.

    Args:
        address: the whole.
        part: what of it, in values that JSON knows; not empty.
        bring: called with a path to write the part to, when it is not in the cache.
        version: tells the version of the whole; by default as ``version_of`` does.
        suffix: end of the file's name.
        offline: use the copy that came last without asking; by default as ROMPY_OFFLINE says.

    Raises:
        MissingFileError: there is nothing in the cache when offline.
        TransferError: it changes each time while it comes, or does not fit on the disk.
    """
    text, brought = os.fspath(address), supply()
    copy = None if brought is None else brought.find(text, part)
    if copy is not None:
        _note(text, part, copy.version, copy.size, copy.sha256)
        return copy.path
    job = _Job(text, part, cache or Cache(), bring, version or (lambda: version_of(text)), suffix)
    for _ in range(ATTEMPTS):
        with job.room() as room:
            entry = job.entry(room, is_offline() if offline is None else offline)
            path = None if entry is None else job.cache.path(entry)
        if entry is None:
            logger.warning("%s changed while a part of it came: that is asked for anew", shown(text))
        elif path is None:
            raise CacheError(
                f"a part of {shown(text)} was dropped as soon as it came", hint=f"Raise {LIMIT}."
            )
        else:
            _note(text, part, entry.version, entry.size, entry.digest)
            return path
    raise TransferError(f"{shown(text)} changed each time while a part of it came", hint="Try again later.")


@dataclass(frozen=True)
class _Job:
    """Brings one part up to date in the cache."""

    address: str
    part: Slice
    cache: Cache
    bring: Callable[[Path], None]
    tell: Callable[[], Version]
    suffix: str

    @contextmanager
    def room(self) -> Iterator[Part]:
        """Where the part is put together; others that want the same one wait."""
        with ExitStack() as stack:
            with while_waiting():
                room = stack.enter_context(self.cache.fetching(self.address, self.part))
            yield room

    def entry(self, room: Part, offline: bool) -> Entry | None:
        """The entry of the former copy if that holds, else of a new one; None if the whole changed while it came."""
        former = self.cache.latest(self.address, self.part)
        if offline:
            return _without_asking(former, self.address)
        now = self._version()
        is_sure = now.is_known and not (now.is_described and _values_asked.get())
        if former is not None and is_sure and former.version.is_same(now):
            foresight.tell(Deed("fetch", in_address(self.address), self.part, former.size, is_kept=True))
            return former
        foresight.tell(Deed("fetch", in_address(self.address), self.part))
        room.discard()
        with disk_full_explained(room.path.parent), inputs.unnoted():
            self.bring(room.path)
        if now.is_known and not now.is_same(self._version()):
            return None
        return self.cache.keep(self.address, now, room, self.suffix, self.part)

    def _version(self) -> Version:
        with while_waiting():
            return self.tell()


def _note(address: str, part: Slice, version: Version, size: int, sha256: str) -> None:
    inputs.note_remote(address, version=version.as_dict(), part=part, size=size, sha256=sha256)


def version_of(address: Address) -> Version:
    """Which version of its content an address holds, as far as the other end tells without sending it.

    Raises:
        MissingFileError: there is nothing.
        TransferError: it cannot be reached.
    """
    brought = supply()
    then = None if brought is None else brought.version_of(os.fspath(address))
    if then is not None:
        return then
    transfer: TransferBase = get_transfer(address)
    return transfer.version(address) if isinstance(transfer, (HttpTransfer, RemoteTransfer)) else Version()


def _without_asking(former: Entry | None, address: str) -> Entry:
    if former is None:
        raise MissingFileError(
            f"this part of {shown(address)} is not in the cache, and {OFFLINE} forbids to fetch it",
            hint=f"Unset {OFFLINE}.",
        )
    logger.info("offline: a part of %s as it was %.1f hours ago", shown(address), former.age_s / 3600)
    return former
