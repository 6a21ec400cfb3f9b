"""Where inputs are after they have been moved: a description that names the copies an archive brought along."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rompy.fetch.supply import Supply, supplied
from rompy.manifest import Manifest
from rompy.provenance.copies import FETCHED, FILES, copy_of, path_of_input, place_of_copies

_WILD = re.compile(r"[*?{\[]")


@dataclass(frozen=True)
class Relocation:
    """Copies of inputs, by what the description calls them."""

    copies: Mapping[str, Path]
    """Where to read, by the name in the description; of a file without a copy its former place, if the name was not
    the whole path."""
    folder: Path
    """Below which copies of files have the paths that they had before."""
    base: str | None = None
    """The folder that relative paths of the description started from; None when that is not known."""
    supply: Supply | None = None
    """Copies of what was read elsewhere."""

    @classmethod
    def of(cls, root: Path, manifest: Manifest) -> Relocation:
        """Of a restored workspace. Nothing is moved when it has no copies."""
        place = place_of_copies(root)
        copies, files, base = dict[str, Path](), dict[str, Path](), None
        for entry in manifest.inputs:
            if entry.kind != "file":
                continue
            path = path_of_input(entry)
            copy = place / copy_of(path)
            if copy.is_file():
                copies[entry.uri] = copies[path.as_posix()] = files[path.absolute().as_posix()] = copy
            if (
                not Path(entry.uri).is_absolute()
                and "://" not in entry.uri
                and path.as_posix().endswith(f"/{entry.uri}")
            ):
                base = path.as_posix()[: -len(entry.uri) - 1]
                copies.setdefault(entry.uri, path)
        template = manifest.code.template
        if template is not None and template.path is not None:
            copy = place / copy_of(Path(template.path))
            if copy.is_dir():
                copies[template.uri] = copy
        supply = Supply(place / FETCHED, _told(manifest, copies), files)
        return cls(copies, place / FILES, base, supply)

    def __bool__(self) -> bool:
        return bool(self.copies) or self.base is not None

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Within this block, what was read elsewhere comes from the copies of it."""
        with supplied(self.supply):
            yield

    def applied(self, value: Any) -> Any:
        """Plain data with the names of inputs replaced; names of what was not copied start where they did before."""
        if isinstance(value, Mapping):
            return {key: self.applied(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.applied(item) for item in value]
        return self._moved(value) if isinstance(value, str) else value

    def _moved(self, text: str) -> str:
        if text in self.copies:
            return str(self.copies[text])
        if not _WILD.search(text) or "/" not in text or "://" in text:
            return text
        whole = text if text.startswith("/") or self.base is None else f"{self.base}/{text}"
        literal = _WILD.split(whole)[0].rpartition("/")[0]
        if not whole.startswith("/") or not literal:
            return text
        moved = self.folder / literal.lstrip("/")
        return str(self.folder / whole.lstrip("/")) if moved.is_dir() else whole


def _told(manifest: Manifest, copies: Mapping[str, Path]) -> Iterator[Mapping[str, Any]]:
    """Inputs as the record has them; what was read through a file of references also under where its copy is."""
    for entry in manifest.inputs:
        told = entry.model_dump()
        yield told
        chain, separator, place = entry.uri.partition("::")
        if separator and place in copies:
            yield {**told, "uri": f"{chain}::{copies[place]}"}
