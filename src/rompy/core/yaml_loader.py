"""Reads YAML with ``!include``, and remembers where every key and value stood.

``key: !include other.yml`` puts the content of another file there. Its path is relative to the including file, may be
absolute, and may contain ``$VAR``, ``${VAR}``, ``${VAR:-default}`` and ``~``. Included files are YAML or JSON; they may
include others, up to ten deep. Anchors, aliases and ``<<`` work as usual, also ``<<: !include other.yml``.

Only plain data come out: no tag constructs an object. A key given twice is an error, because the last one would win
without a word. See `rompy.core.describing.scalar` for what unquoted words mean.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from rompy.core.describing import scalar
from rompy.core.describing.place import NOWHERE, Mark, Place, places_of
from rompy.errors import ConfigError, MissingFileError
from rompy.regular_file import opener

MAX_DEPTH = 10
"""Files that may include one another, counted from the first."""
MAX_VALUES = 1_000_000
"""Values after aliases are expanded; a few lines can stand for more than any memory holds."""
MAX_NESTING = 100
"""Mappings and lists inside one another in one file; far below the depth at which Python gives up."""
SUFFIXES = (".yml", ".yaml", ".json")
"""What may be included."""

_HINTS = (
    ("mapping values are not allowed", "Put text that contains a colon in quotes, or check the indentation."),
    ("'\\t'", "Indent with blanks, not with tabs."),
    ("cannot start any token", "Put text that starts with @, `, % or a tab in quotes."),
    ("block end", "Check the indentation of this line and of those above."),
    ("expected ':'", "A colon is missing, or quotes are not closed."),
    ("stream end", "Quotes or brackets are not closed."),
    ("end of stream", "Quotes or brackets are not closed."),
)


class YamlError(ConfigError):
    """A file that is not readable YAML."""

    code = "config.yaml"


class IncludeLoader:
    """Reads one document; also fit for ``yaml.load(text, Loader=IncludeLoader)`` of PyYAML."""

    def __init__(self, stream: str | bytes | IO[Any], root_dir: str | Path | None = None) -> None:
        name = getattr(stream, "name", None)
        self._file = name if isinstance(name, str) else None
        self._root = Path(root_dir) if root_dir is not None else Path(self._file or ".").parent
        self._text = _decoded(stream if isinstance(stream, (str, bytes)) else stream.read(), self._file)

    def get_single_data(self) -> Any:
        """The document's data."""
        return read_text(self._text, self._root, self._file)[0]

    def dispose(self) -> None:
        """Nothing is held open."""


def load_yaml_with_includes(source: str | Path | IO[Any]) -> Any:
    """Data of a file or of an open stream.

    Raises:
        MissingFileError: the file or one that it includes does not exist.
        YamlError: it is not YAML, includes itself, or includes too deeply.
    """
    if isinstance(source, (str, Path)):
        return read_file(source)[0]
    return IncludeLoader(source).get_single_data()


def safe_load_with_includes(text: str, root_dir: str | Path | None = None) -> Any:
    """Data of a text; ``root_dir`` (default: the current folder) is where its includes are looked for."""
    return read_text(text, root_dir)[0]


def read_file(path: str | Path) -> tuple[Any, Place]:
    """Data and positions of a YAML or JSON file; raises as `load_yaml_with_includes`."""
    return _read_file(Path(path), ())


def read_text(text: str, root_dir: str | Path | None = None, name: str | None = None) -> tuple[Any, Place]:
    """Data and positions of a text; ``name`` stands for the file in messages."""
    return _Reader(text, name or "<text>", Path(root_dir or "."), ()).document()


def _read_file(path: Path, including: tuple[Path, ...], origin: Mark = NOWHERE) -> tuple[Any, Place]:
    shown = _shown(path)
    try:
        text = _decoded(_content(path), shown)
    except FileNotFoundError:
        what = "the included file" if origin is not NOWHERE else "the file"
        raise MissingFileError(f"{what} {shown} does not exist", file=origin.file, line=origin.line) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MissingFileError(f"cannot read {shown}: {reason}", file=origin.file, line=origin.line) from None
    if path.suffix.lower() == ".json":
        return _json(text, shown)
    return _Reader(text, shown, path.parent, (*including, path.resolve())).document()


def _content(path: Path) -> bytes:
    """Of a file. Pipes count only where shells put theirs (``<(...)``): a run directory may hold anything."""
    is_named_by_shell = str(path).startswith(("/dev/", "/proc/"))
    with open(path, "rb", opener=None if is_named_by_shell else opener) as file:
        return file.read()


