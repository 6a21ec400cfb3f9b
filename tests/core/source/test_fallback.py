"""The first source that will do is taken, for reasons that can be read, and again the same at the same time."""

# ruff: noqa: F811 - fixtures bear the names of what is imported
import json
import os
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest
import xarray as xr

from rompy.core.data import DataGrid
from rompy.core.grid import RegularGrid
from rompy.core.source import opened_once
from rompy.core.source.choice import choices_recorded
from rompy.core.source.cycle import cycles, filled
from rompy.core.source.fallback import SourceFallback
from rompy.core.source.file import SourceFile
from rompy.core.source.files import SourceFiles
from rompy.core.time import TimeRange
from rompy.core.types import DatasetCoords
from rompy.errors import ConfigError, CoverageError, DataError, MissingFileError, PluginError
from rompy.testing import SourceSuite, faked_plugins
from rompy.testing.fixtures import tiny_dataset, tiny_netcdf  # noqa: F401 - fixtures

JANUARY = TimeRange(start="2023-01-01", end="2023-01-02")
AREA = RegularGrid(x0=2, y0=2, dx=1, dy=1, nx=4, ny=4)
COORDS = {"t": "time", "x": "lon", "y": "lat"}


class FlakySource(SourceFile):
    """Fails as often as it is told."""

    model_type: str = "flaky"

    def _open(self):
        opened.append(self.uri)
        if failures:
            raise failures.pop(0)
        return super()._open()


failures, opened = [], []


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.delenv("ROMPY_AS_OF", raising=False)
    failures.clear()
    opened.clear()
    with faked_plugins({"rompy.source": {"fallback": SourceFallback, "flaky": FlakySource}}):
        yield


@pytest.fixture
def field(tmp_path):
    """Writes hourly wind whose value tells which file it is, and gives back its path."""

    def write(
        name, value=1.0, start="2023-01-01", hours=49, lon=(0.0, 10.0), gap=None, modified="2023-01-01"
    ):
        times = np.datetime64(start, "ns") + np.arange(hours) * np.timedelta64(1, "h")
        times = times if gap is None else np.delete(times, gap)
        x, y = np.arange(lon[0], lon[1] + 1), np.arange(0.0, 11.0)
        ds = xr.Dataset(
            {"u10": (("time", "lat", "lon"), np.full((times.size, y.size, x.size), value))},
            coords={"time": times, "lat": y, "lon": x},
        )
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        ds.to_netcdf(path)
        moment = datetime.fromisoformat(modified).replace(tzinfo=timezone.utc).timestamp()
        os.utime(path, (moment, moment))
        return path

    return write


def _source(*alternatives, **kwargs):
    made = [
        alternative
        if "source" in alternative
        else {"source": {"model_type": "file", "uri": str(alternative["uri"])}}
        | {key: value for key, value in alternative.items() if key != "uri"}
        for alternative in alternatives
    ]
    return SourceFallback(alternatives=made, **kwargs)


def _data(source):
    return DataGrid(source=source, coords=COORDS, id="wind", variables=["u10"])


def _got(source, tmp_path, time=JANUARY, grid=AREA):
    with xr.open_dataset(_data(source).get(tmp_path, grid, time)) as ds:
        return ds.load()


def test_the_first_is_taken_when_it_will_do(field, tmp_path):
    source = _source({"uri": field("a.nc", 1), "name": "A"}, {"uri": field("b.nc", 2)})
    ds = _got(source, tmp_path)
    assert float(ds.u10.max()) == 1
    assert ds.attrs["rompy_source"] == "A"


@pytest.mark.parametrize(
    ("first", "conditions", "reason"),
    [
        (None, {}, "no file"),
        (
            {"hours": 12},
            {},
            "covers 2023-01-01 00:00 to 2023-01-01 11:00, not 2023-01-01 00:00 to 2023-01-02 00:00",
        ),
        ({"start": "2023-01-01T01"}, {}, "covers 2023-01-01 01:00"),
        ({"lon": (3.0, 10.0)}, {}, "its lon covers 3 to 10, not 2 to 5"),
        ({"gap": [5, 6]}, {"max_gap": "2h"}, "a gap of 3 hours after 2023-01-01 04:00"),
        ({"modified": "2022-12-01"}, {"max_age": "5 days"}, "more than 5 days"),
        ({"modified": "2023-03-01"}, {}, "later than 2023-01-02"),
    ],
)
def test_what_will_not_do_is_passed_over_with_its_reason(first, conditions, reason, field, tmp_path, caplog):
    path = tmp_path / "a.nc" if first is None else field("a.nc", 1, **first)
    source = _source(
        {"uri": path, "name": "A", **conditions}, {"uri": field("b.nc", 2), "name": "B"}, as_of="2023-01-02"
    )
    assert float(_got(source, tmp_path / ".").u10.max()) == 2
    assert reason in caplog.text
    assert "source B is used, 24.0 hours old" in caplog.text


