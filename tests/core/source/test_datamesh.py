"""Datamesh is asked for what the filter leaves. A stand-in answers, as the service itself needs an account."""

import sys
from datetime import datetime
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from rompy.core.filters import Filter
from rompy.core.source import SourceDatamesh, opened_once
from rompy.core.source.wanted import Wanted
from rompy.core.types import DatasetCoords, Slice
from rompy.errors import CoverageError, DataError, PluginError

COORDS = DatasetCoords(x="x", y="y", t="time")


@pytest.fixture
def service(monkeypatch):
    axis = np.arange(5.0)
    state = SimpleNamespace(made=[], asked=[])
    state.answer = xr.Dataset({"hs": (("y", "x"), np.ones((5, 5)))}, coords={"x": axis, "y": axis})

    class Connector:
        def __init__(self, token=None, **kwargs):
            state.made.append({"token": token, **kwargs})

        def query(self, **query):
            state.asked.append(query)
            if isinstance(state.answer, Exception):
                raise state.answer
            return state.answer

    module = ModuleType("oceanum.datamesh")
    module.Connector = Connector
    monkeypatch.setitem(sys.modules, "oceanum", ModuleType("oceanum"))
    monkeypatch.setitem(sys.modules, "oceanum.datamesh", module)
    return state


def test_ranges_become_the_query_and_are_applied_to_the_answer(service):
    filters = Filter(crop={"x": slice(1, 2), "y": slice(0, 3)}).within(
        {"time": Slice(start=datetime(2023, 1, 1), stop=datetime(2023, 1, 2))}
    )
    source = SourceDatamesh(datasource="waves", kwargs={"user": "me"})
    ds = source.open(variables=["hs"], filters=filters.without_ranges(), coords=COORDS)
    assert ds.hs.shape == (4, 2)
    assert service.made == [{"token": None, "user": "me"}]
    assert service.asked == [
        {"datasource": "waves", "variables": ["hs"], "geofilter": {"type": "bbox", "geom": [1, 0, 2, 3]}}
    ]
    assert source._request(Wanted.of([], filters, COORDS))["timefilter"] == {
        "type": "range",
        "times": [datetime(2023, 1, 1), datetime(2023, 1, 2)],
    }


def test_without_ranges_everything_is_asked_for(service):
    SourceDatamesh(datasource="waves").open()
    SourceDatamesh(datasource="waves").open(filters=Filter(crop={"x": {"start": 1}}), coords=COORDS)
    assert service.asked == [{"datasource": "waves"}] * 2


def test_one_query_is_sent_once_within_a_block(service):
    with opened_once():
        for _ in range(3):
            SourceDatamesh(datasource="waves").open(coords=COORDS)
        SourceDatamesh(datasource="waves").open(
            filters=Filter(crop={"x": slice(1, 2), "y": slice(1, 2)}), coords=COORDS
        )
    assert len(service.asked) == 2


def test_the_token_is_used_but_never_shown(service):
    source = SourceDatamesh(datasource="waves", token="secret-42")
    source.open()
    assert service.made[0]["token"] == "secret-42"
    shown = [str(source), repr(source), str(source.model_dump()), source.model_dump_json()]
    assert not any("secret-42" in text for text in shown)


def test_what_the_service_says_becomes_a_data_error(service):
    service.answer = RuntimeError("no such datasource")
    with pytest.raises(DataError, match="did not give 'waves': RuntimeError: no such datasource"):
        SourceDatamesh(datasource="waves").open()
    service.answer = None
    with pytest.raises(CoverageError, match="has nothing of 'waves'"):
        SourceDatamesh(datasource="waves").open()
    service.answer = [1, 2]
    with pytest.raises(DataError, match="is a list, not a dataset"):
        SourceDatamesh(datasource="waves").open()


def test_a_missing_client_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "oceanum.datamesh", None)
    with pytest.raises(PluginError, match="pip install oceanum"):
        SourceDatamesh(datasource="waves").open()
