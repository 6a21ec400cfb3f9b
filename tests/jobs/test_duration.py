import pytest

from rompy.jobs.duration import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.014, "0.014 s"),
        (3.14159, "3.1 s"),
        (9.99, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (44640, "12 h 24 min"),
        (86400 * 2 + 3600 * 5, "2 d 5 h"),
        (float("inf"), "an unknown time"),
    ],
)
def test_spans_are_written_for_people(seconds, words):
    assert duration(seconds) == words
