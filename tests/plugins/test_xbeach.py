"""rompy-xbeach as it is published runs on this core: from a YAML file to everything that XBeach reads."""

import copy

import numpy as np
import pytest
import yaml

STAMP = "20230101T000000-20230101T120000"


@pytest.fixture(scope="module", autouse=True)
def _xbeach(published):
    published("rompy_xbeach", "oceantide", "rioxarray", "pydantic_numpy")


@pytest.fixture(scope="module")
def workspace(generate):
    return generate("xbeach")


@pytest.fixture(scope="module")
def params(workspace):
    lines = (workspace / "params.txt").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def _run(data):
    from rompy.model import ModelRun

    return ModelRun(**copy.deepcopy(data))


def test_the_workspace_holds_what_xbeach_reads_and_nothing_else(files_of, workspace):
    series = {f"{kind}-{STAMP}.txt" for kind in ("jonstable", "tide", "wind")}
    assert set(files_of(workspace)) == {"params.txt", "bathy.txt", "xdata.txt", "ydata.txt", *series}


def test_nothing_is_written_outside_the_workspace(workspace):
    """The published wheel names its template's folder after the run, relative to nothing."""
    assert [path.name for path in workspace.parent.iterdir()] == ["xbeach"]


def test_params_hold_what_was_asked_for_by_the_names_of_xbeach(params):
    expected = {"front": "abs_2d", "break": "roelvink_daly", "random": "1", "morphology": "0", "order": "1"}
    expected |= {"thetamin": "-80.0", "dtheta": "10.0", "tintm": "3600.0", "outputformat": "netcdf"}
    assert {name: params[name] for name in expected} == expected
    assert "breaktype" not in params
    assert "left" not in params  # not given, so left to XBeach


def test_params_hold_time_grid_and_files(params):
    assert (params["tstop"], params["tunits"]) == ("43200.0", "seconds since 2023-01-01 00:00:00")
    assert (params["nx"], params["ny"], params["dx"], params["dy"]) == ("39", "35", "1000.0", "1500.0")
    assert (params["posdwn"], params["alfa"], params["depfile"]) == ("-1", "10.0", "bathy.txt")
    assert (params["windfile"], params["zs0file"]) == (f"wind-{STAMP}.txt", f"tide-{STAMP}.txt")
    assert (params["wbctype"], params["bcfile"]) == ("jonstable", f"jonstable-{STAMP}.txt")
    assert (params["tideloc"], params["tidelen"]) == ("1", "13")


def test_the_grid_starts_where_its_origin_lies_and_turns_by_its_angle(params, workspace):
    from pyproj import Transformer

    x, y = np.loadtxt(workspace / "xdata.txt"), np.loadtxt(workspace / "ydata.txt")
    assert x.shape == y.shape == (36, 40)  # 30 rows and 3 more on each side
    assert (x[0, 0], y[0, 0]) == (float(params["xori"]), float(params["yori"]))
    origin = Transformer.from_crs(4326, 28350, always_xy=True).transform(114.2, -32.9)
    np.testing.assert_allclose((x[3, 0], y[3, 0]), origin, atol=0.01)
    along = np.hypot(x[0, 1] - x[0, 0], y[0, 1] - y[0, 0])
    angle = np.degrees(np.arctan2(y[0, 1] - y[0, 0], x[0, 1] - x[0, 0]))
    np.testing.assert_allclose((along, angle), (1000, 10), atol=1e-6)


def test_bathymetry_is_the_real_one_interpolated_to_the_grid(real, workspace):
    import xarray as xr
    from pyproj import Transformer

    x, y = np.loadtxt(workspace / "xdata.txt")[3:-3], np.loadtxt(workspace / "ydata.txt")[3:-3]
    lon, lat = Transformer.from_crs(28350, 4326, always_xy=True).transform(x, y)
    with xr.open_dataset(real / "gebco-1deg.nc") as gebco:
        expected = gebco.elevation.interp(
            lon=xr.DataArray(lon, dims=("j", "i")), lat=xr.DataArray(lat, dims=("j", "i"))
        ).values
    written = np.loadtxt(workspace / "bathy.txt")
    # Interpolated by the plugin over triangles, reprojected and interpolated again: near, not equal.
    assert np.corrcoef(written[3:-3].ravel(), expected.ravel())[0, 1] > 0.98
    assert np.abs(written[3:-3] - expected).mean() < 0.1 * np.ptp(expected)
    np.testing.assert_array_equal(written[:3], np.broadcast_to(written[3], (3, 40)))


def test_wind_is_the_real_wind_nearest_to_the_grid_as_speed_and_direction_it_comes_from(real, workspace):
    import xarray as xr

    with xr.open_dataset(real / "era5-20230101.nc") as era5:
        wind = era5.sel(longitude=115, latitude=-35).sel(time=slice(None, "2023-01-01T12")).load()
    seconds, speed, direction = np.loadtxt(workspace / f"wind-{STAMP}.txt").T
    assert list(seconds) == [0, 21600, 43200]
    np.testing.assert_allclose(speed, np.hypot(wind.u10, wind.v10), atol=0.0051)
    expected = np.degrees(np.arctan2(-wind.u10, -wind.v10)) % 360
    np.testing.assert_allclose(direction, expected, atol=0.0051)


