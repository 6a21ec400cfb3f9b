"""rompy-schism as it is published runs on this core: from a YAML file to everything that SCHISM reads.

Known limit of the plugin, not of the core: it takes the tidal constituents out of a set, so their order in
``bctides.in`` follows Python's hash seed. Two processes agree to the byte only with the same PYTHONHASHSEED.
"""

import copy
from pathlib import Path

import numpy as np
import pytest
import yaml

SEED = {"PYTHONHASHSEED": "0"}


@pytest.fixture(scope="module", autouse=True)
def _schism(published):
    published("rompy_schism")
    published("rompy_schism", "pyTMD.arguments")  # pytmd 3 has moved what the plugin uses


@pytest.fixture(scope="module")
def workspace(generate):
    return generate("schism", **SEED)


@pytest.fixture(scope="module")
def mesh(real):
    """Longitude, latitude and depth of the mesh's nodes, and the positions of those on its open boundary."""
    lines = (real / "schism" / "hgrid.gr3").read_text().splitlines()
    elements, nodes = map(int, lines[1].split()[:2])
    table = np.array([line.split()[1:4] for line in lines[2 : 2 + nodes]], float)
    rest = lines[2 + nodes + elements :]
    count = int(rest[2].split()[0])
    return table, np.array([int(line) - 1 for line in rest[3 : 3 + count]])


def _run(data):
    from rompy.model import ModelRun

    return ModelRun(**copy.deepcopy(data))


def _namelist(path):
    """Values by variable of a Fortran namelist file, sections joined."""
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
    return {name.strip(): value.strip().rstrip(",") for name, value in pairs}


def test_the_workspace_holds_what_schism_reads(files_of, workspace):
    files = set(files_of(workspace))
    constant = {"albedo", "diffmax", "diffmin", "drag", "watertype", "windrot_geo2proj", "wwmbnd"}
    assert files >= {f"{name}.gr3" for name in constant}
    assert files >= {"hgrid.gr3", "hgrid.ll", "hgrid_WWM.gr3", "vgrid.in", "tvd.prop"}
    assert files >= {"param.nml", "wwminput.nml", "bctides.in", "wave.nc"}
    assert files >= {"elev2D.th.nc", "uv3D.th.nc", "TEM_3D.th.nc", "SAL_3D.th.nc"}
    assert files >= {"sflux/air_1.0001.nc", "sflux/sflux_inputs.txt", "outputs/readme.md"}


def test_grids_are_the_real_ones_to_the_byte_and_linked_within_the_workspace(real, workspace):
    for name in ("hgrid.gr3", "vgrid.in"):
        assert (workspace / name).read_bytes() == (real / "schism" / name).read_bytes()
    for name in ("hgrid.ll", "hgrid_WWM.gr3"):
        assert (workspace / name).is_symlink()
        assert str((workspace / name).readlink()) == "hgrid.gr3"


def test_generating_reports_no_errors(rompy, case_environment, tmp_path):
    case = Path(__file__).parent / "cases" / "schism.yml"
    done = rompy("generate", case, env={**case_environment(tmp_path), **SEED}, cwd=tmp_path)
    assert "ERROR" not in done.stderr


def test_constant_fields_have_the_value_at_every_node(mesh, workspace):
    nodes = mesh[0]
    for name, value in {"drag": 0.0025, "albedo": 0.15, "diffmin": 1e-6}.items():
        lines = (workspace / f"{name}.gr3").read_text().splitlines()
        table = np.array([line.split()[1:4] for line in lines[2 : 2 + len(nodes)]], float)
        np.testing.assert_allclose(table[:, :2], nodes[:, :2], atol=1e-7)
        np.testing.assert_allclose(table[:, 2], value)


def test_namelists_carry_the_period_and_the_kind_of_forcing(workspace):
    param = _namelist(workspace / "param.nml")
    assert float(param["rnday"]) == 0.5
    start = [int(float(param[name])) for name in ("start_year", "start_month", "start_day", "start_hour")]
    assert start == [2023, 1, 1, 0]
    assert (param["dt"], param["nws"]) == ("120.0", "2")
    waves = _namelist(workspace / "wwminput.nml")
    assert (waves["begtc"], waves["endtc"]) == ("'20230101.000000'", "'20230101.120000'")
    assert waves["filewave"] == "'wave.nc'"


