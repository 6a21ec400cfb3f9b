"""Patterns for the names of many files: ``*`` and ``?``, and ``{time:%Y%m%d}`` where a name tells a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from rompy.errors import ConfigError

_DIRECTIVES = {
    "Y": r"\d{4}",
    "m": r"\d{2}",
    "d": r"\d{2}",
    "H": r"\d{2}",
    "M": r"\d{2}",
    "S": r"\d{2}",
    "j": r"\d{3}",
}
"""Directives of strftime that may be used, and what they look like; ``j`` is the day of the year."""
_FIELD = re.compile(r"\{time:([^{}]*)\}")
_LITTLE = timedelta(seconds=1)


@dataclass(frozen=True)
class FilePattern:
    """Names of files, and the time that each of them begins at."""

    text: str

    def __post_init__(self) -> None:
        for layout in self._layouts:
            unknown = sorted(set(re.findall(r"%(.)", layout)) - set(_DIRECTIVES))
            if unknown or "%" not in layout:
                raise ConfigError(
                    f"{{time:{layout}}} has no directive that is known"
                    if not unknown
                    else f"%{unknown[0]} is not known",
                    hint=f"Known are: {', '.join(f'%{name}' for name in _DIRECTIVES)}",
                )
        if self.tells_time and not ({"Y"} <= self._directives):
            raise ConfigError(f"{self.text} does not tell the year", hint="Write {time:%Y} somewhere in it.")
        rest = _FIELD.sub("", self.text)
        if "{" in rest or "}" in rest:
            raise ConfigError(f"{self.text} holds braces that are no {{time:...}}")

    @property
    def tells_time(self) -> bool:
        """Whether names tell times."""
        return bool(self._layouts)

    @property
    def _layouts(self) -> list[str]:
        return _FIELD.findall(self.text)

    @property
    def _directives(self) -> set[str]:
        return {name for layout in self._layouts for name in re.findall(r"%(.)", layout)}

    def globs(self, start: datetime | None = None, stop: datetime | None = None) -> list[str]:
        """Patterns for a file system to look for; with a period, only in the years that can matter."""
        years = ["*"]
        if self.tells_time and start is not None and stop is not None:
            # A file may begin in the year before.
            years = [f"{year:04d}" for year in range(start.year - 1, stop.year + 1)]
        return [self._with_wildcards(year) for year in years]

    def _with_wildcards(self, year: str) -> str:
        return _FIELD.sub(lambda field: _wild(field[1], year), self.text)

    def fits(self, name: str) -> bool:
        """Whether a whole name, with its folder or address, fits."""
        return self._expression.fullmatch(name) is not None

    def time_of(self, name: str) -> datetime | None:
        """The time that a name tells; None if it does not fit. Only the end of ``name`` needs to fit."""
        match = self._expression.search(name)
        if match is None:
            return None
        values: dict[str, int] = {}
        for group, text in match.groupdict().items():
            if values.setdefault(group[0], int(text)) != int(text):
                return None
        try:
            if "j" in values:
                return datetime(values["Y"], 1, 1, values.get("H", 0)) + timedelta(days=values["j"] - 1)
            month, day, hour, minute, second = (
                values.get(name, least) for name, least in zip("mdHMS", (1, 1, 0, 0, 0), strict=True)
            )
            return datetime(values["Y"], month, day, hour, minute, second)
        except ValueError:
            return None

    @property
    def _expression(self) -> re.Pattern[str]:
        pieces, counts = [], dict.fromkeys(_DIRECTIVES, 0)
        for index, piece in enumerate(_FIELD.split(self.text)):
            for text in re.split(r"(%.)", piece) if index % 2 else re.split(r"([*?])", piece):
                if index % 2 and text.startswith("%"):
                    pieces.append(f"(?P<{text[1]}{counts[text[1]]}>{_DIRECTIVES[text[1]]})")
                    counts[text[1]] += 1
                else:
                    pieces.append({"*": "[^/]*", "?": "[^/]"}.get(text, re.escape(text)))
        return re.compile("".join(pieces) + "$")

    def expanded(self, start: datetime, stop: datetime) -> list[str]:
        """Names of all files that may hold a period, where the place cannot be listed; without wildcards only."""
        return list(dict.fromkeys(self._name(moment) for moment in self._moments(start, stop)))

    def _moments(self, start: datetime, stop: datetime) -> Iterator[datetime]:
        moment = datetime(start.year, start.month, start.day)
        if self._directives & {"H", "M", "S"}:
            step = timedelta(hours=1) if not self._directives & {"M", "S"} else timedelta(minutes=1)
            moment = moment.replace(hour=start.hour)
        else:
            step = timedelta(days=1)
        while moment <= stop:
            yield moment
            moment += step

    def _name(self, moment: datetime) -> str:
        return _FIELD.sub(lambda field: moment.strftime(field[1]), self.text)


@dataclass(frozen=True)
class TimedFiles:
    """Files in the order of the times they begin at."""

    names: tuple[str, ...]
    begins: tuple[datetime, ...]

    @classmethod
    def of(cls, pattern: FilePattern, names: Iterable[str]) -> TimedFiles:
        """Those of ``names`` that fit a pattern."""
        timed = sorted((time, name) for name in names if (time := pattern.time_of(name)) is not None)
        return cls(tuple(name for _, name in timed), tuple(time for time, _ in timed))

    def holding(self, start: datetime | None, stop: datetime | None) -> range:
        """Positions of the files that hold a period: from the last one that begins before it, to its end."""
        before = [i for i, begin in enumerate(self.begins) if start is not None and begin <= start]
        first = before[-1] if before else 0
        while first and self.begins[first - 1] == self.begins[first]:  # several files for one time
            first -= 1
        last = max((i for i, begin in enumerate(self.begins) if stop is None or begin <= stop), default=-1)
        return range(first, last + 1)

    @property
    def step(self) -> timedelta:
        """The shortest time between the beginnings of two files; a second if there are no two."""
        steps = [later - earlier for earlier, later in pairwise(self.begins) if later > earlier]
        return min(steps, default=_LITTLE)


def _wild(layout: str, year: str) -> str:
    return re.sub(
        r"%(.)", lambda match: year if match[1] == "Y" else "?" * (3 if match[1] == "j" else 2), layout
    )
