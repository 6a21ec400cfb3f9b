import json
from types import SimpleNamespace

import netCDF4
import numpy as np
import pytest
import xarray as xr

from rompy.errors import PostprocessError, WorkspaceError
from rompy.postprocess import Coverage, Origin, write_result
from rompy.postprocess.moments import iso

TOLD = {"title": "Highest waves", "summary": "The highest waves of each hour.", "step": "maxima"}


@pytest.fixture
def run(tmp_path):
    return SimpleNamespace(
        run_id="storm", staging_dir=tmp_path, config=SimpleNamespace(model_type="no_such_model")
    )


@pytest.fixture
def waves():
    """Output as it is read from a model: it says of itself what is wrong of what is made from it."""
    times = np.array(["2024-02-01T00", "2024-02-01T01", "2024-02-01T02"], "datetime64[ns]")
    lon, lat = np.array([10.0, 10.5, 11.0]), np.array([-40.0, -39.5])
    return xr.Dataset(
        {"hs": (("time", "lat", "lon"), np.arange(18.0).reshape(3, 2, 3), {"units": "m"})},
        {
            "time": times,
            "lon": ("lon", lon, {"standard_name": "longitude", "units": "degrees_east"}),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "depth": ((), 5.0, {"positive": "down", "units": "m"}),
        },
        {
            "institution": "Port of X",
            "id": "input-7",
            "title": "Forcing",
            "geospatial_lat_min": -90.0,
            "date_created": "2001-01-01",
            "history": "2024-01-01 made by the model",
            "Conventions": "CF-1.8",
        },
    )


def attributes(path):
    with netCDF4.Dataset(path) as file:
        return {name: file.getncattr(name) for name in file.ncattrs()}


def test_a_result_tells_the_run_and_where_and_when_its_values_lie(run, waves, tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    told = attributes(write_result(waves, tmp_path / "max.nc", run, by="rompy-waves 1.2", **TOLD))
    assert (told["id"], told["title"], told["source"]) == ("storm", "Highest waves", "no_such_model")
    assert told["Conventions"] == "CF-1.8, ACDD-1.3"
    assert told["institution"] == "Port of X"
    assert (told["geospatial_lon_min"], told["geospatial_lat_max"]) == (10.0, -39.5)
    assert (told["geospatial_vertical_max"], told["geospatial_vertical_positive"]) == (5.0, "down")
    assert (told["time_coverage_end"], told["time_coverage_duration"]) == ("2024-02-01T02:00:00Z", "PT7200S")
    assert told["time_coverage_resolution"] == "PT3600S"
    assert told["history"] == "2024-01-01 made by the model\nrompy-waves 1.2: maxima"
    assert "date_created" not in told  # that was the input's


def test_the_dataset_stays_as_it_is_and_the_same_content_gives_the_same_bytes(run, waves, tmp_path):
    before = waves.copy(deep=True)
    first = write_result(waves, tmp_path / "a.nc", run, **TOLD)
    assert waves.identical(before)
    assert first.read_bytes() == write_result(waves, tmp_path / "b.nc", run, **TOLD).read_bytes()


def test_histories_of_what_it_was_made_from_come_first_and_once(run, waves, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first = write_result(waves, tmp_path / "a.nc", run, by="x 1", **TOLD)
    ds = xr.open_dataset(first)
    second = write_result(
        ds, tmp_path / "b.nc", run, by="x 1", made_from=[first], **{**TOLD, "step": "means"}
    )
    ds.close()
    assert attributes(second)["history"].split("\n") == [
        "2024-01-01 made by the model",
        "2023-11-14T22:13:20Z x 1: maxima",
        "2023-11-14T22:13:20Z x 1: means",
    ]
    assert attributes(second)["date_created"] == "2023-11-14T22:13:20Z"


def test_the_users_attributes_win(run, waves, tmp_path):
    mine = {"title": "Mine", "naming_authority": "org.example", "license": "CC-BY-4.0"}
    told = attributes(write_result(waves, tmp_path / "a.nc", run, attributes=mine, **TOLD))
    assert mine.items() <= told.items()


def test_a_run_is_known_by_what_was_generated_for_it(run, waves, tmp_path):
    hidden = tmp_path / ".rompy"
    hidden.mkdir()
    (hidden / "manifest.json").write_text(json.dumps({"schema": 1, "files": {"a": {"sha256": "1" * 64}}}))
    assert len(attributes(write_result(waves, tmp_path / "a.nc", run, **TOLD))["rompy_input_sha256"]) == 64


def test_what_is_not_known_is_not_told(run, tmp_path):
    told = attributes(write_result(xr.Dataset({"x": ("i", [1.0])}), tmp_path / "a.nc", run, **TOLD))
    assert not [
        name for name in told if name.startswith(("geospatial", "time_coverage", "creator", "naming"))
    ]
    assert told["Conventions"] == "CF-1.11, ACDD-1.3"
    assert Coverage.of(xr.Dataset({"x": ("i", [np.nan], {"units": "degrees_east"})})).lon is None


def test_mistakes_are_explained(run, waves, tmp_path, monkeypatch):
    with pytest.raises(WorkspaceError, match="no folder"):
        write_result(waves, tmp_path / "gone" / "a.nc", run, **TOLD)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(PostprocessError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        write_result(waves, tmp_path / "a.nc", run, **TOLD)
    assert not list(tmp_path.glob("*.nc"))


def test_the_version_of_the_model_is_that_of_its_output(tmp_path):
    config = SimpleNamespace(model_type="anuga")
    run = SimpleNamespace(run_id="tide", staging_dir=tmp_path, config=config)
    assert Origin.of(run).model_version == ""
    (tmp_path / "run.json").write_text('{"anuga": "4.1.0"}')
    assert Origin.of(run).described(title="t", summary="s", step="x")["source"] == "anuga 4.1.0"


def test_moments_are_iso_8601_in_utc():
    assert iso(np.datetime64("2023-02-01T01:02:03.4", "ns")) == "2023-02-01T01:02:03Z"
