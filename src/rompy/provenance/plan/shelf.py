"""Artefacts of former runs that can be used for this one."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator
from pathlib import Path

from rompy.core.artefact import Found, Recipe
from rompy.core.artefact.index import ArtefactIndex
from rompy.core.workspace import HIDDEN, Workspace
from rompy.digest import DigestCache, digests_of, sha256_by_path
from rompy.errors import RompyError
from rompy.manifest import Manifest, read_manifest
from rompy.manifest.generation import digest_limit
from rompy.manifest.schema import Artefact, FileIdentity
from rompy.provenance.plan.inputs_now import Ask, asked_once, other_than_recorded
from rompy.provenance.plan.other_code import other_steps
from rompy.regular_file import is_file

MOST = 10
"""Former runs that are looked at for one artefact."""


class FormerArtefacts:
    """Looks for artefacts in workspaces: those that are named, and those in which the user's runs were generated.

    An artefact is used when its recipe is the same, the code that made it is the code of now, and everything else that
    was read for it is what it was. Whether its files are as they were shows when they are copied.
    """

    def __init__(self, *workspaces: Path) -> None:
        """
        Args:
            workspaces: to look into first, such as the run's own former one.
        """
        self._first = list(dict.fromkeys(path.absolute() for path in workspaces))
        self._index = ArtefactIndex()
        self._manifests: dict[Path, Manifest | None] = {}
        self._other_steps: dict[Path, tuple[str, ...]] = {}
        self.refused: dict[str | None, tuple[str, ...]] = {}
        """Why an artefact with the same recipe is not used, by the field that it was looked for."""

    def find(self, field: str | None, recipe: Recipe) -> Found | None:
        """As ``rompy.core.artefact.Shelf``."""
        sha256 = recipe_sha256(recipe)
        if sha256 is None:
            return None
        ask = asked_once()
        for origin, place, manifest in self._runs(field, sha256):
            for artefact in manifest.artefacts:
                if artefact.recipe_sha256 == sha256:
                    why = tuple(self._against(origin, place, manifest, artefact, ask))
                    if not why:
                        return _found(origin, place, manifest, artefact)
                    self.refused.setdefault(field, why)
        return None

    def nearest(self, field: str | None) -> tuple[Manifest, Artefact] | None:
        """What was prepared last for a place of the description, in the runs that are named or else in any."""
        if field is None:
            return None
        for origin in (*self._first, *self._index.places_of_field(field)):
            place = _place_now(origin)
            manifest = None if place is None else self._manifest(place)
            alike = [] if manifest is None else [one for one in manifest.artefacts if one.field == field]
            if manifest is not None and len(alike) == 1:
                return manifest, alike[0]
        return None

    def _runs(self, field: str | None, sha256: str) -> Iterator[tuple[Path, Path, Manifest]]:
        """Workspaces that may hold it, where they are now, and their records."""
        others = [path for path in self._index.places(sha256) if path not in self._first]
        looked_at, missing = 0, list[Path]()
        for origin in (*self._first, *others):
            place = _place_now(origin)
            manifest = None if place is None else self._manifest(place)
            if place is not None and manifest is not None:
                yield origin, place, manifest
                looked_at += 1
                if looked_at == MOST:
                    return
            elif origin in others:
                missing.append(origin)
        if missing:
            more = f" and {len(missing) - 1} others" if len(missing) > 1 else ""
            why = f"it was in {missing[0]}{more}, where no record of a run can be read any more"
            self.refused.setdefault(field, (why,))

    def _manifest(self, root: Path) -> Manifest | None:
        if root not in self._manifests:
            try:
                self._manifests[root] = read_manifest(Workspace(root))
            except RompyError:
                self._manifests[root] = None
        return self._manifests[root]

    def _against(
        self, origin: Path, place: Path, manifest: Manifest, artefact: Artefact, ask: Ask
    ) -> Iterator[str]:
        if origin not in self._other_steps:
            self._other_steps[origin] = tuple(other_steps(manifest))
        yield from self._other_steps[origin]
        inputs = manifest.inputs
        if not all(0 <= position < len(inputs) for position in artefact.besides):
            yield "it is not recorded what was read for it"
            return
        yield from other_than_recorded([inputs[position] for position in artefact.besides], ask)
        for name in artefact.paths:
            told = manifest.files.get(name)
            if told is None or told.sha256 is None or name.partition("/")[0] == HIDDEN:
                yield f"it is not recorded what is in {name}"
            elif doubt := _doubt_at_sight(place / name, told):
                yield f"{name} in {origin} {doubt}"


_CHANGED = "is not as it was generated"


def _doubt_at_sight(path: Path, told: FileIdentity) -> str | None:
    """What is wrong with a file, without reading it."""
    try:
        now = path.lstat()
    except OSError as error:
        return _unreadable(error)
    return None if stat.S_ISREG(now.st_mode) and now.st_size == told.bytes else _CHANGED


def _unreadable(error: OSError) -> str:
    is_gone = error.errno in (errno.ENOENT, errno.ENOTDIR)
    return "is not there any more" if is_gone else f"cannot be read: {(error.strerror or str(error)).lower()}"


def damage_of(found: Found) -> str | None:
    """Why the files of an artefact are not those that were recorded, or are not known to be; None when they are."""
    digests = digests_of([found.folder / name for name in found.files], cache=DigestCache())
    for (name, sha256), digest in zip(found.files.items(), digests, strict=True):
        if isinstance(digest, OSError) or digest.sha256 != sha256:
            doubt = _unreadable(digest) if isinstance(digest, OSError) else _CHANGED
            return f"{name} in {found.origin} {doubt}"
    return None


def recipe_sha256(recipe: Recipe) -> str | None:
    """Digest of a recipe with the files that it names as they are now; None also when these are too large to be read,
    as then no record has their digests."""
    paths = sorted({named.path for named in recipe.named})
    if not _are_affordable(paths):
        return None
    return recipe.sha256(sha256_by_path(paths).get)


def _are_affordable(paths: list[Path]) -> bool:
    remembered = DigestCache().look_up([str(path) for path in paths])
    sizes = [path.stat().st_size for path in paths if str(path) not in remembered and is_file(path)]
    return sum(sizes) <= digest_limit()


def _place_now(workspace: Path) -> Path | None:
    """Where a workspace lies: beside its place while it is being generated anew."""
    places = (workspace, Workspace(workspace).aside)
    return next((path for path in places if is_file(Workspace(path).manifest)), None)


def _found(origin: Path, place: Path, manifest: Manifest, artefact: Artefact) -> Found:
    named = zip(artefact.files, artefact.paths, strict=True)
    files = {name: manifest.files[path] for name, path in named}
    return Found(
        origin,
        place / artefact.folder,
        {name: one.sha256 for name, one in files.items() if one.sha256 is not None},
        artefact.value,
        sum(one.bytes or 0 for one in files.values()),
        [manifest.inputs[position].model_dump(exclude_none=True) for position in artefact.besides],
        manifest.code.distributions,
    )