def test_coverage_can_be_done_without(field, tmp_path):
    source = _source({"uri": field("a.nc", 1, hours=12), "covers": False}, {"uri": field("b.nc", 2)})
    assert float(_got(source, tmp_path).u10.max()) == 1


@pytest.mark.parametrize(
    ("lon", "does"), [((0.0, 359.0), True), ((350.0, 370.0), True), ((0.0, 180.0), False)]
)
def test_longitudes_of_another_convention_cover(lon, does, field):
    from rompy.core.source.coverage import shortfall
    from rompy.core.source.wanted import Wanted

    with xr.open_dataset(field("a.nc", 1, lon=lon, hours=1)) as ds:
        wanted = Wanted((), {"lon": (-5, 5)}, DatasetCoords(**COORDS))
        assert (shortfall(ds, wanted, None) is None) == does


def test_when_none_will_do_each_tells_why(field, tmp_path):
    source = _source({"uri": tmp_path / "a.nc", "name": "A"}, {"uri": field("b.nc", 2, hours=3), "name": "B"})
    with pytest.raises(DataError, match=r"none of 2 sources.*A: there is no file.*B: it covers"):
        _got(source, tmp_path)


@pytest.mark.parametrize(
    ("start", "end", "taken"),
    [("2023-01-01T00:30", "2023-01-01T22:30", 1), ("2023-01-01T00:30", "2023-01-03T00:30", 2)],
)
def test_a_period_between_the_steps_of_the_data_is_covered(start, end, taken, field, tmp_path):
    field("many/20230101.nc", 1, hours=24)
    field("many/20230102.nc", 1, start="2023-01-02", hours=24)
    files = {"model_type": "files", "uri": str(tmp_path / "many" / "{time:%Y%m%d}.nc")}
    other = {"uri": field("b.nc", 2, hours=60)}
    with faked_plugins({"rompy.source": {"fallback": SourceFallback, "files": SourceFiles}}):
        source = _source({"source": files}, other)
        box = RegularGrid(x0=2.4, y0=2.4, dx=1, dy=1, nx=4, ny=4)
        ds = _got(source, tmp_path, TimeRange(start=start, end=end), box)
    assert float(ds.u10.max()) == taken


def _flaky(path, **conditions):
    return {"source": {"model_type": "flaky", "uri": str(path)}, "pause": "0s", **conditions}


def test_what_fails_is_tried_again_as_often_as_allowed(field, tmp_path):
    for times, value in ((2, 1), (3, 2)):
        source = _source(_flaky(field("a.nc", 1), retries=2), {"uri": field("b.nc", 2)})
        failures[:] = [DataError("broken")] * times
        assert float(_got(source, tmp_path).u10.max()) == value


@pytest.mark.parametrize("error", [MissingFileError("gone"), CoverageError("empty")])
def test_what_is_not_there_is_not_tried_again(error, field, tmp_path):
    source = _source(_flaky(field("a.nc", 1), retries=5), {"uri": field("b.nc", 2)})
    failures[:] = [error]
    assert float(_got(source, tmp_path).u10.max()) == 2
    assert len(opened) == 1


@pytest.mark.parametrize("error", [PluginError("no cfgrib"), ConfigError("nonsense")])
def test_a_mistake_in_the_set_up_is_not_hidden_by_another_source(error, field, tmp_path):
    source = _source(_flaky(field("a.nc", 1)), {"uri": field("b.nc", 2)})
    failures[:] = [error]
    with pytest.raises(type(error), match=str(error)):
        _got(source, tmp_path)


def _forecast(tmp_path, **kwargs):
    uri = str(tmp_path / "{cycle:%Y%m%d}" / "gfs_{cycle:%H}.nc")
    return _source({"uri": uri, "name": "GFS", "every": "6h", "latency": "4h", "back": 2}, **kwargs)


@pytest.mark.parametrize(
    ("as_of", "cycle"), [("2023-01-01T10:00", 6), ("2023-01-01T09:59", 0), ("2023-01-01T15:00", 6)]
)
def test_as_of_replays_the_cycle_that_was_there(as_of, cycle, field, tmp_path, monkeypatch):
    for hour in (0, 6):
        field(f"20230101/gfs_{hour:02}.nc", hour, start="2022-12-31", hours=100)
    ds = _got(_forecast(tmp_path, as_of=as_of), tmp_path)
    assert float(ds.u10.max()) == cycle
    assert ds.attrs["rompy_source"] == f"GFS of 2023-01-01 {cycle:02}:00"
    assert ds.attrs["rompy_source_reference_time"] == f"2023-01-01T{cycle:02}:00:00Z"
    monkeypatch.setenv("ROMPY_AS_OF", as_of)
    assert float(_got(_forecast(tmp_path), tmp_path).u10.max()) == cycle


