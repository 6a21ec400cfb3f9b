"""A description as people wrote it: its data, and where each part of it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rompy.core.describing.place import Mark, Place, places_of
from rompy.core.yaml_loader import read_file, read_text
from rompy.errors import ConfigError, RompyError
from rompy.templating import TemplateError, render_templates


@dataclass(frozen=True)
class Description:
    """Loaded data with the file and line of every key.

    >>> text = "period:\\n  start: 2023-02-01\\n  typo: 1\\n"
    >>> Description.from_text(text, name="tide.yml").locate(("period", "typo"))
    ('tide.yml', 3)
    """

    data: Any
    place: Place = field(default_factory=Place)
    path: tuple[str | int, ...] = ()
    """Where the data stand in their file, when they are a section of it."""

    @classmethod
    def load(cls, path: str | Path) -> Description:
        """Read a YAML or JSON file; raises as ``load_yaml_with_includes``."""
        return cls(*read_file(path))

    @classmethod
    def from_text(
        cls, text: str, *, root_dir: str | Path | None = None, name: str | None = None
    ) -> Description:
        """Read a text; ``name`` stands for the file in messages."""
        return cls(*read_text(text, root_dir, name))

    @classmethod
    def of(cls, data: Any) -> Description:
        """Of data that come from no file."""
        return cls(data, places_of(data))

    def section(self, key: str) -> Description:
        """The part below one key.

        Raises:
            ConfigError: the key is missing.
        """
        self.require_mapping()
        if key not in self.data:
            raise self.error(f"the section {key!r} is missing")
        place = self.place.children.get(key, self.place)
        return Description(self.data[key], place, (*self.path, key))

    def without(self, *keys: str) -> Description:
        """The same with some keys left out."""
        return Description({k: v for k, v in self.data.items() if k not in keys}, self.place, self.path)

    def rendered(self) -> Description:
        """The same with its ``${...}`` expressions resolved from the environment.

        Raises:
            TemplateError: with the place of the expression.
        """
        try:
            return Description(render_templates(self.data), self.place, self.path)
        except TemplateError as error:
            loc = _parts(error.field or "")
            mark = self.place.at(loc).mark
            raise TemplateError(
                error.message,
                hint=error.hint,
                field=".".join(map(str, (*self.path, *loc))),
                file=mark.file,
                line=mark.line,
            ) from None

    def locate_error(self, error: RompyError) -> None:
        """Fill in file and line of an error that knows its field only, as those raised while files are made do."""
        if error.field is None or error.file is not None:
            return
        loc = _parts(error.field)
        if loc[0] in self.place.children:
            error.file, error.line = self.locate(loc)
            error.field = ".".join(map(str, (*self.path, *loc)))

    def require_mapping(self) -> None:
        """Raise a ConfigError unless the data are a mapping of keys."""
        if not isinstance(self.data, dict):
            kind = "nothing" if self.data is None else f"a {type(self.data).__name__}"
            raise self.error(f"expected keys with values, but found {kind}")

    def locate(self, loc: Sequence[Any]) -> tuple[str | None, int | None]:
        """File and line of a key, given its path; those of the nearest known key above it otherwise."""
        mark = self.mark(loc)
        return mark.file, mark.line

    def mark(self, loc: Sequence[Any] = ()) -> Mark:
        """File, line and column of a key."""
        return self.place.at(loc).mark

    def error(self, message: str, loc: Sequence[Any] = (), *, hint: str | None = None) -> ConfigError:
        """An error that says where."""
        file, line = self.locate(loc)
        where = ".".join(map(str, (*self.path, *loc))) or None
        return ConfigError(message, hint=hint, field=where, file=file, line=line)


def _parts(field: str) -> list[str | int]:
    """The path that stands behind ``a.b.0``."""
    return [int(part) if part.isdecimal() else part for part in field.split(".")]
