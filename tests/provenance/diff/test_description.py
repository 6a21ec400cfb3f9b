import pytest
from hypothesis import given
from hypothesis import strategies as st

from rompy.provenance.diff.description import changed, differences_of

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, width=16)
    | st.text("abc", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("2024-02-03T00:00:00", "2024-02-05T00:00:00", "2024-02-03 -> 02-05"),
        ("2024-02-03T00:00:00", "2024-02-03T06:30:00", "2024-02-03 00:00 -> 06:30"),
        ("2024-02-03", "2025-02-03", "2024-02-03 -> 2025-02-03"),
        (0.025, 0.03, "0.025 -> 0.03"),
        (None, "x", "none -> x"),
        (True, False, "yes -> no"),
        ([1, 2], [1, 2, 3], "[1, 2] -> [1, 2, 3]"),
    ],
)
def test_changes_are_told_briefly(before, after, words):
    assert changed(before, after) == words


def test_each_leaf_that_differs_is_told_by_its_path():
    one = {"period": {"end": "2024-02-03"}, "data": [{"x": 1}, {"x": 2}], "old": 1}
    other = {"period": {"end": "2024-02-05"}, "data": [{"x": 1}, {"x": 3}], "new": {"a": 1}}
    assert [str(d) for d in differences_of(one, other)] == [
        "data[1].x: 2 -> 3",
        "new: not given -> {a: 1}",
        "old: 1 -> not given",
        "period.end: 2024-02-03 -> 02-05",
    ]


def test_ways_to_write_a_value_make_no_difference():
    assert list(differences_of({"a": 1, "t": "2024-02-03T00:00:00Z"}, {"t": "2024-02-03", "a": 1.0})) == []
    assert len(list(differences_of({"a": True}, {"a": 1}))) == 1


@given(PLAIN, PLAIN)
def test_values_differ_exactly_when_something_is_told(one, other):
    def norm(v):
        if isinstance(v, dict):
            return {k: norm(x) for k, x in v.items()}
        if isinstance(v, list):
            return [norm(x) for x in v]
        return (isinstance(v, bool), v)

    assert bool(list(differences_of(one, other))) == (norm(one) != norm(other))
    assert list(differences_of(one, one)) == []
