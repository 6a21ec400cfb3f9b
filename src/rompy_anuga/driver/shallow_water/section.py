"""Reading one object of the case file strictly: every key is asked for, every key left over is refused."""

from __future__ import annotations

import difflib
import math
from pathlib import Path, PurePosixPath
from typing import Any

from .problems import InputError

_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}


class Section:
    """An object of the case file, together with where it stands, so that a refusal can name the key.

    Every method that gives a value raises an InputError when the value is not what is asked for.

    Args:
        content: the parsed JSON value; refused unless it is an object.
        place: dotted key of the object within the case, empty for the whole.
        case_file: the case file; files named in it are relative to its folder.
    """

    def __init__(self, content: object, place: str, case_file: Path) -> None:
        self.place = place
        self.case_file = case_file
        self._asked: list[str] = []
        if not isinstance(content, dict):
            raise InputError(f"{self._where()} must be an object, not {_shown(content)}")
        self._content: dict[str, Any] = content

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def keys(self) -> list[str]:
        """The keys in the order of the file; all of them count as asked for (they are names, not known words)."""
        self._asked.extend(self._content)
        return list(self._content)

    def path_of(self, key: str) -> str:
        """Dotted key within the case, as refusals show it."""
        return f"{self.place}.{key}" if self.place else key

    def refuse(self, key: str, problem: str) -> InputError:
        """The error to raise about a key."""
        return InputError(f"{self.case_file.name}: {self.path_of(key)}: {problem}")

    def done(self) -> None:
        """Refuse whatever was not asked for. To be called when everything known has been."""
        for key in self._content:
            if key not in self._asked:
                close = difflib.get_close_matches(key, self._asked, n=1)
                hint = (
                    f"did you mean {close[0]!r}?"
                    if close
                    else f"known here: {', '.join(sorted(self._asked))}"
                )
                raise self.refuse(key, f"unknown key; {hint}")

    def value(self, key: str) -> Any:
        """The value of a key that must be there."""
        self._asked.append(key)
        if key not in self._content:
            raise InputError(f"{self._where()}: the key {key!r} is missing")
        return self._content[key]

    def optional(self, key: str, default: Any = None) -> Any:
        """The value of a key, or the default where it is absent."""
        return self.value(key) if key in self._content else self._skip(key, default)

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty."""
        value = self.value(key) if default is None else self.optional(key, default)
        if not isinstance(value, str) or not value:
            raise self.refuse(key, f"must be a text, not {_shown(value)}")
        return value

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of a few words."""
        value = self.text(key, default)
        if value not in choices:
            raise self.refuse(key, f"{value!r} is unknown; choose {_alternatives(choices)}")
        return value

    def number(
        self,
        key: str,
        default: float | None = None,
        *,
        above: float = -math.inf,
        at_least: float = -math.inf,
        at_most: float = math.inf,
    ) -> float:
        """A finite number, within limits."""
        value = self.value(key) if default is None else self.optional(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self.refuse(key, f"must be a number, not {_shown(value)}")
        if value <= above:
            raise self.refuse(key, f"must be greater than {above:g}, not {value:g}")
        if value < at_least:
            raise self.refuse(key, f"must be at least {at_least:g}, not {value:g}")
        if value > at_most:
            raise self.refuse(key, f"must be at most {at_most:g}, not {value:g}")
        return float(value)

    def whole(self, key: str, default: int) -> int:
        """A whole number of at least one."""
        value = self.optional(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refuse(key, f"must be a whole number, not {_shown(value)}")
        if value < 1:
            raise self.refuse(key, f"must be at least 1, not {value}")
        return value

    def whole_numbers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers from nought."""
        value = self.value(key)
        if not isinstance(value, list) or not all(type(item) is int and item >= 0 for item in value):
            raise self.refuse(key, f"must be a list of whole numbers from 0 on, not {_shown(value)}")
        return tuple(value)

    def section(self, key: str) -> Section:
        """An object within this one, which must be there."""
        return Section(self.value(key), self.path_of(key), self.case_file)

    def optional_section(self, key: str) -> Section | None:
        """An object within this one, or None where the key is absent."""
        return self.section(key) if key in self._content else self._skip(key, None)

    def sections(self, key: str) -> list[Section]:
        """A list of objects, empty where the key is absent."""
        value = self.optional(key, [])
        if not isinstance(value, list):
            raise self.refuse(key, f"must be a list, not {_shown(value)}")
        return [Section(item, f"{self.path_of(key)}[{n}]", self.case_file) for n, item in enumerate(value)]

    def file(self, key: str) -> Path:
        """A file inside the folder of the case, which must exist."""
        name = self.text(key)
        written = PurePosixPath(name)
        if written.is_absolute() or ".." in written.parts:
            raise self.refuse(key, f"{name!r} is not inside the folder of the case")
        path = self.case_file.parent / written
        if not path.is_file():
            raise self.refuse(key, f"there is no file {name!r} in {self.case_file.parent}")
        return path

    def _skip(self, key: str, default: Any) -> Any:
        self._asked.append(key)
        return default

    def _where(self) -> str:
        return f"{self.case_file.name}: {self.place}" if self.place else self.case_file.name


def _shown(value: object) -> str:
    """A value as a refusal quotes it: short, and by kind where it is a whole object."""
    kind = _KINDS.get(type(value))
    if isinstance(value, (dict, list)) or value is None:
        return str(kind)
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _alternatives(choices: tuple[str, ...]) -> str:
    return " or ".join([", ".join(choices[:-1]), choices[-1]]) if len(choices) > 1 else choices[0]
