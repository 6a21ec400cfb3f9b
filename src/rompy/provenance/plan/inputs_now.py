"""Whether what a run was made from would be read in the same way, and be the same, now."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rompy.core.artefact.named import NEVER_FILES, kind_of_name
from rompy.core.describing.dump import plain
from rompy.core.parts import parts_of, texts_of
from rompy.core.resolve import resolve
from rompy.core.source.base import SourceBase
from rompy.core.source.choice import FILE
from rompy.core.workspace import Workspace
from rompy.digest import DigestCache, FileDigest, digests_of
from rompy.errors import RompyError
from rompy.fetch import version_of
from rompy.fetch.settings import is_offline
from rompy.manifest import Manifest
from rompy.manifest.schema import Input
from rompy.provenance.plan.store_now import other_store
from rompy.regular_file import is_file
from rompy.secrets import MASK
from rompy.transfer.version import Version

TEMPLATE = "config.template"
"""What is rendered, which is looked at by itself."""

Ask = Callable[[str], Version]
"""Tells the version that an address holds."""


def other_inputs(root: Path, manifest: Manifest, model_run: Any) -> Iterator[str]:
    """Why the inputs of a former run are not those of this one, or are not known to be; nothing when they are.

    Files are read for their digests unless these are remembered, servers are asked for versions; nothing is fetched.
    """
    yield from other_than_recorded(manifest.inputs, asked_once())
    yield from _unsettled(root, model_run)
    yield from _unrecorded(manifest, model_run)


def other_than_recorded(inputs: Sequence[Input], ask: Ask) -> Iterator[str]:
    """Why some inputs are not, or are not known to be, what they were when they were recorded."""
    yield from _changed_files([one for one in inputs if one.kind == "file"])
    for one in inputs:
        if one.kind != "file":
            yield from _other(one, ask)


def asked_once() -> Ask:
    """Asks the server of each address once, however many former runs have read it, and also if that fails."""
    answers: dict[str, Version | Exception] = {}

    def ask(address: str) -> Version:
        if address not in answers:
            try:
                answers[address] = version_of(address)
            except Exception as error:  # noqa: BLE001 - whatever servers and their libraries raise
                answers[address] = error
        answer = answers[address]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return ask


def _changed_files(files: list[Input]) -> Iterator[str]:
    places = [_place_of(one.uri) for one in files]
    places = [place if place is not None and is_file(place) else None for place in places]
    there = [place for place in places if place is not None]
    digests = dict(zip(there, digests_of(there, cache=DigestCache()), strict=True))
    for one, place in zip(files, places, strict=True):
        found = None if place is None else digests.get(place)
        if place is None:
            yield f"{_name(one)}: the file is not there any more"
        elif one.sha256 is None:
            yield f"{_name(one)}: it is too large to be known by its whole content (ROMPY_DIGEST_LIMIT)"
        elif not isinstance(found, FileDigest):
            yield f"{_name(one)}: it cannot be read"
        elif found.sha256 != one.sha256:
            sizes = "" if one.bytes in (None, found.bytes) else f", {one.bytes} -> {found.bytes} bytes"
            yield f"{_name(one)}: other content{sizes}"


def _place_of(uri: str) -> Path | None:
    try:
        found = resolve(uri)
    except (RompyError, OSError, ValueError):
        return None
    return found if isinstance(found, Path) else None


def _other(one: Input, ask: Ask) -> Iterator[str]:
    if one.kind == "memory":
        yield f"{_name(one)}: it was in memory, so it cannot be compared"
    elif one.kind == "store":
        doubt = other_store(one, None if "::" in one.uri else _place_of(one.uri))
        yield from [f"{_name(one)}: {doubt}"] if doubt else []
    elif MASK in one.uri:
        yield f"{_name(one)}: its address holds a secret, which is recorded nowhere"
    elif is_offline():
        yield f"{_name(one)}: its server is not asked (ROMPY_OFFLINE)"
    else:
        yield from _other_version(one, ask)


def _other_version(one: Input, ask: Ask) -> Iterator[str]:
    recorded = Version.of_dict(one.version or {})
    try:
        told = ask(one.uri)
    except Exception as error:  # noqa: BLE001 - whatever servers and their libraries raise
        yield f"{_name(one)}: its server cannot be asked: {str(error).partition(chr(10))[0]}"
        return
    if not (told.is_known and recorded.is_known):
        yield f"{_name(one)}: its server does not tell versions apart"
    elif not recorded.is_same(told):
        yield f"{_name(one)}: another version{_versions(recorded, told)}"


def _versions(before: Version, after: Version) -> str:
    if before.modified and after.modified and before.modified != after.modified:
        return f" ({before.modified} -> {after.modified})"
    return f" ({before.etag} -> {after.etag})" if before.etag != after.etag else ""


def _unsettled(root: Path, model_run: Any) -> Iterator[str]:
    """Sources that may read something else, although nothing that they read has changed."""
    if (Workspace(root).hidden / FILE).exists():
        yield "a source was chosen among several, and another one may be chosen now"
    for place, part in parts_of(model_run.config, "config"):
        if isinstance(part, SourceBase) and not part._gives_the_same():
            yield f"{place}: {part._why_unsettled()}"


def _unrecorded(manifest: Manifest, model_run: Any) -> Iterator[str]:
    """Files and folders that the description names, of which the record does not tell what was read."""
    known = {_absolute(path) for one in manifest.inputs for path in (_place_of(one.uri),) if path is not None}
    for text, where in texts_of({"config": plain(model_run.config)}).items():
        if where == TEMPLATE or where.rpartition(".")[2] in NEVER_FILES:
            continue
        if doubt := _doubt(text, known):
            yield f"{where}: {doubt}"


def _doubt(text: str, known: Iterable[str]) -> str:
    kind = kind_of_name(text)
    if kind == "pattern":
        return f"other files may go by the name {text} now"
    place = _place_of(text) if kind in ("file", "folder") else None
    if place is None or _absolute(place) in known:
        return ""
    if kind == "folder":
        return f"something else may be in the folder {text} now"
    return f"it is not recorded what was read of {text}"


def _absolute(path: Path) -> str:
    return os.path.normpath(path.absolute())


def _name(one: Input) -> str:
    return f"{one.field} ({one.uri})" if one.field else one.uri
