"""What a comparison of two runs found, level by level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

LEVELS = ("description", "data", "code", "environment", "results")
"""From what was asked for to what came out, in the order of cause and effect."""


class Verdict(str, Enum):
    """How two things compare, from the same to the most different."""

    same = "same"
    """Byte for byte, or value for value where there are no bytes."""
    equal = "equal"
    """All values are the same; other bytes differ, such as a history."""
    close = "close"
    """Values differ by no more than the tolerance."""
    different = "different"
    unknown = "unknown"
    """One of the two has nothing to compare, or it cannot be read."""

    @property
    def is_good(self) -> bool:
        """Whether the difference does not count."""
        return self in (Verdict.same, Verdict.equal, Verdict.close)


_ORDER = list(Verdict)


def worst(verdicts: Any) -> Verdict:
    """The one that counts of several: a difference rather than ignorance; the same when there is none."""
    found = set(verdicts)
    if Verdict.different in found:
        return Verdict.different
    return max(found, key=_ORDER.index, default=Verdict.same)


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same in both."""

    what: str
    """Field, file, package or variable."""
    before: Any = None
    """Of the first run; None when only the second has it."""
    after: Any = None
    """Of the second run; None when only the first has it."""
    verdict: Verdict = Verdict.different
    words: str | None = None
    """The whole as a sentence, where "before -> after" would not do."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """For programs: numbers behind the words."""
    parts: tuple[Difference, ...] = ()
    """Of what it consists, such as the variables of a file."""

    def __str__(self) -> str:
        if self.words is not None:
            return f"{self.what}: {self.words}"
        if self.before is None:
            return f"{self.what}: only in the second ({shown(self.after)})"
        if self.after is None:
            return f"{self.what}: only in the first ({shown(self.before)})"
        return f"{self.what}: {shown(self.before)} -> {shown(self.after)}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "what": self.what,
            "before": self.before,
            "after": self.after,
            "verdict": self.verdict.value,
            "text": str(self),
            **dict(self.details),
            **({"parts": [part.to_dict() for part in self.parts]} if self.parts else {}),
        }


@dataclass(frozen=True)
class LevelReport:
    """What was found at one level."""

    level: str
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    summary: str = ""
    """What was compared, in a few words."""
    notes: tuple[str, ...] = ()
    """What could not be compared, and why."""

    @classmethod
    def of(
        cls, level: str, differences: Any, *, summary: str = "", notes: Any = (), nothing: bool = False
    ) -> LevelReport:
        """With the verdict that follows from the differences; ``nothing`` says that there was nothing to compare."""
        differences = tuple(differences)
        verdict = worst(difference.verdict for difference in differences)
        if nothing and not differences:
            verdict = Verdict.unknown
        return cls(level, verdict, differences, summary, tuple(notes))

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "verdict": self.verdict.value,
            "summary": self.summary,
            "differences": [difference.to_dict() for difference in self.differences],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Comparison:
    """Two runs beside each other."""

    first: str
    second: str
    levels: Mapping[str, LevelReport]

    def verdict(self, *, ignoring: Any = ()) -> Verdict:
        """Of all levels that count. A level at which there is nothing to compare counts only if all are such."""
        found = [report.verdict for level, report in self.levels.items() if level not in ignoring]
        known = [verdict for verdict in found if verdict is not Verdict.unknown]
        return worst(known or found)

    def before_the_run(self) -> Comparison:
        """Of what there is when the input has been generated, without a word on what comes after."""
        kept = {name: found for name, found in self.levels.items() if name != "results"}
        for name in ("code", "environment"):
            kept[name] = replace(kept[name], notes=())
        return replace(self, levels=kept)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "first": self.first,
            "second": self.second,
            "verdict": self.verdict().value,
            "levels": {level: report.to_dict() for level, report in self.levels.items()},
        }


def shown(value: Any, longest: int = 60) -> str:
    """A value in one line, not too long."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool) or value is None:
        text = {True: "yes", False: "no", None: "none"}[value]
    elif isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key}: {shown(item)}" for key, item in value.items()) + "}"
    elif isinstance(value, (list, tuple)):
        text = "[" + ", ".join(shown(item) for item in value) + "]"
    else:
        text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
