"""Prepares artefacts, or takes them from former runs, and keeps the record of both."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from rompy import inputs
from rompy.core import atomic
from rompy.core.artefact.folder_state import Stamp, stamp_of
from rompy.core.artefact.value import NotPlainError, decoded, encoded
from rompy.core.artefact.watching import NO_FILES, Watch
from rompy.digest import FileDigest
from rompy.regular_file import opener

if TYPE_CHECKING:
    from rompy.core.artefact.found import Found, Shelf
    from rompy.core.artefact.recipe import Recipe

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass
class Artefact:
    """What was prepared."""

    field: str | None
    """Where the description has the object that prepared it."""
    recipe: Recipe
    folder: Path
    files: dict[str, Stamp]
    """Stamps of its files when they were ready, by their names relative to the folder."""
    value: Any
    """What preparing it gave, as the record has it."""
    read: inputs.Trace
    named: dict[Path, Stamp]
    """Stamps of the files that the recipe names, from before they were read."""
    origin: Path | None = None
    """The workspace that it was taken from."""
    digests: Mapping[str, str] | None = None
    """SHA-256 of the files of one that was taken, found out while they were copied."""


@dataclass
class Bench:
    """Where the artefacts of one run are prepared."""

    shelf: Shelf | None
    makes: bool = True
    """Whether what is not on the shelf is made."""
    root: Path | None = None
    """The workspace; unless given, the folders of the artefacts themselves."""
    ready: list[Artefact] = field(default_factory=list)
    packages: dict[str, str] = field(default_factory=dict)
    """Versions of the distributions that what was taken was made with, which are those that are installed now."""
    _watch: Watch = field(default_factory=Watch, repr=False)

    def prepare(
        self,
        owner: BaseModel,
        recipe: Recipe,
        folder: Path,
        make: Callable[[], T],
        files: Callable[[T], Iterable[str]] | None,
    ) -> T:
        """Take it from the shelf, or make it; either way it is recorded."""
        name = inputs.field_of(owner)
        stamps = {one.path: stamp_of(one.path, follow=True) for one in recipe.named}
        found = None if self.shelf is None or recipe.doubts else self.shelf.find(name, recipe)
        if found is not None and self._taken(found, folder):
            self._record_taken(name, recipe, folder, found, stamps)
            taken: T = decoded(found.value, folder)
            return taken
        with inputs.traced() as read:
            value, names = self._made(recipe, folder, make, files)
        written = {file: stamp_of(folder / file) for file in sorted(names)}
        kept = self._kept(value, recipe, folder)
        self.ready.append(Artefact(name, recipe, folder, written, kept, read, stamps))
        return value

    def known_digests(self, root: Path) -> dict[str, FileDigest]:
        """Of files that were taken and have not changed since, by their names relative to the workspace."""
        known = {}
        for one in self.ready:
            for name, sha256 in (one.digests or {}).items():
                path, stamp = one.folder / name, one.files[name]
                if stamp_of(path) == stamp and path.is_relative_to(root):
                    known[path.relative_to(root).as_posix()] = FileDigest(path.stat().st_size, sha256)
        return known

    def _taken(self, found: Found, folder: Path) -> bool:
        with self._watch.turn():
            return _take(found, folder)

    def _made(
        self,
        recipe: Recipe,
        folder: Path,
        make: Callable[[], T],
        files: Callable[[T], Iterable[str]] | None,
    ) -> tuple[T, set[str]]:
        """What ``make`` gives, and the names of its files."""
        if files is not None:
            with self._watch.turn():
                value = make()
            names = set(files(value))
            recipe.doubts += [] if names else [NO_FILES]
            return value, names
        value, names, doubts = self._watch.seen(make, folder, self.root or folder)
        recipe.doubts += doubts
        return value, names

    def _kept(self, value: Any, recipe: Recipe, folder: Path) -> Any:
        try:
            return encoded(value, folder)
        except NotPlainError as error:
            recipe.doubts.append(str(error))
            return None

    def _record_taken(
        self, name: str | None, recipe: Recipe, folder: Path, found: Found, stamps: dict[Path, Stamp]
    ) -> None:
        with inputs.traced() as read:
            for named in recipe.named:
                inputs.note_again(named.as_input())
            for told in found.besides:
                inputs.note_again(told)
        self.packages.update(found.packages)
        files = {file: stamp_of(folder / file) for file in found.files}
        self.ready.append(
            Artefact(name, recipe, folder, files, found.value, read, stamps, found.origin, found.files)
        )
        logger.info("%s: taken from %s", name or recipe.what, found.origin)


_bench: ContextVar[Bench | None] = ContextVar("bench", default=None)
_shelf: ContextVar[Shelf | None] = ContextVar("shelf", default=None)
_within: ContextVar[bool] = ContextVar("within_artefact", default=False)


@contextmanager
def using(shelf: Shelf) -> Iterator[None]:
    """Within this block, runs that are generated take artefacts from a shelf."""
    token = _shelf.set(shelf)
    try:
        yield
    finally:
        _shelf.reset(token)


@contextmanager
def on_bench(bench: Bench | None = None) -> Iterator[Bench]:
    """Within this block, artefacts are prepared and recorded; on a bench of one's own, or one that takes them from the
    shelf in use."""
    bench = bench or Bench(_shelf.get())
    token = _bench.set(bench)
    try:
        yield bench
    finally:
        _bench.reset(token)


def makes_nothing() -> bool:
    """Whether only names of what would be there are wanted, and nothing is to be copied or fetched."""
    bench = _bench.get()
    return bench is not None and not bench.makes


def prepared(
    owner: BaseModel,
    folder: str | Path,
    make: Callable[[], T],
    *,
    needs: Mapping[str, Any] | None = None,
    files: Callable[[T], Iterable[str]] | None = None,
    without: Collection[str] = (),
    by_values: bool = False,
) -> T:
    """What ``make`` gives once it has written its files into a folder; taken from a former run where one is used.

    For what takes a while and depends on nothing but its ingredients. Within another artefact it is part of that one.

    Args:
        owner: the part of the description that it is made for; with all of its fields an ingredient.
        make: writes into the folder and returns plain values, texts and paths.
        needs: all other ingredients, by name; models, plain values and arrays can be compared.
        files: tells the names of its files, relative to the folder, from what ``make`` gives. Otherwise they are found
            by looking, which cannot be done while others write into the same folder.
        without: fields of the owner that have no part in it.
        by_values: whether only the values of fields count, and not which of them were given.
    """
    bench = _bench.get()
    if bench is None or _within.get():
        return make()
    from rompy.core.artefact.recipe import recipe_of

    token = _within.set(True)
    try:
        tell = partial(recipe_of, owner, needs or {}, without=without, by_values=by_values)
        recipe = tell()
        value = bench.prepare(owner, recipe, Path(folder), make, files)
        if not recipe.doubts and tell().parts != recipe.parts:
            recipe.doubts.append(
                "objects of the description, or files that they find, change while it is made"
            )
        return value
    finally:
        _within.reset(token)


def _take(found: Found, folder: Path) -> bool:
    """Copy the files of an artefact; False, with nothing left behind, when one is not as it was recorded."""
    done: list[Path] = []
    try:
        decoded(found.value, folder)
        for name, sha256 in found.files.items():
            target = folder / name
            if target.exists() or target.is_symlink():
                raise FileExistsError(f"{target} is there already")
            if not target.absolute().is_relative_to(folder.absolute()) or ".." in target.parts:
                raise OSError(f"{name} does not stay in its folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            with atomic.replacing(target) as temporary:
                if _copied(found.folder / name, temporary) != sha256:
                    raise OSError(f"{found.folder / name} is not as it was recorded")
            done.append(target)
    except (OSError, NotPlainError) as error:
        logger.warning("%s is not used: %s", found.origin, error)
        for path in done:
            path.unlink(missing_ok=True)
        return False
    return True


def _copied(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with open(source, "rb", opener=opener) as reading, target.open("wb") as writing:
        while block := reading.read(2**20):
            digest.update(block)
            writing.write(block)
    return digest.hexdigest()