def test_sflux_is_the_real_wind_and_pressure_with_a_day_around_the_run(mesh, real, workspace):
    import xarray as xr

    west, south = mesh[0][:, :2].min(0) - 1
    east, north = mesh[0][:, :2].max(0) + 1
    with (
        xr.open_dataset(real / "schism" / "era5.nc") as era5,
        xr.open_dataset(workspace / "sflux" / "air_1.0001.nc") as air,
    ):
        expected = era5.sortby("latitude").sel(
            longitude=slice(west, east), latitude=slice(south, north), time=slice(None, "2023-01-02T13:00")
        )
        assert air.sizes == {
            "time": 38,
            "ny_grid": expected.latitude.size,
            "nx_grid": expected.longitude.size,
        }
        np.testing.assert_array_equal(air.time, expected.time)
        assert list(air.time.attrs["base_date"]) == [2023, 1, 1, 0, 0, 0]
        for name in ("u10", "v10", "msl"):
            np.testing.assert_allclose(air[name], expected[name], rtol=1e-5)
            assert air[name].dtype == "float64"
            assert not {"scale_factor", "add_offset"} & set(air[name].encoding)
        np.testing.assert_allclose(air.lon[0], expected.longitude)
        np.testing.assert_allclose(air.lat[:, 0], expected.latitude)
        assert (air.lat[1:] > air.lat[:-1]).all()
        np.testing.assert_allclose(air.spfh, 0.01)
    inputs = _namelist(workspace / "sflux" / "sflux_inputs.txt")
    assert (inputs["uwind_name"], inputs["prmsl_name"]) == ("'u10'", "'msl'")


def test_sea_level_at_the_open_boundary_is_hycom_interpolated_to_its_nodes(mesh, real, workspace):
    import xarray as xr

    nodes, boundary = mesh
    assert (workspace / "elev2D.th.nc").read_bytes()[:4] == b"CDF\x01"
    x, y = (xr.DataArray(nodes[boundary, i], dims="site") for i in (0, 1))
    with (
        xr.open_dataset(real / "schism" / "hycom.nc") as hycom,
        xr.open_dataset(workspace / "elev2D.th.nc") as written,
    ):
        expected = hycom.surf_el.interp(xlon=x, ylat=y).values
        values = written.time_series.values
        assert values.shape == (2, boundary.size, 1, 1)
        assert float(written.time_step[0]) == 86400
        np.testing.assert_array_equal(written.time, hycom.time)
    known = np.isfinite(expected)
    assert known.mean() > 0.8
    np.testing.assert_allclose(values[:, :, 0, 0][known], expected[known], rtol=1e-6)
    assert np.isfinite(values).all()


@pytest.mark.parametrize(
    ("name", "variables"),
    [("TEM_3D", ["temperature"]), ("SAL_3D", ["salinity"]), ("uv3D", ["water_u", "water_v"])],
)
def test_profiles_at_the_open_boundary_begin_with_hycom_at_the_surface(
    mesh, real, workspace, name, variables
):
    import xarray as xr

    nodes, boundary = mesh
    x, y = (xr.DataArray(nodes[boundary, i], dims="site") for i in (0, 1))
    with (
        xr.open_dataset(real / "schism" / "hycom.nc") as hycom,
        xr.open_dataset(workspace / f"{name}.th.nc") as written,
    ):
        assert written.sizes["nOpenBndNodes"] == boundary.size
        assert written.sizes["nLevels"] == 47
        values, levels = written.time_series.values, written.vertical_levels.values
        surface = np.stack([hycom[v].isel(depth=0).interp(xlon=x, ylat=y).values for v in variables], axis=-1)
    assert values.shape == (2, boundary.size, 47, len(variables))
    assert np.isfinite(values).all()
    top = np.argmin(np.abs(levels), axis=1)  # the plugin's levels are 0 at the surface
    known = np.isfinite(surface).all(axis=(0, 2)) & np.isfinite(levels).any(axis=1)
    assert known.mean() > 0.5
    at_top = values[:, np.arange(boundary.size), top]
    np.testing.assert_allclose(at_top[:, known], surface[:, known], rtol=1e-5, atol=1e-6)


