from datetime import timedelta
from typing import Annotated, Literal, Union

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel, Field

from rompy import plugins
from rompy.core.types import DatasetCoords
from rompy.errors import PluginError
from rompy.utils import (
    create_import_error_class,
    dict_product,
    get_class_from_module,
    load_entry_points,
    total_seconds,
)


def test_entry_points_of_a_group_and_of_a_kind():
    with (
        plugins.registered("xbeach.data", "kind:wind", int),
        plugins.registered("xbeach.data", "kind:wave", float),
    ):
        assert load_entry_points("xbeach.data") == (int, float)
        assert load_entry_points("xbeach.data", etype="wind") == (int,)
        assert load_entry_points("xbeach.data", "wave") == (float,)


def test_a_broken_plugin_takes_nothing_else_down(caplog):
    with (
        plugins.registered("xbeach.data", "good", int),
        plugins.registered("xbeach.data", "bad", ImportError("no wind")),
    ):
        assert load_entry_points("xbeach.data") == (int,)
    assert "no wind" in caplog.text


def test_the_stand_in_for_a_moved_class():
    moved = create_import_error_class("SourceDataset")

    class Mixin:
        crs: str = "EPSG:4326"

    class Source(Mixin, moved):
        model_type: Literal["crs_dataset"] = "crs_dataset"

    class Known(BaseModel):
        model_type: Literal["known"] = "known"

    class Holder(BaseModel):
        source: Annotated[Union[Source, Known], Field(discriminator="model_type")]  # noqa: UP007

    assert moved.__name__ == "SourceDataset"
    assert Holder(source={"model_type": "known"}).source == Known()
    for attempt in (moved, lambda: Source(obj=1), lambda: Holder(source={"model_type": "crs_dataset"})):
        with pytest.raises(
            ImportError, match="SourceDataset has been moved to the rompy_binary_datasources package"
        ):
            attempt()


@pytest.mark.parametrize(
    "value",
    [
        timedelta(hours=1),
        pd.Timedelta(hours=1),
        np.timedelta64(1, "h"),
        np.array(np.timedelta64(3600, "s")),
    ],
)
def test_seconds_of_one_duration(value):
    seconds = total_seconds(value)
    assert seconds == 3600.0
    assert isinstance(seconds, float)


def test_seconds_of_many_durations():
    hours = np.array([1, 2], dtype="timedelta64[h]")
    assert list(total_seconds(hours)) == [3600.0, 7200.0]
    assert list(total_seconds(pd.Series(hours.astype("timedelta64[s]")))) == [3600.0, 7200.0]


@pytest.mark.parametrize("dotted", ["rompy.core.types.DatasetCoords", "rompy.core.types:DatasetCoords"])
def test_a_class_by_its_path(dotted):
    assert get_class_from_module(dotted) is DatasetCoords


@pytest.mark.parametrize("dotted", ["rompy.nope.X", "rompy.core.types.Nope", "x", ""])
def test_no_class_there(dotted):
    with pytest.raises(PluginError, match="there is no"):
        get_class_from_module(dotted)


def test_combinations():
    assert list(dict_product({"a": [1, 2], "b": [3]})) == [{"a": 1, "b": 3}, {"a": 2, "b": 3}]
