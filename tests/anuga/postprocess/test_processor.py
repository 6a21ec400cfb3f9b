import json
from types import SimpleNamespace

import pytest
import xarray as xr

from rompy.errors import PostprocessError
from rompy_anuga.postprocess import AnugaPostprocessorConfig

STATIONS = {"mouth": {"x": 759_010.0, "y": 5_912_200.0}, "middle": {"x": 759_990.0, "y": 5_912_150.0}}

EVERYTHING = {
    "maxima.png",
    "mesh.png",
    "stations.csv",
    "stations.nc",
    "stations.png",
    "summary.json",
    "tidal_channel_ugrid.nc",
}


def process(model_run, **settings):
    """As ModelRun.postprocess does it."""
    config = AnugaPostprocessorConfig(**settings)
    own = ("type", "timeout", "env_vars", "working_dir")
    fields = {name: value for name, value in config.model_dump().items() if name not in own}
    return config.get_postprocessor_class()().process(model_run, **fields)


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_finished_run_becomes_files_and_a_summary(model_run):
    before = contents(model_run.staging_dir)
    results = process(model_run, stations=STATIONS)
    assert results
    assert {path.name for path in results.files} == EVERYTHING
    assert all(
        path.parent == model_run.staging_dir / "results" and path.stat().st_size for path in results.files
    )
    assert len(results.summary.lines) == 5
    assert results.summary.inside.place == "station middle"
    assert results.summary.outside.level_m == pytest.approx(0.6, abs=1e-3)
    assert 0 <= results.summary.lag_s < 300
    assert json.loads((results.output_dir / "summary.json").read_text())["lines"] == results.summary.lines
    with xr.open_dataset(results.output_dir / "tidal_channel_ugrid.nc") as dataset:
        assert dataset.attrs["id"] == "channel-1"
    after = contents(model_run.staging_dir)
    assert {name: after[name] for name in before} == before, "the workspace is only read"
    assert {name.split("/")[0] for name in after if name not in before} == {"results"}


def test_two_times_give_the_same_bytes(model_run, tmp_path):
    first = process(model_run, stations=STATIONS, output_dir=tmp_path / "one")
    second = process(model_run, stations=STATIONS, output_dir=tmp_path / "two")
    assert contents(first.output_dir) == contents(second.output_dir)


def test_less_can_be_asked_for_and_older_results_do_not_stay_behind(model_run):
    process(model_run, stations=STATIONS)
    results = process(model_run, pictures=False)
    assert {path.name for path in results.files} == {"summary.json", "tidal_channel_ugrid.nc"}
    assert {path.name for path in results.output_dir.iterdir()} == {"summary.json", "tidal_channel_ugrid.nc"}


def test_a_mesh_file_run_without_stations_is_processed(finished_mesh_file_run, tmp_path):
    run = SimpleNamespace(run_id="m", staging_dir=finished_mesh_file_run)
    results = process(run, output_dir=tmp_path / "results")
    assert {path.name for path in results.files} == {
        "maxima.png",
        "mesh.png",
        "mesh_file_channel_ugrid.nc",
        "summary.json",
    }


def test_attributes_reach_the_files(model_run):
    results = process(
        model_run, stations=STATIONS, pictures=False, attributes={"institution": "Harbour office"}
    )
    for name in ("tidal_channel_ugrid.nc", "stations.nc"):
        with xr.open_dataset(results.output_dir / name) as dataset:
            assert dataset.attrs["institution"] == "Harbour office"


@pytest.mark.parametrize("missing", ["case.json", "run.json", "tidal_channel.sww"])
def test_an_unfinished_run_is_an_error_and_leaves_nothing(model_run, missing):
    (model_run.staging_dir / missing).unlink()
    with pytest.raises(PostprocessError, match=missing) as caught:
        process(model_run)
    assert caught.value.hint
    assert not [path for path in model_run.staging_dir.iterdir() if "results" in path.name]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stations": {"far": {"x": 0, "y": 0}}}, "station 'far'"),
        ({"stations": STATIONS, "inside": "lake"}, "no station 'lake'"),
    ],
)
def test_wrong_stations_are_found_before_anything_is_written(model_run, settings, message):
    with pytest.raises(PostprocessError, match=message):
        process(model_run, **settings)
    assert not [path for path in model_run.staging_dir.iterdir() if "results" in path.name]