def test_tides_are_those_of_the_atlas_at_every_open_boundary_node(mesh, workspace):
    lines = (workspace / "bctides.in").read_text().splitlines()
    count = mesh[1].size
    assert lines[0] == "!01/01/2023 00:00:00 UTC"
    assert lines[1].split()[0] == "3"
    assert f"{count} 5 5 4 4 !ocean" in lines
    frequency = {
        lines[i].strip(): float(lines[i + 1].split()[0])
        for i, line in enumerate(lines)
        if line in ("m2", "s2", "n2")
    }
    start = lines.index(f"{count} 5 5 4 4 !ocean")
    m2 = start + lines[start:].index("m2") + 1
    table = np.array([line.split() for line in lines[m2 : m2 + count]], float)
    assert ((table[:, 0] > 0.2) & (table[:, 0] < 2)).all()
    assert ((table[:, 1] >= 0) & (table[:, 1] < 360)).all()
    assert frequency.keys() == {"m2", "s2", "n2"}
    z0 = np.array([line.split() for line in lines[start + 2 : start + 2 + count]], float)
    assert lines[start + 1] == "z0"
    assert ((z0[:, 0] > 0.4) & (z0[:, 0] < 1)).all()  # mean dynamic topography of the Coral Sea


def test_wave_spectra_are_the_nearest_stations_of_the_full_dataset(mesh, real, workspace):
    import xarray as xr

    with xr.open_dataset(real / "aus-20230101.nc") as spectra:
        full = spectra[["efth", "lon", "lat"]].sel(time=slice(None, "2023-01-01T18")).load()
    with xr.open_dataset(workspace / "wave.nc") as written:
        stations = {
            (float(x), float(y)) for x, y in zip(written.longitude[0], written.latitude[0], strict=True)
        }
        heights = np.sqrt((written.efth**2).sum()).item()
        assert written.sizes["time"] == 4
    nodes = mesh[0][mesh[1]]
    distance = np.hypot(full.lon.values - nodes[:, :1], full.lat.values - nodes[:, 1:2])
    nearest = distance.argmin(axis=1)
    assert stations == {(float(full.lon[i]), float(full.lat[i])) for i in set(nearest)}
    assert heights > 0


def test_generating_again_gives_the_same_bytes(files_of, generate, workspace):
    assert files_of(generate("schism", **SEED)) == files_of(workspace)


def test_another_hash_seed_changes_nothing_but_the_order_of_the_constituents(files_of, generate, workspace):
    one, other = files_of(workspace), files_of(generate("schism", PYTHONHASHSEED="4321"))
    assert sorted(one.pop("bctides.in").split()) == sorted(other.pop("bctides.in").split())
    assert one == other


def test_the_recorded_description_makes_the_same_workspace_again(files_of, rompy, tmp_path, workspace):
    recorded = yaml.safe_load((workspace / ".rompy" / "run.yml").read_text())
    assert "site-packages" not in str(recorded)
    recorded["output_dir"] = str(tmp_path)
    (tmp_path / "again.yml").write_text(yaml.safe_dump(recorded))
    rompy("generate", tmp_path / "again.yml", cwd=tmp_path, env=SEED)
    assert files_of(tmp_path / "schism") == files_of(workspace)


def test_a_run_can_be_generated_twice_and_stays_as_it_was_described(described, files_of):
    run = _run(described("schism"))
    before = run.to_yaml()
    first = files_of(run.generate())
    assert run.to_yaml() == before
    assert files_of(run.generate()) == first


def test_generating_in_place_of_a_former_workspace_works(described, files_of):
    data = described("schism")
    first = files_of(_run(data).generate())
    assert files_of(_run({**data, "delete_existing": True}).generate()) == first


def test_a_template_of_the_user_is_rendered_beside_the_plugins_own_files(described, tmp_path):
    project = tmp_path / "template" / "{{runtime.run_id}}"
    project.mkdir(parents=True)
    (project / "station.in").write_text("1 0 0 !{{ runtime.period.start.year }} {{ config | length > 0 }}\n")
    data = described("schism")
    del data["config"]["data"]
    data["config"]["template"] = str(tmp_path / "template")
    folder = _run(data).generate()
    assert (folder / "station.in").read_text() == "1 0 0 !2023 True\n"
    assert (folder / "param.nml").exists()
    assert not (folder / "outputs").exists()


def test_keys_are_accepted_in_any_case_and_misspelt_ones_explained(described):
    data = described("schism")
    del data["config"]["data"]
    data["config"]["nml"] = {"PARAM": {"CORE": {"DT": 90.0}}}
    assert _run(data).config.nml.param.core.dt == 90.0
    data["config"]["nml"] = {"param": {"core": {"nspol": 3}}}
    with pytest.raises(ValueError, match=r"Unknown field 'nspol'. Did you mean 'nspool'"):
        _run(data)


def test_a_grid_without_friction_is_refused_when_it_is_described(described):
    data = described("schism")
    del data["config"]["grid"]["drag"]
    with pytest.raises(ValueError, match="At least one of rough, drag, manning"):
        _run(data)
