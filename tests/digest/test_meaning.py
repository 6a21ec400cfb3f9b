"""The digest of a value tells what it means: not the order of its keys, but every difference that could matter."""

from datetime import datetime, timedelta
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rompy.digest import canonical, meaning_sha256

_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def _shuffled(value):
    if isinstance(value, dict):
        return {key: _shuffled(item) for key, item in reversed(value.items())}
    return tuple(map(_shuffled, value)) if isinstance(value, list) else value


@settings(max_examples=40, deadline=None)
@given(_PLAIN)
def test_order_of_keys_and_kind_of_sequence_do_not_count(value):
    assert meaning_sha256(_shuffled(value)) == meaning_sha256(value)


@settings(max_examples=40, deadline=None)
@given(_PLAIN, _PLAIN)
def test_values_that_are_written_differently_have_different_digests(one, other):
    assert (meaning_sha256(one) == meaning_sha256(other)) == (canonical(one) == canonical(other))
    if canonical(one) == canonical(other):
        assert one == other


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (1, True), (0, None), ("1", 1), ([], {}), ([1, 2], [2, 1]), ("", None)]
)
def test_what_a_template_may_write_differently_is_different(one, other):
    assert meaning_sha256({"x": one}) != meaning_sha256({"x": other})


def test_times_durations_paths_and_sets_have_one_form():
    told = {"t": datetime(2023, 2, 1), "d": timedelta(hours=1), "p": PurePosixPath("a/b"), "s": {3, 1, 2}}
    assert canonical(told) == '{"d":3600.0,"p":"a/b","s":[1,2,3],"t":"2023-02-01T00:00:00"}'


def test_what_has_no_canonical_form_is_refused():
    with pytest.raises(TypeError, match="object has no canonical form"):
        meaning_sha256([object()])
