"""Tells whether what a run was made from is still there, and the same."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rompy.core.remote import filesystem
from rompy.core.resolve import resolve
from rompy.digest import DigestCache, FileDigest, digests_of
from rompy.digest.background import sampled
from rompy.errors import MissingFileError, RompyError
from rompy.manifest.generation import LIMIT, digest_limit
from rompy.manifest.schema import Input
from rompy.provenance.asked_again import NotKnown, other_answers
from rompy.provenance.pieces import read_piece
from rompy.secrets import MASK


@dataclass(frozen=True)
class InputFinding:
    """An input that is not as it was, or that could not be looked at."""

    kind: Literal["changed", "missing", "unreadable", "unchecked"]
    uri: str
    detail: str = ""


def check_inputs(inputs: Iterable[Input], cache: DigestCache | None = None) -> list[InputFinding]:
    """What is not as it was. Looks at files, asks servers, and fetches what they cannot tell about."""
    inputs = list(inputs)
    files = [one for one in inputs if one.kind == "file"]
    return [*_of_files(files, cache), *(finding for one in inputs for finding in _of_other(one))]


def place_of(one: Input) -> Path:
    """Where a file of the record is on this machine: what its name means here, else where it was."""
    try:
        place = resolve(one.uri)
    except RompyError:  # a package that is not installed
        place = ""
    if isinstance(place, Path) and _is_there(place):
        return place
    return Path(one.path or one.uri)


def _is_there(place: Path) -> bool:
    try:
        return place.is_file()
    except OSError as error:  # a name that is too long for one; a folder that must not be looked into
        return error.errno == errno.EACCES


def _of_files(files: list[Input], cache: DigestCache | None) -> Iterator[InputFinding]:
    places = {id(one): place_of(one) for one in files}
    whole = [one for one in files if one.sha256 is not None]
    digests = digests_of([places[id(one)] for one in whole], cache=cache)
    found = {id(one): digest for one, digest in zip(whole, digests, strict=True)}
    for one in files:
        digest, place = found.get(id(one)), places[id(one)]
        if not _is_there(place):
            yield InputFinding("missing", one.uri, "" if str(place) == one.uri else f"looked for in {place}")
        elif isinstance(digest, OSError):
            yield InputFinding("unreadable", one.uri, digest.strerror or str(digest))
        elif isinstance(digest, FileDigest) and digest.sha256 != one.sha256:
            here = "" if str(place) == one.uri else f" ({place})"
            yield InputFinding("changed", one.uri, f"{_how(one, digest)}{here}")
        elif digest is None:
            yield from _of_large_file(one, place)


def _how(one: Input, digest: FileDigest) -> str:
    if one.bytes in (None, digest.bytes):
        return "other content"
    return f"{digest.bytes} bytes instead of {one.bytes}"


def _of_large_file(one: Input, place: Path) -> Iterator[InputFinding]:
    sample = (one.version or {}).get("sample_sha256")
    found = sampled(place)
    if sample is None or not found:
        yield InputFinding("unchecked", one.uri, "no digest of it was recorded")
    elif found["bytes"] != one.bytes or found["version"]["sample_sha256"] != sample:
        yield InputFinding("changed", one.uri, str(place))


def _of_other(one: Input) -> Iterator[InputFinding]:
    if one.kind == "file":
        return
    if one.kind == "memory":
        yield InputFinding("unchecked", one.uri, "it was in the memory of the program that made the run")
    elif MASK in one.uri:
        yield InputFinding("unchecked", one.uri, "its address holds a secret, which is recorded nowhere")
    elif one.sha256 is None:
        yield InputFinding("unchecked", one.uri, "no digest of it was recorded")
    elif (one.bytes or 0) > digest_limit():
        yield InputFinding(
            "unchecked", one.uri, f"{one.bytes} bytes would have to be read again ({LIMIT} allows it)"
        )
    else:
        yield from _asked(one)


def _asked(one: Input) -> Iterator[InputFinding]:
    try:
        differs = _difference(one)
    except NotKnown:
        yield InputFinding("unchecked", one.uri, "it was asked for as only its source can ask")
    except (MissingFileError, FileNotFoundError):
        yield InputFinding("missing", one.uri)
    except Exception as error:  # noqa: BLE001 - whatever servers and their libraries raise
        text = str(error).partition("\n")[0]
        yield InputFinding("unreadable", one.uri, text or type(error).__name__)
    else:
        if differs:
            yield InputFinding("changed", one.uri, differs)


def _difference(one: Input) -> str:
    """What is another one now; empty when nothing is."""
    if one.digest_of is not None or one.slice is not None:
        return _few(other_answers(one))
    return _is_other_content(one) if one.pieces is None else _few(_other_pieces(one, one.pieces))


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def _is_other_content(one: Input) -> str:
    """Why the content of an address is another one; empty when it is the same."""
    from rompy.digest import digest_of
    from rompy.fetch import fetch

    digest = digest_of(fetch(one.uri))
    return "" if digest == one.sha256 else "its content is another one"


def _other_pieces(one: Input, pieces: Mapping[str, str]) -> list[str]:
    store, path = filesystem(one.uri)
    return [name for name in pieces if _digest_of_piece(store, path, name, one.kind) != pieces[name]]


def _digest_of_piece(store: Any, path: str, name: str, kind: str) -> str | None:
    content = read_piece(store, path, name, kind)
    return None if content is None else hashlib.sha256(content).hexdigest()
