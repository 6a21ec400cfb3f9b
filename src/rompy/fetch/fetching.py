"""Brings remote files to this machine, through the cache."""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path

from rompy.errors import MissingFileError, RompyError, TransferError
from rompy.fetch.cache import Cache, CacheError
from rompy.fetch.entry import Entry, shown
from rompy.fetch.settings import LIMIT, OFFLINE, is_offline
from rompy.fetch.supply import supply
from rompy.fetch.turns import while_waiting
from rompy.foresight import is_foreseeing
from rompy.inputs import note_file, note_remote
from rompy.transfer import TransferBase, get_transfer
from rompy.transfer.address import Address, last_part, parse_scheme, path_of
from rompy.transfer.arrival import arriving, refuse_loss
from rompy.transfer.base import missing, target_in
from rompy.transfer.checksum import Checksum
from rompy.transfer.http import HttpTransfer, explained
from rompy.transfer.part import Part, disk_full_explained
from rompy.transfer.progress import OnProgress, Progress
from rompy.transfer.remote import RemoteTransfer
from rompy.transfer.version import Version

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""How often a file in a store that changes while it is fetched is fetched anew."""


def fetch(
    address: Address,
    *,
    checksum: str | None = None,
    offline: bool | None = None,
    on_progress: OnProgress | None = None,
    cache: Cache | None = None,
    timeout: float = 30.0,
) -> Path:
    """A file that holds what is at an address now, in the cache unless it is on this machine already.

    The other end is asked each time whether the copy in the cache is still what it has; an answer without ETag,
    version or time of modification cannot tell, and then the file comes again. With a checksum of kind SHA-256 nobody
    needs to be asked. The file must not be written to.

    Args:
        address: path or URI of a file.
        checksum: such as ``sha256:...``, that the content must have.
        offline: use the copy that came last without asking; by default as ROMPY_OFFLINE says.
        on_progress: called as bytes arrive.
        cache: by default the user's own.
        timeout: seconds without progress after which a web server is given up.

    Raises:
        MissingFileError: there is nothing, or nothing in the cache when offline.
        ChecksumError: the content is another one.
        TransferError: it cannot be fetched. A copy in the cache is not used in its place unless offline is asked for.
    """
    expected = Checksum.parse(checksum) if checksum is not None else None
    if parse_scheme(address) == "file":
        path = path_of(address)
        if not path.is_file():
            raise missing(address)
        if expected is not None:
            expected.check(path, str(path))
        note_file(path, address)
        return path
    text, brought = os.fspath(address), supply()
    copy = None if brought is None else brought.find(text)
    if copy is not None:
        if expected is not None:
            expected.check(copy.path, shown(text))
        note_remote(text, version=copy.version.as_dict(), size=copy.size, sha256=copy.sha256)
        return copy.path
    job = _Job(text, cache or Cache(), expected, on_progress, timeout)
    for _ in range(ATTEMPTS):
        with while_waiting():
            entry = job.entry(is_foreseeing() or (is_offline() if offline is None else offline))
        found = job.cache.path(entry)
        if found is not None:
            note_remote(text, version=entry.version.as_dict(), size=entry.size, sha256=entry.digest)
            return found
    raise CacheError(f"{shown(text)} was dropped from the cache as soon as it came", hint=f"Raise {LIMIT}.")


def fetch_all(
    addresses: Iterable[Address],
    *,
    workers: int = 4,
    on_progress: OnProgress | None = None,
    cache: Cache | None = None,
) -> list[Path]:
    """Fetch several files, at most ``workers`` at a time; paths come in the order of the addresses.

    Raises:
        RompyError: the first failure in that order. What had not begun is not fetched then.
    """
    texts = list(addresses)
    with ThreadPoolExecutor(max(1, min(workers, len(texts)))) as pool:
        context = [copy_context() for _ in texts]
        futures = [
            pool.submit(one.run, lambda text=text: fetch(text, on_progress=on_progress, cache=cache))
            for one, text in zip(context, texts, strict=True)
        ]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def bring(address: Address, destdir: Address, name: str | None = None, link: bool = False) -> Path:
    """Bring a file or folder into a local folder and return its path there, as ``TransferBase.get`` does.

    Files of web servers and stores come through the cache; a file of that name is replaced by what is at the address
    now. Folders are not kept there; one that breaks off is continued by the next call. What transfers of other packages
    bring, comes directly.

    Raises:
        MissingFileError: there is nothing at the address.
        TransferError: it cannot be fetched.
    """
    transfer = get_transfer(address)
    if link or not is_cached(address):
        if link or not isinstance(transfer, RemoteTransfer):
            return transfer.get(address, destdir, name=name, link=link)
        return _bring_folder(transfer, address, destdir, name)
    target = target_in(path_of(destdir), address, _name_of(address) if name is None else name)
    try:
        path = fetch(address)
    except CacheError as error:
        logger.warning("%s", error)
        return transfer.get(address, destdir, name=name)
    refuse_loss(target, (), shown(os.fspath(address)))
    with disk_full_explained(target.parent), arriving(target) as new:
        shutil.copyfile(path, new)
    return target


@dataclass(frozen=True)
class _Job:
    address: str
    cache: Cache
    checksum: Checksum | None
    on_progress: OnProgress | None
    timeout: float

    @property
    def shown(self) -> str:
        return shown(self.address)

    def entry(self, offline: bool) -> Entry:
        if self.checksum is not None and self.checksum.kind == "sha256":
            known = self.cache.with_digest(self.checksum.digest)
            if known is not None:
                return known
        with self.cache.fetching(self.address) as room:
            former = self.cache.latest(self.address)
            if offline:
                return self._without_asking(former)
            try:
                version = self._version(former, room)
            except RompyError as error:
                raise _with_advice(error, former) from error
            if version is None and former is not None:
                logger.debug("%s is unchanged since %s", self.shown, former.fetched)
                self._check(self.cache.path(former))
                return former
            return self.cache.keep(self.address, version or Version(), room, _suffix(self.address))

    def _without_asking(self, former: Entry | None) -> Entry:
        if former is None:
            raise MissingFileError(
                f"{self.shown} is not in the cache, and {OFFLINE} forbids to fetch it",
                hint=f"Unset {OFFLINE}.",
            )
        logger.info("offline: %s as it was %.1f hours ago", self.shown, former.age_s / 3600)
        self._check(self.cache.path(former))
        return former

    def _check(self, path: Path | None) -> None:
        if self.checksum is not None and path is not None:
            self.checksum.check(path, self.shown)

    def _version(self, former: Entry | None, room: Part) -> Version | None:
        """Bring the content into ``room`` unless it is still the former one."""
        known = former.version if former is not None and former.version.is_known else None
        transfer = get_transfer(self.address)
        if isinstance(transfer, HttpTransfer):
            return self._from_web(known, room)
        return self._from_store(transfer, known, room)

    def _from_web(self, known: Version | None, room: Part) -> Version | None:
        from rompy.transfer.download import download
        from rompy.transfer.stream import Request, TooLargeError

        request = Request(self.address, self.timeout, self.cache.limit, known)
        try:
            with explained(self.address):
                return download(request, room, checksum=self.checksum, on_progress=self.on_progress)
        except TooLargeError as error:
            error.hint = f"The cache takes no more: raise {LIMIT}, or read the file in parts."
            raise

    def _from_store(self, transfer: TransferBase, known: Version | None, room: Part) -> Version | None:
        for _ in range(ATTEMPTS):
            before = _version_in(transfer, self.address)
            if known is not None and known.is_same(before):
                return None
            if before.size is not None and before.size > self.cache.limit:
                raise TransferError(
                    f"{self.shown} has {before.size} bytes, more than the cache takes", hint=f"Raise {LIMIT}."
                )
            room.discard()
            room.check_room(before.size or 0)
            transfer.get(self.address, room.path.parent, name=room.path.name)
            if not before.is_known or before.is_same(_version_in(transfer, self.address)):
                self._check(room.path)
                self._tell(room)
                return before
            logger.warning("%s changed while it was being fetched: it is fetched anew", self.shown)
        room.discard()
        raise TransferError(
            f"{self.shown} changed each time while it was being fetched", hint="Try again later."
        )

    def _tell(self, room: Part) -> None:
        if self.on_progress is not None:
            self.on_progress(Progress(self.shown, room.size, room.size, 1))


def _version_in(transfer: TransferBase, address: str) -> Version:
    return transfer.version(address) if isinstance(transfer, RemoteTransfer) else Version()


def _bring_folder(transfer: RemoteTransfer, address: Address, destdir: Address, name: str | None) -> Path:
    from rompy.fetch.stores import bring_store

    target = target_in(path_of(destdir), address, name)
    try:
        bring_store(transfer, os.fspath(address), target, Cache())
    except CacheError as error:
        logger.warning("%s", error)
        return transfer.get(address, destdir, name=name)
    return target


def is_cached(address: Address) -> bool:
    """Whether what is at an address comes through the cache: files of web servers and stores do.

    Raises:
        TransferError: a store cannot be asked whether it is a file.
    """
    transfer, brought = get_transfer(address), supply()
    if isinstance(transfer, HttpTransfer) or (brought and brought.find(os.fspath(address))):
        return True
    return isinstance(transfer, RemoteTransfer) and transfer.stat(address)["type"] == "file"


def _name_of(address: Address) -> str:
    from rompy.transfer.download import extract_filename_from_url

    is_web = parse_scheme(address) in ("http", "https")
    return extract_filename_from_url(os.fspath(address)) if is_web else last_part(address)


def _suffix(address: str) -> str:
    """End of the name, such as ``.nc`` or ``.nc.gz``."""
    match = re.search(r"(\.[A-Za-z][A-Za-z0-9]{0,7}){1,2}$", _name_of(address))
    return match[0] if match else ""


def _with_advice(error: RompyError, former: Entry | None) -> RompyError:
    if former is not None and not isinstance(error, MissingFileError):
        advice = (
            f"A copy of {former.fetched[:16].replace('T', ' ')} UTC is in the cache; {OFFLINE}=1 uses it."
        )
        error.hint = f"{error.hint} {advice}" if error.hint else advice
    return error
