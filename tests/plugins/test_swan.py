"""rompy-swan as it is published runs on this core: from a YAML file to everything that SWAN reads."""

import copy
import re

import numpy as np
import pytest
import yaml

HOURS = ["20230101.000000", "20230101.060000", "20230101.120000"]
"""Times of the six-hourly real data within the run."""


@pytest.fixture(scope="module", autouse=True)
def _swan(published):
    published("rompy_swan")


@pytest.fixture(scope="module")
def workspace(generate):
    return generate("swan")


@pytest.fixture(scope="module")
def commands(workspace):
    """Lines of the command file without comments and blanks."""
    lines = (workspace / "INPUT").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("!")]


def _run(data):
    from rompy.model import ModelRun

    return ModelRun(**copy.deepcopy(data))


def test_the_workspace_holds_what_swan_reads_and_nothing_else(files_of, workspace):
    assert sorted(files_of(workspace)) == ["INPUT", "bottom.grd", "waves.bnd", "wind.grd"]


def test_the_command_file_has_every_command_in_the_order_swan_wants(commands):
    words = [line.split()[0] for line in commands if re.match(r"[A-Z]{3,}", line)]
    order = ["PROJECT", "SET", "MODE", "COORDINATES", "CGRID", "INPGRID", "READINP", "INPGRID", "READINP"]
    order += ["BOUNDNEST1", "INITIAL", "GEN3", "BREAKING", "FRICTION", "TRIAD", "PROP", "NUMERIC"]
    order += ["POINTS", "BLOCK", "TABLE", "SPECOUT", "COMPUTE", "STOP"]
    assert [word for word in words if word in order] == order


def test_grids_are_declared_as_the_real_data_lie_around_the_model(commands):
    assert (
        "CGRID REGULAR xpc=110.0 ypc=-36.0 alpc=0.0 xlenc=6.0 ylenc=4.0 mxc=12 myc=8 CIRCLE mdc=36 flow=0.04 fhigh=1.0"
        in commands
    )
    assert "INPGRID BOTTOM REG 108.0 -38.0 0.0 10 8 1.0 1.0 EXC -99.0" in commands
    assert "READINP BOTTOM -1.0 'bottom.grd' 3 FREE" in commands
    assert (
        "INPGRID WIND REG 105.0 -40.0 0.0 3 2 5.0 5.0 EXC -99.0 NONSTATION 20230101.000000 6.00 HR"
        in commands
    )
    assert "BOUNDNEST1 NEST 'waves.bnd' CLOSED" in commands


def test_times_of_computation_and_output_are_those_of_the_run(commands):
    assert "COMPUTE NONSTATIONARY tbegc=20230101.000000 deltc=1.0 HR tendc=20230101.120000" in commands
    outputs = [line for line in commands if line.startswith(("OUTPUT", "SPECOUT"))]
    assert len(outputs) == 3
    assert all("20230101.000000" in line and "60.0 MIN" in line for line in outputs)


def test_bottom_is_the_real_bathymetry_from_south_to_north(real, workspace):
    import xarray as xr

    with xr.open_dataset(real / "gebco-1deg.nc") as gebco:
        expected = gebco.elevation.sel(lon=slice(108, 118), lat=slice(-38, -30)).values
    np.testing.assert_allclose(np.loadtxt(workspace / "bottom.grd"), expected, atol=0.0051)


def test_wind_is_the_real_wind_at_each_time_from_south_to_north(real, workspace):
    import xarray as xr

    with xr.open_dataset(real / "era5-20230101.nc") as era5:
        wind = era5.sel(
            longitude=slice(105, 120), latitude=[-40, -35, -30], time=slice(None, "2023-01-01T12")
        )
        expected = np.stack([wind.u10.values, wind.v10.values], axis=1)
    lines = (workspace / "wind.grd").read_text().splitlines()
    assert lines[::7] == HOURS
    written = np.array([line.split() for i, line in enumerate(lines) if i % 7], float).reshape(3, 2, 3, 4)
    np.testing.assert_allclose(written, expected, atol=0.0051)


