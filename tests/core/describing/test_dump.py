"""Descriptions become plain data and YAML that makes the same objects again."""

import enum
import logging
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_serializer, model_serializer
from pyproj import CRS
from ruamel.yaml import YAML

from rompy.core.describing.dump import as_given, plain, to_yaml
from rompy.core.time import TimeRange
from rompy.core.types import DatasetCoords, RompyBaseModel, Slice


class Colour(enum.Enum):
    RED = "red"


def test_everything_usual_in_a_description_has_a_plain_form():
    value = {
        "when": datetime(2023, 1, 2, 3), "day": date(2023, 1, 2), "step": timedelta(hours=1), "path": Path("a/b"),
        "colour": Colour.RED, "array": np.arange(2.0), "scalar": np.float32(1), "set": {3, 1}, "tuple": (1, None),
        "slice": slice(1, 2), "model": Slice(start=1, stop="x"), "crs": CRS("EPSG:4326"),
    }  # fmt: skip
    assert plain(value) == {
        "when": "2023-01-02T03:00:00", "day": "2023-01-02", "step": "PT1H", "path": "a/b", "colour": "red",
        "array": [0.0, 1.0], "scalar": 1.0, "set": [1, 3], "tuple": [1, None], "slice": {"start": 1, "stop": 2},
        "model": {"start": 1.0, "stop": "x"}, "crs": "EPSG:4326",
    }  # fmt: skip


def test_what_has_no_plain_form_is_said_to_be_lost(caplog):
    with caplog.at_level(logging.WARNING):
        assert plain(object()) == "<builtins.object>"
    assert "cannot be written" in caplog.text


def test_models_go_through_their_own_serialisers():
    assert plain(DatasetCoords(x="lon"))["x"] == "lon"


_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
_scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), _texts)
_data = st.recursive(
    _scalars, lambda c: st.lists(c, max_size=3) | st.dictionaries(_texts, c, max_size=3), max_leaves=10
)


@given(st.dictionaries(_texts, _data, max_size=4))
def test_yaml_reads_back_as_the_same_data(data):
    assert YAML(typ="safe").load(to_yaml(data)) == data


@given(
    st.sampled_from(
        [
            "yes",
            "no",
            "on",
            "2023-01-01",
            "2023-01-01T00:00:00",
            "1e3",
            "0x1",
            "null",
            "~",
            "1_000",
            "12:30",
            "NO",
            "Y",
            "0b1",
        ]
    )
)
def test_texts_that_look_like_something_else_stay_texts_in_every_version_of_yaml(text):
    assert YAML(typ="safe").load(to_yaml({"a": text}))["a"] == text
    older = YAML(typ="safe", pure=True)
    older.version = (1, 1)
    assert older.load(to_yaml({"a": text}))["a"] == text


class Leaf(RompyBaseModel):
    model_type: Literal["leaf", "LEAF"] = "leaf"
    size: int = 1
    names: list[str] = []
    secret: str = Field(default="x", exclude=True)
    kind: str | None = Field(default=None, alias="break")
    flag: bool = False

    @field_serializer("flag")
    def _as_number(self, value):
        return int(value)


class Tree(RompyBaseModel):
    leaf: Leaf = Leaf()
    leaves: list[Leaf] = []
    by_name: dict[str, Leaf] = {}


class Own(RompyBaseModel):
    leaf: Leaf = Leaf()
    other: int = 2

    @model_serializer
    def serialize_model(self, **kwargs):
        return {"leaf": self.leaf, "other": self.other}


class Wrong(RompyBaseModel):
    model_type: Literal["right"] = "wrong"


def test_a_description_holds_what_was_given_and_the_tags():
    tree = Tree(leaves=[{"size": 1}], by_name={"a": {"break": "b", "flag": True, "secret": "s"}})
    assert as_given(tree) == {
        "leaves": [{"model_type": "leaf", "size": 1}],
        "by_name": {"a": {"model_type": "leaf", "break": "b", "flag": 1}},
    }
    again = Tree(**as_given(tree))
    assert again.leaves[0].model_fields_set == {"model_type", "size"}


def test_what_was_changed_in_place_is_part_of_the_description():
    tree = Tree(leaves=[Leaf()])
    tree.leaves[0].names.append("u")
    tree.leaf = Leaf(size=3)
    assert as_given(tree) == {
        "leaf": {"model_type": "leaf", "size": 3},
        "leaves": [{"model_type": "leaf", "names": ["u"]}],
    }


def test_models_that_serialise_themselves_say_what_belongs_to_them():
    assert as_given(Own()) == {"leaf": {"model_type": "leaf"}, "other": 2}
    assert as_given(TimeRange(start="20230101", duration="1d")) == {
        "start": "2023-01-01T00:00:00",
        "duration": "P1D",
    }


def test_a_tag_is_written_so_that_it_can_be_read_again():
    assert as_given(Wrong()) == {"model_type": "right"}
    assert as_given(Leaf(model_type="LEAF")) == {"model_type": "LEAF"}
