"""What preparing an artefact gave is recorded, and means the same for files in another folder."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rompy.core.artefact.value import NotPlainError, decoded, encoded

HERE, THERE = Path("/runs/here"), Path("/elsewhere/run")

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text().filter(lambda text: str(HERE) not in text)
    | st.sampled_from(
        [HERE, HERE / "wind.nc", Path("wind.nc"), Path("/data/wind.nc"), str(HERE / "wind.nc")]
    ),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(_VALUES)
def test_a_value_comes_back_as_it_was(value):
    found = decoded(encoded(value, HERE), HERE)
    assert found == value
    assert repr(found) == repr(value)


def test_paths_below_the_folder_lead_to_the_other_folder():
    value = {
        "file": HERE / "a" / "wind.nc",
        "folder": HERE,
        "text": f"{HERE}/wind.nc",
        "other": Path("/data/x"),
    }
    assert decoded(encoded(value, HERE), THERE) == {
        "file": THERE / "a" / "wind.nc",
        "folder": THERE,
        "text": f"{THERE}/wind.nc",
        "other": Path("/data/x"),
    }


@pytest.mark.parametrize(
    "value",
    [object(), {1: "x"}, {"a": [object()]}, f"READGRID '{HERE}/wind.grd' 1", type("Text", (str,), {})("x")],
)
def test_what_no_record_can_hold_is_refused(value):
    with pytest.raises(NotPlainError):
        encoded(value, HERE)