def test_boundary_spectra_are_those_selected_from_the_full_dataset(real, workspace, stable_wavespectra):
    import wavespectra
    import xarray as xr
    from rompy_swan.grid import SwanGrid

    written = wavespectra.read_swan(workspace / "waves.bnd", as_site=True)
    grid = SwanGrid(x0=110, y0=-36, dx=0.5, dy=0.5, nx=13, ny=9)
    lon, lat = grid.boundary_points(spacing=1.0)
    np.testing.assert_allclose(written.lon, lon, atol=1e-6)
    np.testing.assert_allclose(written.lat, lat, atol=1e-6)
    with xr.open_dataset(real / "aus-20230101.nc") as spectra:
        full = spectra[["efth", "lon", "lat"]].sel(time=slice(None, "2023-01-01T12")).load()
    expected = full.spec.sel(lons=lon, lats=lat, method="idw", tolerance=5.0)
    assert list(written.time.values) == list(expected.time.values)
    np.testing.assert_allclose(
        written.spec.hs().values, expected.spec.hs().transpose(*written.spec.hs().dims), rtol=1e-3
    )
    np.testing.assert_allclose(
        written.efth.sortby("dir").transpose("time", "site", "freq", "dir").values,
        expected.efth.sortby("dir").transpose("time", "site", "freq", "dir").values,
        rtol=2e-3,
        atol=2e-4 * float(expected.efth.max()),
    )


def test_generating_again_gives_the_same_bytes_whatever_the_folder_and_hash_seed(
    files_of, generate, workspace
):
    assert files_of(generate("swan", PYTHONHASHSEED="1234")) == files_of(workspace)


def test_the_recorded_description_makes_the_same_workspace_again(files_of, rompy, tmp_path, workspace):
    recorded = yaml.safe_load((workspace / ".rompy" / "run.yml").read_text())
    recorded["output_dir"] = str(tmp_path)
    (tmp_path / "again.yml").write_text(yaml.safe_dump(recorded))
    rompy("generate", tmp_path / "again.yml", cwd=tmp_path)
    assert files_of(tmp_path / "swan") == files_of(workspace)


def test_the_recorded_description_names_no_folder_of_the_python_that_made_it(workspace):
    recorded = yaml.safe_load((workspace / ".rompy" / "run.yml").read_text())
    assert recorded["config"]["model_type"] == "swan"
    assert "site-packages" not in str(recorded)
    assert "rompy_swan/templates/swan" in (workspace / "INPUT").read_text()


def test_python_makes_the_same_workspace_as_the_command_line(described, files_of, workspace):
    assert files_of(_run(described("swan")).generate()) == files_of(workspace)


def test_a_run_can_be_generated_twice_and_stays_as_it_was_described(described, files_of):
    run = _run(described("swan"))
    before = run.to_yaml()
    first = files_of(run.generate())
    assert run.to_yaml() == before
    assert files_of(run.generate()) == first


def test_a_changed_period_moves_every_time_of_a_run_that_was_generated_before(described):
    from rompy.core.time import TimeRange

    run = _run(described("swan"))
    run.generate()
    run.period = TimeRange(start="20230101T06", end="20230101T18", interval="1h")
    text = (run.generate() / "INPUT").read_text()
    assert "tbegc=20230101.060000" in text
    assert "000000" not in re.sub(r".*NONSTATION .*", "", text)


def test_each_kind_of_boundary_writes_its_files(described):
    data = described("swan")
    kind = data["config"]["boundary"]["kind"]
    common = {"id": "west", "source": kind["source"], "sel_method": "idw"}
    common |= {"sel_method_kwargs": kind["sel_method_kwargs"], "model_type": "boundspecside"}
    for file_type in ("tpar", "spec2d"):
        data["config"]["boundary"]["kind"] = {
            **common,
            "file_type": file_type,
            "location": {"model_type": "side", "side": "west"},
        }
        folder = _run(data).generate()
        name = f"west_{file_type}_west_000.bnd"
        assert f"CONSTANT FILE fname='{name}' seq=1" in (folder / "INPUT").read_text()
        lines = (folder / name).read_text().splitlines()
        assert lines[0].startswith("TPAR" if file_type == "tpar" else "SWAN")
        if file_type == "tpar":
            assert [line.split()[0] for line in lines[1:]] == HOURS
            heights = [float(line.split()[1]) for line in lines[1:]]
            assert all(0.5 < height < 8 for height in heights)