def test_waves_are_those_of_the_real_spectra_off_the_grid(real, workspace):
    import wavespectra  # noqa: F401
    import xarray as xr

    rows = np.loadtxt(workspace / f"jonstable-{STAMP}.txt")
    assert rows.shape == (3, 7)
    assert list(rows[:, 5]) == [21600] * 3
    with xr.open_dataset(real / "aus-20230101.nc") as spectra:
        near = spectra[["efth", "lon", "lat"]].load().spec.sel(lons=[114.2], lats=[-32.8], method="nearest")
    heights = near.isel(time=slice(3)).spec.hs().values.ravel()
    np.testing.assert_allclose(rows[:, 0], heights, rtol=0.15)


def test_tide_is_predicted_hourly_from_the_real_constituents(workspace):
    seconds, level = np.loadtxt(workspace / f"tide-{STAMP}.txt").T
    assert list(seconds) == list(np.arange(0, 43201, 3600))
    assert 0.3 < np.ptp(level) < 2.0  # Eden's range


def test_generating_again_gives_the_same_bytes_whatever_the_folder_and_hash_seed(
    files_of, generate, workspace
):
    assert files_of(generate("xbeach", PYTHONHASHSEED="99")) == files_of(workspace)


def test_the_recorded_description_makes_the_same_workspace_again(files_of, rompy, tmp_path, workspace):
    recorded = yaml.safe_load((workspace / ".rompy" / "run.yml").read_text())
    assert recorded["config"]["break"] == "roelvink_daly"
    assert recorded["config"]["grid"]["crs"] == "EPSG:28350"
    assert "site-packages" not in str(recorded)
    recorded["output_dir"] = str(tmp_path)
    (tmp_path / "again.yml").write_text(yaml.safe_dump(recorded))
    rompy("generate", tmp_path / "again.yml", cwd=tmp_path)
    assert files_of(tmp_path / "xbeach") == files_of(workspace)


def test_a_run_can_be_generated_twice_and_stays_as_it_was_described(described, files_of):
    run = _run(described("xbeach"))
    before = run.to_yaml()
    first = files_of(run.generate())
    assert run.to_yaml() == before
    assert files_of(run.generate()) == first


def test_the_workspace_can_be_the_output_folder_itself(described, files_of, workspace):
    run = _run({**described("xbeach"), "run_id_subdir": False})
    assert run.generate() == run.output_dir
    assert files_of(run.output_dir) == files_of(workspace)


@pytest.mark.parametrize(
    ("wind", "expected"),
    [
        ({"model_type": "wind_vector", "u": "u10", "v": "v10"}, (7.24, 149.87)),
        ({"model_type": "wind_scalar", "spd": "wspd", "dir": "wdir"}, (7.24, 149.87)),
    ],
)
def test_wind_comes_from_a_time_series_too(described, real, wind, expected):
    data = described("xbeach")
    data["config"]["input"] = {
        "wind": {
            "model_type": "wind_point",
            "source": {"model_type": "csv", "filename": str(real / "wind.csv")},
            "wind_vars": wind,
        }
    }
    folder = _run(data).generate()
    rows = np.loadtxt(folder / f"wind-{STAMP}.txt")
    assert rows.shape == (13, 3)
    np.testing.assert_allclose(rows[0, 1:], expected, atol=0.01)


def test_wind_comes_from_memory_too(described, real, published):
    import xarray as xr

    published("rompy_binary_datasources")
    from rompy_xbeach.forcing import WindGrid
    from rompy_xbeach.source import SourceCRSDataset

    data = described("xbeach")
    run = _run(data)
    by_file = (run.generate() / f"wind-{STAMP}.txt").read_bytes()
    with xr.open_dataset(real / "era5-20230101.nc") as era5:
        source = SourceCRSDataset(obj=era5.load(), crs=4326, x_dim="longitude", y_dim="latitude")
    run.config.input.wind = WindGrid(source=source, wind_vars=data["config"]["input"]["wind"]["wind_vars"])
    assert (run.generate() / f"wind-{STAMP}.txt").read_bytes() == by_file


def test_a_template_of_the_user_sees_the_same_namelist(described, tmp_path):
    project = tmp_path / "template" / "{{runtime.staging_dir}}"
    project.mkdir(parents=True)
    (project / "short.txt").write_text("{{ config.break }} {{ config['tstop'] }} {{ config.get('left') }}\n")
    data = described("xbeach")
    data["config"]["template"] = str(tmp_path / "template")
    folder = _run(data).generate()
    assert (folder / "short.txt").read_text() == "roelvink_daly 43200.0 None\n"
    assert not (folder / "params.txt").exists()


def test_an_alias_is_accepted_and_a_misspelt_one_explained(described):
    data = described("xbeach")
    assert _run(data).config.breaktype == "roelvink_daly"
    data["config"]["brake"] = data["config"].pop("break")
    with pytest.raises(ValueError, match=r"Unknown field 'brake'. Did you mean 'break'"):
        _run(data)


def test_an_unknown_kind_of_forcing_lists_the_known_ones(described):
    data = described("xbeach")
    data["config"]["input"]["wind"]["model_type"] = "wind_gird"
    with pytest.raises(ValueError, match="wind_grid.*wind_point.*wind_station"):
        _run(data)
