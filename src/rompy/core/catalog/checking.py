"""Whether what a catalogue says still holds: links that are dead, coverage that is missing. Downloads no data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from glob import iglob
from pathlib import Path
from typing import Any, Literal

from rompy.core.catalog.entry import CatalogEntry
from rompy.core.remote import explained, filesystem
from rompy.core.resolve import resolve
from rompy.errors import RompyError
from rompy.transfer.address import parse_scheme

State = Literal["ok", "dead", "closed", "uncovered", "changed", "unchecked"]
"""``closed``: something answers, and wants credentials or an account."""

_AT_ONCE = 8
"""Datasets that are asked for beside each other."""
_CLOSED = (401, 403)
"""Statuses of web servers that refuse."""
_NO_HEADS = (405, 501)
"""Statuses of web servers that are there, and answer no questions of this kind."""
_PROBES = {"opendap": [".dds"], "zarr": ["/zarr.json", "/.zmetadata", "/.zgroup"]}
"""What is asked for in place of a service or store as a whole, by the kind of source."""


@dataclass(frozen=True)
class Finding:
    """What became of one check of an entry."""

    dataset: str
    what: str
    state: State
    reason: str = ""


def check_all(
    entries: Mapping[str, CatalogEntry],
    *,
    parameters: Mapping[str, str] | None = None,
    box: tuple[float, float, float, float] | None = None,
    period: tuple[datetime | None, datetime | None] = (None, None),
) -> list[Finding]:
    """Check entries beside each other, as most of the time passes in waiting; in their order. See ``check_entry``."""
    from concurrent.futures import ThreadPoolExecutor

    def check(name: str) -> list[Finding]:
        return list(check_entry(name, entries[name], parameters=parameters, box=box, period=period))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [finding for findings in pool.map(check, entries) for finding in findings]


def check_entry(
    name: str,
    entry: CatalogEntry,
    *,
    parameters: Mapping[str, str] | None = None,
    box: tuple[float, float, float, float] | None = None,
    period: tuple[datetime | None, datetime | None] = (None, None),
) -> Iterator[Finding]:
    """Check the address, the home page, the checksum of a file on this machine, and the coverage.

    Args:
        parameters: values for parameters of the entry; an address that lacks one is not checked.
        box: west, south, east, north that is to be covered (degrees).
        period: times that are to be covered (UTC).
    """
    address = str(entry.source.get("uri") or entry.source.get("server") or "")
    for key, value in (parameters or {}).items():
        address = address.replace(f"{{{key}}}", value)
    if any(f"{{{key}}}" in address for key in entry.parameters):
        yield Finding(name, "address", "unchecked", f"you have to give: {', '.join(entry.parameters)}")
    elif address:
        yield _alive(name, "address", address, entry)
        yield from _unchanged(name, address, entry)
    if entry.homepage:
        yield _alive(name, "homepage", entry.homepage, entry)
    yield from _covered(name, entry, box, period)


def _alive(name: str, what: str, address: str, entry: CatalogEntry) -> Finding:
    """Whether something answers, by asking for its existence only."""
    place = resolve(address)
    if isinstance(place, Path):
        there = _is_there(place)
        return Finding(name, what, "ok" if there else "dead", "" if there else f"there is no {place}")
    kind = str(entry.source.get("model_type")) if what == "address" else "file"
    probes = [address.rstrip("/") + probe if probe else address for probe in _PROBES.get(kind, [""])]
    web = [_web_address(probe, entry) for probe in probes]
    if all(web):
        # Files are asked for by HEAD, to which nothing of them is sent; what services tell of themselves is short.
        return _asked(name, what, [str(url) for url in web], "GET" if kind in _PROBES else "HEAD")
    try:
        found = [filesystem(probe, **_options(entry)) for probe in probes]
        if any(store.exists(path) for store, path in found):
            return Finding(name, what, "ok")
        return Finding(name, what, "dead", f"nothing answers at {address}")
    except RompyError as error:
        return Finding(name, what, "unchecked", error.message)
    except Exception as error:  # noqa: BLE001 - whatever the network raises is a finding
        return Finding(name, what, "dead", explained(error, address).message)


def _is_there(place: Path) -> bool:
    """Whether a file, or any file of a pattern, is on this machine."""
    pattern = re.sub(r"\{time[^}]*\}", "*", str(place))
    return place.exists() or ("*" in pattern and next(iglob(pattern), None) is not None)  # noqa: PTH207 - anywhere


def _web_address(address: str, entry: CatalogEntry) -> str | None:
    """The address on the web of something that is open to all there, for which no library of a provider is needed."""
    scheme, _, rest = address.partition("://")
    if scheme in ("http", "https"):
        return address
    options = _options(entry)
    if scheme == "gs" and options == {"token": "anon"}:
        return f"https://storage.googleapis.com/{rest}"
    if scheme == "s3" and options == {"anon": True}:
        bucket, _, key = rest.partition("/")
        return f"https://{bucket}.s3.amazonaws.com/{key}"
    return None


def _asked(name: str, what: str, addresses: list[str], method: str) -> Finding:
    """Whether a web server has one of some things."""
    from rompy.errors import MissingFileError
    from rompy.transfer.asking import ask
    from rompy.transfer.http import explained as explained_by_web

    missing = Finding(name, what, "dead")
    for address in addresses:
        try:
            with explained_by_web(address):
                ask(address, method=method, pauses=())
            return Finding(name, what, "ok")
        except MissingFileError as error:  # noqa: PERF203 - the next one may be there
            missing = Finding(name, what, "dead", error.message)
        except RompyError as error:
            status = getattr(getattr(error.__cause__, "response", None), "status_code", None)
            if status in _NO_HEADS:
                return Finding(name, what, "ok")
            return Finding(name, what, "closed" if status in _CLOSED else "dead", error.message)
    return missing


def _options(entry: CatalogEntry) -> dict[str, Any]:
    """Options of the file system that the entry's source uses, such as that no account is needed."""
    backend = entry.source.get("kwargs", {}).get("backend_kwargs", {})
    return dict(backend.get("storage_options", {}))


