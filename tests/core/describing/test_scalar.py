import math
from datetime import date, datetime, timezone

import pytest

from rompy.core.describing.scalar import key_of, value_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-7", -7),
        ("+3", 3),
        ("1_000", 1000),
        ("0", 0),
        ("0001", "0001"),
        ("0o17", 15),
        ("0x1F", 31),
        ("010", "010"),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e-3", 0.001),
        ("1E5", 100000.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1:30:00", "1:30:00"),
        ("true", True),
        ("yes", True),
        ("On", True),
        ("no", False),
        ("OFF", False),
        ("y", "y"),
        ("n", "n"),
        ("nO", "nO"),
        ("", None),
        ("~", None),
        ("null", None),
        ("None", "None"),
        ("2023-02-01", date(2023, 2, 1)),
        ("2023-2-1", "2023-2-1"),
        ("2023-02-30", "2023-02-30"),
        ("20230201", 20230201),
        ("2023-02-01T06:00", "2023-02-01T06:00"),
        ("2023-02-01T06:00:00", datetime(2023, 2, 1, 6)),
        ("2023-02-01 06:00:00.25", datetime(2023, 2, 1, 6, 0, 0, 250000)),
        ("2023-02-01T06:00:00Z", datetime(2023, 2, 1, 6, tzinfo=timezone.utc)),
        ("2023-02-01T06:00:00+10:00", datetime(2023, 1, 31, 20, tzinfo=timezone.utc)),
        ("2023-02-01T06:00:00-1", datetime(2023, 2, 1, 7, tzinfo=timezone.utc)),
        ("-", "-"),
        (".", "."),
        ("1.2.3", "1.2.3"),
        ("EPSG:28355", "EPSG:28355"),
    ],
)
def test_what_an_unquoted_word_means(text, value):
    result = value_of(text)
    assert result == value
    assert type(result) is type(value)


def test_not_a_number():
    assert math.isnan(value_of(".nan"))


@pytest.mark.parametrize(
    ("text", "key"), [("on", "on"), ("y", "y"), ("7", 7), ("007", "007"), ("2023-02-01", "2023-02-01")]
)
def test_keys_are_text_or_whole_numbers(text, key):
    assert key_of(text) == key