def test_a_cycle_that_is_too_old_is_not_even_opened(field, tmp_path):
    source = _forecast(tmp_path, as_of="2023-01-03")
    source.alternatives[0].max_age = timedelta(hours=3)
    with pytest.raises(DataError, match=r"GFS of 2023-01-02 18:00: it is 6:00:00 old"):
        _got(source, tmp_path)


def test_the_reference_time_in_the_data_tells_their_age(field, tmp_path):
    path = field("a.nc", 1)
    with xr.open_dataset(path) as ds:
        ds = ds.load().assign_coords(forecast_reference_time=np.datetime64("2022-12-31T18", "ns"))
    ds.to_netcdf(path)
    got = _got(_source({"uri": path, "max_age": "1 day"}, as_of="2023-01-01"), tmp_path)
    assert got.attrs["rompy_source_reference_time"] == "2022-12-31T18:00:00Z"
    assert got.attrs["rompy_source_age"] == "6:00:00"


def test_an_unknown_age_will_not_do_where_one_is_asked_for(web, tmp_path, monkeypatch):
    ds = xr.Dataset({"u10": ("time", [1.0])}, coords={"time": [np.datetime64("2023-01-01", "ns")]})
    monkeypatch.setattr(SourceFile, "_open", lambda self: ds)
    with pytest.raises(DataError, match="its age is not known"):
        _source({"uri": f"{web.url}/a.nc", "max_age": "1 day"}).open()


def test_the_choice_is_recorded_once(field, tmp_path):
    source = _source(
        {"uri": tmp_path / "a.nc", "name": "A"}, {"uri": field("b.nc", 2), "name": "B"}, as_of="2023-01-02"
    )
    with choices_recorded(tmp_path), opened_once():
        data = _data(source)
        data.get(tmp_path, AREA, JANUARY)
        data.get(tmp_path, AREA, JANUARY)
    (told,) = json.loads((tmp_path / "sources.json").read_text())["choices"]
    assert (told["source"], told["position"], told["age_s"]) == ("B", 1, 86400)
    assert told["refused"][0]["source"] == "A"


def test_nothing_is_recorded_without_a_choice(tmp_path):
    with choices_recorded(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_files_do_not_depend_on_the_clock(field, tmp_path):
    source = _source({"uri": field("a.nc", 1)})
    first = _data(source).get(tmp_path / ".", AREA, JANUARY).read_bytes()
    assert _data(source).get(tmp_path / ".", AREA, JANUARY).read_bytes() == first


def test_a_source_is_opened_once_in_a_run(field, tmp_path):
    source = _source(_flaky(field("a.nc", 1)))
    with opened_once():
        _got(source, tmp_path)
    assert len(opened) == 1


def test_descriptions_survive_a_round_trip(field, tmp_path):
    source = _forecast(tmp_path, as_of="2023-01-01")
    again = SourceFallback(**source.model_dump())
    assert again == source
    assert "{cycle:%Y%m%d}" in str(again.alternatives[0].source)


@pytest.mark.parametrize(
    ("alternative", "reason"),
    [
        ({"uri": "gfs_{cycle}.nc"}, "`every` is not given"),
        ({"uri": "gfs.nc", "every": "6h"}, "for sources with {cycle"),
        ({"uri": "gfs_{cycle}.nc", "every": "0h"}, "longer than zero"),
        ({"uri": "gfs.nc", "retries": -1}, "greater than or equal to 0"),
        ({"source": {"model_type": "no such", "uri": "{cycle}"}}, "no such"),
    ],
)
def test_mistakes_are_told_when_it_is_described(alternative, reason):
    with pytest.raises(ValueError, match=reason):
        _source(alternative)


def test_at_least_one_alternative_is_needed():
    with pytest.raises(ValueError, match="at least 1"):
        SourceFallback(alternatives=[])


def test_cycles_and_their_texts():
    found = cycles(datetime(2023, 1, 1, 3), timedelta(hours=6), timedelta(hours=4), 1)
    assert found == [datetime(2022, 12, 31, 18), datetime(2022, 12, 31, 12)]
    assert filled({"a": ["x_{cycle:%H}", 1], "b": "{time:%Y}"}, found[0]) == {
        "a": ["x_18", 1],
        "b": "{time:%Y}",
    }
    assert filled("{cycle}", found[0]) == "2022123118"


class TestSourceFallback(SourceSuite):
    @pytest.fixture
    def source_class(self):
        return SourceFallback

    @pytest.fixture
    def description(self, tiny_netcdf, tmp_path):
        uris = [str(tmp_path / "nothing here.nc"), str(tiny_netcdf)]
        return {
            "model_type": "fallback",
            "alternatives": [
                {"source": {"model_type": "file", "uri": uri}, "max_gap": "1 day"} for uri in uris
            ],
            "as_of": "2100-01-01",
        }