def _unchanged(name: str, address: str, entry: CatalogEntry) -> Iterator[Finding]:
    if entry.checksum is None or parse_scheme(address) != "file" or not Path(address).is_file():
        return
    counted = hashlib.sha256()
    with Path(address).open("rb") as file:
        while block := file.read(2**20):
            counted.update(block)
    digest = f"sha256:{counted.hexdigest()}"
    same = digest == entry.checksum
    reason = "" if same else f"it is {digest}, the entry says {entry.checksum}"
    yield Finding(name, "checksum", "ok" if same else "changed", reason)


def _covered(
    name: str,
    entry: CatalogEntry,
    box: tuple[float, float, float, float] | None,
    period: tuple[datetime | None, datetime | None],
) -> Iterator[Finding]:
    extent, misses = entry.extent, []
    start, end = period
    if box is not None:
        west, south, east, north = box
        if extent.latitude and (south < extent.latitude[0] or north > extent.latitude[1]):
            misses.append(
                f"latitudes {extent.latitude[0]:g} to {extent.latitude[1]:g}, not {south:g} to {north:g}"
            )
        if extent.longitude and not _around(extent.longitude, west, east):
            misses.append(
                f"longitudes {extent.longitude[0]:g} to {extent.longitude[1]:g}, not {west:g} to {east:g}"
            )
    if start is not None and extent.start is not None and start < extent.start:
        misses.append(f"times from {extent.start}, not from {start}")
    if end is not None and extent.end is not None and end > extent.end:
        misses.append(f"times to {extent.end}, not to {end}")
    if box is not None or period != (None, None):
        yield Finding(
            name,
            "coverage",
            "uncovered" if misses else "ok",
            f"it covers {'; '.join(misses)}" if misses else "",
        )


def _around(extent: tuple[float, float], west: float, east: float) -> bool:
    """Whether longitudes are covered in either convention; within a degree of the whole circle everything is."""
    if extent[1] - extent[0] >= 359:
        return True
    return any(extent[0] <= west + turn and east + turn <= extent[1] for turn in (-360, 0, 360))
