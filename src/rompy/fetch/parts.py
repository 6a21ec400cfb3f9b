"""Parts of what is at an address, as services cut them out or we do, through the cache."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
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
from rompy.transfer.part import disk_full_explained
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
        told = copy.version.as_dict()
        inputs.note_remote(text, version=told, part=part, size=copy.size, sha256=copy.sha256)
        return copy.path
    store = cache or Cache()
    tell = version or (lambda: version_of(text))

    def ask() -> Version:
        with while_waiting():
            return tell()

    for _ in range(ATTEMPTS):
        with ExitStack() as stack:
            with while_waiting():
                room = stack.enter_context(store.fetching(text, part))
            former = store.latest(text, part)
            if is_offline() if offline is None else offline:
                entry: Entry | None = _without_asking(former, text)
            else:
                now = ask()
                is_sure = now.is_known and not (now.is_described and _values_asked.get())
                if former is not None and is_sure and former.version.is_same(now):
                    foresight.tell(Deed("fetch", in_address(text), part, former.size, is_kept=True))
                    entry = former
                else:
                    foresight.tell(Deed("fetch", in_address(text), part))
                    room.discard()
                    with disk_full_explained(room.path.parent), inputs.unnoted():
                        bring(room.path)
                    is_stable = not now.is_known or now.is_same(ask())
                    entry = store.keep(text, now, room, suffix, part) if is_stable else None
            path = store.path(entry) if entry is not None else None
        if path is not None and entry is not None:
            told_by = entry.version.as_dict()
            inputs.note_remote(text, version=told_by, part=part, size=entry.size, sha256=entry.digest)
            return path
        if entry is not None:
            raise CacheError(
                f"a part of {shown(text)} was dropped as soon as it came", hint=f"Raise {LIMIT}."
            )
        logger.warning("%s changed while a part of it came: that is asked for anew", shown(text))
    raise TransferError(f"{shown(text)} changed each time while a part of it came", hint="Try again later.")


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
