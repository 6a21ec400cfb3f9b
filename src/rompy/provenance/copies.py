"""Copies of what a run was made from, to be taken along in an archive: files, and what was read elsewhere.

What was read elsewhere is looked for where it needs no network first: in the cache of fetched files, and among the
files of the run, where blobs are. Everything is taken by its digest: what has changed since is not taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rompy.digest import digest_of
from rompy.digest.background import sampled
from rompy.errors import DataError, RompyError
from rompy.fetch import Cache
from rompy.manifest import Input, Manifest
from rompy.manifest.generation import files_of_template
from rompy.provenance.archive_index import Inputs, Reference
from rompy.provenance.contents import Contents
from rompy.provenance.pieces import read_piece
from rompy.secrets import MASK

FILES = ".rompy/inputs"
"""Folder of copies of files. Below it they have the paths that they had on the machine where they were read."""
FETCHED = ".rompy/fetched"
"""Folder of copies of what was read elsewhere; they are called after their digests."""
CRATE = "ro-crate-metadata.json"
"""What a crate is known by. In one of several runs copies are kept once, at its top."""
PAGE = "ro-crate-preview.html"
"""Its page for people."""
_DEEPEST = 3
"""Folders between a crate and its runs at most."""


@dataclass(frozen=True)
class NotTaken:
    """An input of which no copy was taken along, though all were wanted."""

    uri: str
    field: str | None
    reason: str

    def __str__(self) -> str:
        return f"{self.uri}{f' ({self.field})' if self.field else ''}: {self.reason}"


def incomplete(missing: list[NotTaken]) -> DataError:
    """The error that something cannot be taken along."""
    listed = "".join(f"\n    {one}" for one in missing)
    return DataError(
        f"it would not be enough by itself: of {len(missing)} inputs no copy can be taken along:{listed}",
        hint="Archive what can be taken along without --strict, or copy these inputs to files of this machine.",
    )


def take_along(
    contents: Contents, root: Path, manifest: Manifest, inputs: Inputs, scratch: Path
) -> list[NotTaken]:
    """Add copies of inputs, or references to them, and return what could not be copied.

    Args:
        root: folder of the run.
        scratch: folder for what is read anew.

    Raises:
        DataError: a file is gone, or has changed since it was read.
    """
    if inputs == "by-reference":
        contents.references += [_reference(one) for one in manifest.inputs if one.kind != "memory"]
        return []
    missing = []
    fetched = _Fetched(contents, root, manifest, scratch)
    for entry in manifest.inputs:
        if entry.kind == "file":
            _add_file(contents, entry)
        elif (reason := fetched.add(entry)) is not None:
            missing.append(NotTaken(entry.uri, entry.field, reason))
            contents.references.append(_reference(entry))
    return [*missing, *_add_template(contents, manifest)]


def place_of_copies(root: Path) -> Path:
    """The folder that has the copies of a run: its own, or the crate of several runs that it lies in."""
    for place in (root, *root.absolute().parents[:_DEEPEST]):
        is_own = place == root or (place / CRATE).is_file()
        if is_own and any((place / folder).is_dir() for folder in (FILES, FETCHED)):
            return place
    return root


def is_copy(name: str) -> bool:
    """Whether a file of a run is a copy of something that was read, by its name in the folder of the run."""
    return name.startswith((f"{FILES}/", f"{FETCHED}/"))


def path_of_input(entry: Input) -> Path:
    """Where a file was read."""
    return Path(entry.path or entry.uri)


def copy_of(path: Path) -> str:
    """Name of the copy of a file or folder in an archive."""
    return f"{FILES}/{path.absolute().as_posix().lstrip('/')}"


def _reference(entry: Input) -> Reference:
    return Reference(entry.uri, None, entry.bytes, entry.sha256)


def _add_file(contents: Contents, entry: Input) -> None:
    path = path_of_input(entry).absolute()
    name = copy_of(path)
    if name not in contents.files:  # else an archive has brought it here
        _require_same(entry, path)
        contents.files[name] = path
    contents.copies[entry.uri] = name
    contents.copies[path.as_posix()] = name


def _require_same(entry: Input, path: Path) -> None:
    without = "rchive without copies: --inputs by-reference."
    if not path.is_file():
        raise DataError(
            f"the input {path} is not there any more, so no copy can be made of it",
            field=entry.field,
            hint=f"A{without}",
        )
    if entry.sha256 is not None:
        is_same = digest_of(path) == entry.sha256
    else:
        is_same = entry.version is None or sampled(path).get("version") == entry.version
    if not is_same:
        raise DataError(
            f"the input {path} has changed since the run was generated",
            field=entry.field,
            hint=f"Generate the run anew, or a{without}",
        )


def _add_template(contents: Contents, manifest: Manifest) -> list[NotTaken]:
    """The template, unless a package brings it."""
    from rompy.manifest.generation import template_facts

    template = manifest.code.template
    if template is None or template.path is None:
        return []
    folder = Path(template.path)
    name = copy_of(folder)
    if any(file.startswith(f"{name}/") for file in contents.files):
        return []
    facts = template_facts((template.uri, folder)) if folder.is_dir() else None
    if facts is None or facts["sha256"] != template.sha256:
        reason = "it has changed since" if facts else f"its folder {folder} is not there any more"
        return [NotTaken(template.uri, "config.template", reason)]
    for path in files_of_template(folder):
        contents.files[f"{name}/{path.relative_to(folder).as_posix()}"] = path
    contents.copies[template.uri] = name
    return []


class _Fetched:
    """Finds what was read elsewhere."""

    def __init__(self, contents: Contents, root: Path, manifest: Manifest, scratch: Path) -> None:
        self._contents, self._scratch = contents, scratch
        self._cache = Cache()
        self._kept = {entry.digest: entry for entry in self._cache.entries()}
        self._generated = {facts.sha256: root / name for name, facts in manifest.files.items()}
        names = (name.removeprefix(f"{FETCHED}/") for name in contents.files if name.startswith(FETCHED))
        self._here = {name.partition(".")[0] for name in names}
        """Digests of what has been added, or what an archive has brought here."""

    def add(self, entry: Input) -> str | None:
        """Add a copy of something that was read; returns why there is none."""
        if entry.kind == "memory":
            return "it was in the memory of the program that made the run"
        if entry.sha256 is None or entry.digest_of == "values":
            return "it was read through a service, of whose answers no copies are kept"
        if entry.pieces:
            return self._add_pieces(entry, entry.pieces)
        if entry.sha256 in self._here:
            return None
        found = self._whole(entry, entry.sha256)
        if isinstance(found, str):
            return found
        self._add(entry.sha256, found)
        return None

    def _whole(self, entry: Input, sha256: str) -> Path | str:
        """Where the content of a file, or of a part, is; or why it is nowhere."""
        kept = self._cache.path(self._kept[sha256]) if sha256 in self._kept else None
        for path in (kept, self._generated.get(sha256)):
            if path is not None and path.is_file() and digest_of(path) == sha256:
                return path
        if entry.slice is not None:
            return "the part that was read is not in the cache of fetched files any more"
        if MASK in entry.uri:
            return "it is not in the cache of fetched files any more, and its address holds a secret"
        return self._fetched_anew(entry)

    def _fetched_anew(self, entry: Input) -> Path | str:
        from rompy.fetch import fetch

        try:
            path = fetch(entry.uri, cache=self._cache)
        except (RompyError, OSError) as error:
            return f"it cannot be fetched anew: {_first_line(error)}"
        return path if digest_of(path) == entry.sha256 else "it has changed since"

    def _add_pieces(self, entry: Input, pieces: Mapping[str, str]) -> str | None:
        from rompy.core.remote import filesystem

        wanted = {name: digest for name, digest in pieces.items() if digest not in self._here}
        if wanted and MASK in entry.uri:
            return "its address holds a secret, which is recorded nowhere, so it cannot be read anew"
        try:
            store, path = filesystem(entry.uri) if wanted else (None, "")
            for name, digest in wanted.items():
                content = read_piece(store, path, name, entry.kind)
                if content is None or hashlib.sha256(content).hexdigest() != digest:
                    return f"it has changed since: {name}"
                (self._scratch / digest).write_bytes(content)
        except Exception as error:  # noqa: BLE001 - whatever servers and their libraries raise
            return f"it cannot be read anew: {_first_line(error)}"
        for digest in wanted.values():
            self._add(digest, self._scratch / digest)
        return None

    def _add(self, sha256: str, path: Path) -> None:
        # Some libraries tell the format by the end of the name; the cache keeps it behind the digest.
        suffix = path.name.removeprefix(sha256) if path.name.startswith(sha256) else path.suffix
        self._contents.files[f"{FETCHED}/{sha256}{suffix}"] = path
        self._here.add(sha256)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