def test_segments_take_the_nearest_stations(described):
    data = described("swan")
    data["config"]["boundary"]["kind"] |= {
        "model_type": "boundspecside",
        "id": "south",
        "sel_method": "nearest",
        "location": {"model_type": "xy", "x": [110.0, 113.0, 116.0], "y": [-36.0, -36.0, -36.0]},
    }
    del data["config"]["boundary"]["kind"]["rectangle"]
    folder = _run(data).generate()
    assert [p.name for p in sorted(folder.glob("south*"))] == ["south_tpar_000.bnd", "south_tpar_001.bnd"]
    assert (folder / "INPUT").read_text().count("BOUNDSPEC SEGMENT XY") == 2


def test_a_descending_latitude_needs_no_sorting_by_the_user(described, files_of, workspace):
    data = described("swan")
    del data["config"]["inpgrid"]["input"][0]["filter"]
    assert files_of(_run(data).generate()) == files_of(workspace)


def test_data_outside_the_grid_are_refused_and_leave_nothing_behind(described):
    from rompy.errors import CoverageError

    data = described("swan")
    data["config"]["cgrid"]["grid"] |= {"xp": 10.0, "yp": 10.0}
    run = _run(data)
    with pytest.raises(CoverageError, match=r"lon|lat"):
        run.generate()
    assert not run.staging_dir.exists()


def test_a_wrong_coordinate_name_is_explained(described):
    from rompy.errors import DataError

    data = described("swan")
    data["config"]["inpgrid"]["bottom"]["coords"] = {"x": "longitude", "y": "latitude"}
    with pytest.raises(DataError, match=r"longitude|latitude") as caught:
        _run(data).generate()
    assert "lon" in str(caught.value).replace("longitude", "")


def test_a_template_of_the_user_sees_the_same_commands(described, tmp_path):
    project = tmp_path / "template" / "{{runtime.staging_dir}}"
    project.mkdir(parents=True)
    (project / "{{runtime.run_id}}.swn").write_text(
        "{{ config.cgrid }}\n{% if config.get('physics') %}{{ config.physics }}{% endif %}\n"
        "{{ runtime.period.start.strftime('%d/%m/%Y') }}\n"
    )
    data = described("swan")
    data["config"]["template"] = str(tmp_path / "template")
    folder = _run(data).generate()
    assert not (folder / "INPUT").exists()
    text = (folder / "swan.swn").read_text()
    assert text.startswith("CGRID REGULAR xpc=110.0")
    assert "GEN3 WESTHUYSEN" in text
    assert text.endswith("\n01/01/2023\n")


@pytest.mark.parametrize("tag", ["swan", "SWAN", "swanconfig", "SWANCONFIG"])
def test_every_tag_of_the_plugin_is_known(described, tag):
    data = described("swan")
    data["config"]["model_type"] = tag
    assert _run(data).config.model_type == tag


def test_type_is_accepted_for_model_type(described):
    data = described("swan")
    data["config"]["type"] = data["config"].pop("model_type")
    source = data["config"]["inpgrid"]["bottom"]["source"]
    source["type"] = source.pop("model_type")
    assert type(_run(data).config).__name__ == "SwanConfig"


def test_a_misspelt_key_deep_in_the_configuration_is_explained(described):
    data = described("swan")
    data["config"]["physics"]["friction"]["knn"] = 0.02
    with pytest.raises(ValueError, match=r"Unknown field 'knn'. Did you mean 'kn'"):
        _run(data)


def test_the_schema_is_built_with_the_plugin_in_it():
    from rompy.model import ModelRun

    assert "SwanConfig" in ModelRun.model_json_schema()["$defs"]


def test_parts_of_a_former_run_are_used_again_byte_for_byte(rompy, case_environment, files_of, tmp_path):
    from pathlib import Path

    from rompy.manifest import read_manifest

    case = Path(__file__).parent / "cases" / "swan.yml"
    cache = {"ROMPY_CACHE_DIR": str(tmp_path / "cache")}
    made, again, fresh = (tmp_path / name / "swan" for name in ("made", "again", "fresh"))
    rompy("generate", case, env={**case_environment(made.parent), **cache})
    rompy("generate", case, "--reuse", env={**case_environment(again.parent), **cache})
    rompy("generate", case, env={**case_environment(fresh.parent), **cache})
    taken = {one.field for one in read_manifest(again).artefacts if one.origin}
    assert {"config.inpgrid.bottom", "config.boundary.kind"} <= taken
    ours, theirs = files_of(again), files_of(fresh)
    assert ours.pop("INPUT").count(b"\n") == theirs.pop("INPUT").count(b"\n")
    assert ours == theirs
