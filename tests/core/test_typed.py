from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import pytest
from typing_extensions import TypedDict

from rompy.core.typed import inside, moment, typed


class Colour(str, Enum):
    red = "red"
    blue = "blue"


class Noted(TypedDict, total=False):
    count: int


@dataclass(frozen=True)
class Part:
    number: int


@dataclass
class Whole:
    name: str
    parts: list[Part] = field(default_factory=list)
    share: float | None = None
    colour: Colour = Colour.red
    when: datetime | None = None
    file: Annotated[str, inside] | None = None
    place: Path | None = None
    words: tuple[str, ...] = ()
    noted: list[Noted] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    is_done: bool = False
    anything: Any = None


def test_values_become_what_they_are_declared_to_be():
    values = {
        "name": "tide",
        "parts": [{"number": 1, "unknown": 2}],
        "share": 1,
        "colour": "blue",
        "when": "2023-02-01T07:00:00+01:00",
        "file": "out/a.nc",
        "place": "/x",
        "words": ["a", "b"],
        "noted": [{"count": 1, "more": 2}],
        "sizes": {"a": 1},
        "is_done": True,
        "anything": {"x": [None]},
        "unknown": 1,
    }
    noon = datetime(2023, 2, 1, 6, tzinfo=timezone.utc)
    assert typed(Whole, values) == Whole(
        "tide", [Part(1)], 1.0, Colour.blue, noon, "out/a.nc", Path("/x"), ("a", "b"), [{"count": 1, "more": 2}],
        {"a": 1}, True, {"x": [None]},
    )  # fmt: skip
    assert typed(Whole, {"name": "tide", "share": None}) == Whole("tide")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": None}, "name: None is no text"),
        ({"name": 1}, "name: 1 is no text"),
        ({"parts": {}}, "parts: {} is no list"),
        ({"parts": [{"number": 1}, {}]}, r"parts\[1\].number: it is missing"),
        ({"parts": [{"number": True}]}, r"parts\[0\].number: True is no whole number"),
        ({"parts": [{"number": 2**63}]}, "a huge number is no whole number"),
        ({"parts": [{"number": 10**5000}]}, "a huge number"),
        ({"parts": [{"number": 1.0}]}, "1.0 is no whole number"),
        ({"parts": [3]}, r"parts\[0\]: 3 is no object"),
        ({"share": float("nan")}, "share: nan is no number"),
        ({"share": float("inf")}, "share: inf is no number"),
        ({"share": 10**400}, "share: a huge number is no number"),
        ({"share": "1"}, "share: '1' is no number"),
        ({"colour": "green"}, "colour: 'green' is none of red, blue"),
        ({"colour": []}, r"colour: \[\] is none of"),
        ({"when": "2023-99-01"}, "when: '2023-99-01' is no time"),
        ({"when": "0001-01-01T00:00:00+14:00"}, "when: .* is no time"),
        ({"when": 5}, "when: 5 is no text"),
        ({"file": "../x"}, "file: '../x' leads out"),
        ({"file": "/x"}, "file: '/x' leads out"),
        ({"file": "a\0b"}, "file: .* cannot be the name of a file"),
        ({"place": ""}, "place: '' cannot be the name of a file"),
        ({"words": "ab"}, "words: 'ab' is no list"),
        ({"noted": [{"count": "1"}]}, r"noted\[0\].count: '1' is no whole number"),
        ({"sizes": {"a": None}}, "sizes.a: None is no whole number"),
        ({"sizes": [1]}, r"sizes: \[1\] is no object"),
        ({"is_done": 0}, "is_done: 0 is neither true nor false"),
    ],
)
def test_anything_else_is_refused_with_its_place(change, told):
    with pytest.raises(ValueError, match=f"^{told}|{told}"):
        typed(Whole, {"name": "tide", **change})


def test_what_is_missing_is_told():
    with pytest.raises(ValueError, match="^name: it is missing$"):
        typed(Whole, {})


def test_times_without_a_zone_are_utc():
    assert moment("2023-02-01T06:00:00") == datetime(2023, 2, 1, 6, tzinfo=timezone.utc)