@dataclass
class _Reader:
    """Turns the events of one document into data and places."""

    text: str
    name: str
    root: Path
    including: tuple[Path, ...]
    anchors: dict[str, tuple[Any, Place] | None] = field(default_factory=dict)
    """What an alias stands for; None while its value is still being read."""
    count: int = 0
    depth: int = 0

    def document(self) -> tuple[Any, Place]:
        events = self._events()
        next(events)  # start of the stream
        if type(next(events)).__name__ == "StreamEndEvent":
            return None, Place(self._mark(1, 1), self._mark(1, 1))
        try:
            result = self._node(next(events), events)
        except RecursionError:  # many files within one another, each nested deeply
            raise YamlError("nested too deeply", file=self.name) from None
        next(events)  # end of the document
        more = next(events)
        if type(more).__name__ != "StreamEndEvent":
            raise self._error("a second document begins here", more, hint="Keep one document in a file.")
        return result

    def _text(self, event: Any) -> str:
        """Of a scalar. JSON writes characters beyond the first 65,536 as two escapes, which are one character."""
        text: str = event.value
        if event.style != '"' or text.isprintable():
            return text
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise self._error("an escape stands for half a character", event) from None

    def _events(self) -> Iterator[Any]:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        try:
            yield from YAML(typ="safe", pure=True).parse(self.text)
        except MarkedYAMLError as error:
            raise self._syntax(error.problem or error.context or "not YAML", error.problem_mark) from None
        except YAMLError as error:
            raise YamlError(f"not YAML: {_first_line(error)}", file=self.name) from None

    def _node(self, event: Any, events: Iterator[Any]) -> tuple[Any, Place]:
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._alias(event)
        self._counted(1, event)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        read: dict[str, Callable[..., tuple[Any, Place]]] = {
            "ScalarEvent": self._scalar,
            "SequenceStartEvent": self._sequence,
            "MappingStartEvent": self._mapping,
        }
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self._error("nested too deeply", event)
        result = read[kind](event, events)
        self.depth -= 1
        if event.anchor is not None:
            self.anchors[event.anchor] = result
        return result

    def _alias(self, event: Any) -> tuple[Any, Place]:
        if event.anchor not in self.anchors:
            raise self._error(f"*{event.anchor} refers to an anchor that is not defined above", event)
        known = self.anchors[event.anchor]
        if known is None:
            raise self._error(f"*{event.anchor} refers to itself", event)
        data, place = known
        self._counted(_size(data), event)
        # Copied, because whoever gets the data may change one of the two.
        return copy.deepcopy(data), place

    def _scalar(self, event: Any, events: Iterator[Any]) -> tuple[Any, Place]:
        mark = self._mark_of(event)
        tag = event.tag
        if tag == "!include":
            data, place = self._include(event)
            return data, Place(place.value, mark, place.children)
        return self._tagged(event, tag), Place(mark, mark)

    def _tagged(self, event: Any, tag: str | None) -> Any:
        text = self._text(event)
        if tag in (None, "!"):
            return scalar.value_of(text) if event.style is None and tag is None else text
        name = tag.removeprefix("tag:yaml.org,2002:") if tag else ""
        if name == "str":
            return text
        value = scalar.value_of(text)
        if name == "float" and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        expected = {"int": int, "float": float, "bool": bool, "null": type(None)}.get(name)
        if expected is None:
            raise self._error(f"the tag {tag} is not known", event, hint="Only !include is understood.")
        if type(value) is not expected:
            raise self._error(f"{text!r} is not of the type !!{name}", event)
        return value

    def _sequence(self, event: Any, events: Iterator[Any]) -> tuple[Any, Place]:
        self._plain(event)
        mark = self._mark_of(event)
        items: list[Any] = []
        places: dict[str | int, Place] = {}
        while type(item := next(events)).__name__ != "SequenceEndEvent":
            data, place = self._node(item, events)
            places[len(items)] = Place(place.value, self._mark_of(item), place.children)
            items.append(data)
        return items, Place(mark, mark, places)

    def _mapping(self, event: Any, events: Iterator[Any]) -> tuple[Any, Place]:
        self._plain(event)
        mark = self._mark_of(event)
        data: dict[str | int, Any] = {}
        places: dict[str | int, Place] = {}
        merged: list[tuple[Any, Place]] = []
        while type(key_event := next(events)).__name__ != "MappingEndEvent":
            key, at = self._key(key_event), self._mark_of(key_event)
            if key in data:
                raise self._error(
                    f"the key {key!r} is given twice, first in line {places[key].key.line}", key_event
                )
            value, place = self._node(next(events), events)
            if key == "<<" and key_event.style is None:
                merged += self._to_merge(value, place, key_event)
            else:
                data[key], places[key] = value, Place(place.value, at, place.children)
        for value, place in merged:
            for key in value:
                if key not in data:
                    data[key], places[key] = value[key], place.children[key]
        return data, Place(mark, mark, places)

    def _key(self, event: Any) -> str | int:
        if type(event).__name__ != "ScalarEvent":
            raise self._error("a key must be a word or a number", event)
        text = self._text(event)
        return scalar.key_of(text) if event.style is None and event.tag is None else text

    def _to_merge(self, value: Any, place: Place, event: Any) -> list[tuple[Any, Place]]:
        sources = [(value, place)]
        if isinstance(value, list):
            sources = [(item, place.children[i]) for i, item in enumerate(value)]
        if not all(isinstance(data, dict) for data, _ in sources):
            raise self._error("<< needs a mapping, or a list of mappings", event)
        return sources

    def _include(self, event: Any) -> tuple[Any, Place]:
        from rompy.templating import TemplateError, render_string

        mark = self._mark_of(event)
        try:
            name = os.path.expandvars(str(render_string(event.value)))
        except TemplateError as error:
            raise self._error(error.message, event, hint=error.hint) from None
        path = self.root / Path(name).expanduser()
        if path.suffix.lower() not in SUFFIXES:
            raise self._error(f"cannot include {name!r}: not one of {', '.join(SUFFIXES)}", event)
        if path.resolve() in self.including:
            raise self._error(f"{name} includes itself", event, hint=" -> ".join(map(_shown, self.including)))
        if len(self.including) >= MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} files include one another", event)
        data, place = _read_file(path, self.including, mark)
        self._counted(_size(data), event)
        return data, place

    def _plain(self, event: Any) -> None:
        if event.tag not in (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise self._error(f"the tag {event.tag} is not known", event, hint="Only !include is understood.")

    def _counted(self, values: int, event: Any) -> None:
        self.count += values
        if self.count > MAX_VALUES:
            raise self._error(f"aliases expand to more than {MAX_VALUES} values", event)

    def _mark(self, line: int, column: int) -> Mark:
        return Mark(self.name, line, column)

    def _mark_of(self, event: Any) -> Mark:
        return self._mark(event.start_mark.line + 1, event.start_mark.column + 1)

    def _error(self, message: str, event: Any, *, hint: str | None = None) -> YamlError:
        return YamlError(message, file=self.name, line=event.start_mark.line + 1, hint=hint)

    def _syntax(self, problem: str, mark: Any) -> YamlError:
        line = mark.line + 1 if mark is not None else None
        text = f"not YAML: {' '.join(problem.split())}"
        hint = next((hint for sign, hint in _HINTS if sign in problem), None)
        return YamlError(text, file=self.name, line=line, hint=hint)


def _json(text: str, name: str) -> tuple[Any, Place]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        data = dict(pairs)
        if len(data) < len(pairs):
            keys = [key for key, _ in pairs]
            raise YamlError(
                f"the key {next(k for k in keys if keys.count(k) > 1)!r} is given twice", file=name
            )
        return data

    try:
        data = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise YamlError(f"not JSON: {error.msg.lower()}", file=name, line=error.lineno) from None
    except RecursionError:
        raise YamlError("nested too deeply", file=name) from None
    return data, places_of(data, Mark(name, None, None))


def _decoded(content: str | bytes, name: str | None) -> str:
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise YamlError(
            "not text in UTF-8", file=name, line=line, hint="Save the file with the encoding UTF-8."
        ) from None


def _size(data: Any) -> int:
    if isinstance(data, dict):
        return 1 + sum(map(_size, data.values()))
    return 1 + sum(map(_size, data)) if isinstance(data, list) else 1


def _shown(path: Path) -> str:
    """The path as people know it: relative when it lies below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd())) if path.is_absolute() else os.path.normpath(path)
    except (ValueError, OSError, RuntimeError):  # the last one of a link to itself
        return str(path)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
