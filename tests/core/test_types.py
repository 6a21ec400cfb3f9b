"""The base model refuses unknown keys helpfully and prints as a tree."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, Field, ValidationError, model_validator

from rompy.core.types import Coordinate, DatasetCoords, RompyBaseModel, Slice, Spectrum


class Physics(RompyBaseModel):
    breaking: float = 0.73
    friction: float | None = None
    kind: str = Field("constant", alias="type_of")
    """Kind of breaking."""


def test_a_misspelt_key_is_named_with_the_one_meant_and_its_place():
    with pytest.raises(ValidationError) as caught:
        Physics(braking=1)
    (error,) = caught.value.errors()
    assert error["loc"] == ("braking",)
    assert error["msg"] == "Unknown field 'braking'. Did you mean 'breaking'?"


def test_all_misspelt_keys_are_named_at_once():
    with pytest.raises(ValidationError) as caught:
        Physics(braking=1, fricton=2)
    assert [e["loc"] for e in caught.value.errors()] == [("braking",), ("fricton",)]


def test_an_unknown_key_like_no_other_is_refused_too():
    with pytest.raises(ValidationError, match="Extra inputs"):
        Physics(zzz=1)


def test_aliases_are_accepted_and_typos_among_them_explained():
    assert Physics(type_of="jonswap").kind == "jonswap"
    with pytest.raises(ValidationError, match="Did you mean 'type_of'"):
        Physics(typ_of="x")


def test_keys_that_a_subclass_rewrites_first_are_not_called_misspelt():
    class Lowering(Physics):
        @model_validator(mode="before")
        @classmethod
        def lower(cls, data: Any) -> Any:
            return {k.lower(): v for k, v in data.items()}

    assert Lowering(BREAKING=1.0).breaking == 1.0


@pytest.mark.parametrize("extra", ["ignore", "allow"])
def test_models_that_take_other_keys_are_left_alone(extra):
    class Open(Physics):
        model_config = ConfigDict(extra=extra)

    Open(braking=1)


def test_instances_are_mutable_and_assignment_is_not_validated():
    physics = Physics()
    physics.breaking = "later"
    physics._scratch = 1
    assert physics.breaking == "later"


def test_fields_of_any_name_raise_no_warning():
    class Tagged(RompyBaseModel):
        model_type: str = "x"
        model_name: str = "y"

    assert Tagged().model_name == "y"


def test_given_inputs_can_be_asked_for_even_when_they_are_not_json():
    class When(RompyBaseModel):
        at: datetime
        folder: Path = Path()
        other: int = 0

    when = When(at=datetime(2023, 1, 1), folder=Path("x"))
    assert when.dump_inputs_dict() == {"at": datetime(2023, 1, 1), "folder": Path("x")}
    assert when.dump_inputs_json() == '{"at":"2023-01-01T00:00:00","folder":"x"}'


def test_text_is_an_indented_tree():
    class Run(RompyBaseModel):
        name: str = "a"
        step: timedelta = timedelta(hours=3)
        none: int | None = None
        empty: list[int] = []
        items: list[int] = [1, 2]
        physics: Physics = Physics()

    assert str(Run()).splitlines() == [
        "Run:",
        "  name: a",
        "  step: 3 hours, 0 minutes",
        "  none: None",
        "  empty: []",
        "  items:",
        "    [0]: 1",
        "    [1]: 2",
        "  physics:",
        "    breaking: 0.73",
        "    friction: None",
        "    kind: constant",
    ]


def test_a_class_can_say_how_values_are_shown_even_itself():
    class Boxed(RompyBaseModel):
        a: int = 1

        def _format_value(self, obj: Any) -> str | None:
            return "BOX" if isinstance(obj, Boxed) else None

    assert str(Boxed()) == "BOX"


def test_schemas_describe_fields_from_their_docstrings():
    assert Physics.model_json_schema()["properties"]["type_of"]["description"] == "Kind of breaking."


def test_partial_coords_are_completed():
    coords = DatasetCoords(x="lon")
    assert (coords.t, coords.x, coords.y, coords.z, coords.s) == ("time", "lon", "latitude", None, None)


@given(
    st.one_of(st.none(), st.floats(allow_nan=False), st.datetimes()),
    st.one_of(st.none(), st.integers(-(10**6), 10**6)),
)
def test_slices_go_both_ways(start, stop):
    made = Slice.from_slice(slice(start, stop))
    assert made.to_slice() == slice(start, stop)
    assert Slice.from_dict({"start": start, "stop": stop}) == made


def test_slices_need_both_ends_from_a_dict_and_keep_text():
    with pytest.raises(KeyError):
        Slice.from_dict({"start": 1})
    assert Slice(start="2023-01", stop=1).start == "2023-01"
    assert isinstance(Slice(start=1).start, float)


def test_coordinates_lie_on_the_globe_and_are_hashable():
    assert str(Coordinate(lon=-170, lat=5)) == "(-170.0, 5.0)"
    assert len({Coordinate(lon=1, lat=2), Coordinate(lon=1, lat=2)}) == 1
    with pytest.raises(ValidationError):
        Coordinate(lon=181, lat=0)


def test_spectrum_has_the_usual_defaults():
    s = Spectrum()
    assert (s.fmin, s.fmax, s.nfreqs, s.ndirs) == (0.0464, 1.0, 31, 36)
