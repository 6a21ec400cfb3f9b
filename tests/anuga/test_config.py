"""The built-in model's configuration: from a description to the files of a case."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from rompy.core.launch import Launch
from rompy.core.preflight import problems_of
from rompy.errors import ConfigError, CoverageError, DataError, MissingFileError
from rompy.model import ModelRun
from rompy_anuga.case_file import DRIVER, driver_files
from rompy_anuga.config import AnugaConfig
from rompy_anuga.postprocess.config import AnugaPostprocessorConfig

GOLDEN = Path(__file__).parent / "golden"
MERIMBULA = "package://anuga/parallel/data/merimbula_10785_1.tsh"
CRS = "EPSG:28355"
X0, Y0 = 757000.0, 5911000.0
SQUARE = [[X0, Y0], [X0 + 1000, Y0], [X0 + 1000, Y0 + 1000], [X0, Y0 + 1000]]


@pytest.fixture
def inputs(tmp_path):
    """A folder of input files for a square of 1 km near Merimbula on the first of February 2023."""
    folder = tmp_path / "inputs"
    folder.mkdir()
    lon = xr.Variable("longitude", np.linspace(149.86, 149.92, 7).round(6), {"units": "degrees_east"})
    lat = xr.Variable("latitude", np.linspace(-36.94, -36.88, 7).round(6), {"units": "degrees_north"})
    time = np.datetime64("2023-01-31T22:00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    still = np.add.outer(lat.values + 36.91, lon.values - 149.89)

    def field(offset, scale, units, varies=True):
        values = offset + scale * still
        if varies:
            values = values + 0.01 * scale * np.arange(6)[:, None, None]
        dims = ("time", "latitude", "longitude") if varies else ("latitude", "longitude")
        return (dims, values, {"units": units})

    xr.Dataset(
        {"depth": (*field(8.0, 100.0, "m", False)[:2], {"units": "m", "positive": "down"})},
        {"longitude": lon, "latitude": lat},
    ).to_netcdf(folder / "depth.nc")
    xr.Dataset(
        {
            "u10": field(10.0, 20.0, "m s-1"),
            "v10": field(-5.0, 20.0, "m s-1"),
            "msl": field(1000.0, 30.0, "hPa"),
            "rate": field(0.002, 1e-4, "kg m-2 s-1"),
        },
        {"time": time, "longitude": lon, "latitude": lat},
    ).to_netcdf(folder / "weather.nc")
    lines = [f"2023-02-01T0{hour}:00:00,{np.sin(hour):.3f}" for hour in range(4)]
    (folder / "level.csv").write_text("\n".join(["time,level", "2023-01-31T23:00:00,-0.841", *lines, ""]))
    return folder


def description(inputs, output_dir, **changes):
    """Everything that a configuration may hold."""
    weather = {"source": {"model_type": "file", "uri": str(inputs / "weather.nc")}}
    config = {
        "model_type": "anuga",
        "crs": CRS,
        "vertical_datum": "AHD",
        "domain": {
            "model_type": "polygon",
            "ring": SQUARE,
            "tags": {"sea": [3], "river": [1]},
            "default_tag": "wall",
            "max_area": 5000,
            "regions": [
                {"ring": [[X0 + 100, Y0 + 100], [X0 + 300, Y0 + 100], [X0 + 200, Y0 + 300]], "max_area": 500}
            ],
        },
        "bathymetry": {
            "source": {"model_type": "file", "uri": str(inputs / "depth.nc")},
            "variable": "depth",
            "offset": 0.25,
        },
        "friction": 0.03,
        "initial_level": {"boundary": "sea"},
        "boundaries": {
            "sea": {
                "model_type": "water_level",
                "source": {"model_type": "csv", "filename": str(inputs / "level.csv")},
                "scheme": "flather",
            },
            "river": "transmissive",
            "wall": {"model_type": "wall"},
        },
        "wind": weather,
        "pressure": weather,
        "rain": {**weather, "variable": "rate"},
        "coriolis": True,
        "output": {"interval": "15m", "minimum_depth": 0.02},
        "numerics": {"scheme": "DE1", "threads": 2},
    }
    return {
        "run_id": "square",
        "period": {"start": "2023-02-01", "duration": "2h"},
        "output_dir": str(output_dir),
        "config": {**config, **changes},
    }


def generated(inputs, output_dir, **changes):
    return ModelRun(**description(inputs, output_dir, **changes)).generate()


def case_of(folder):
    return json.loads((folder / "case.json").read_text())


def content_of(path):
    """What a netCDF file holds, as text that a person can compare; the wordy definition of the system left out."""
    with xr.open_dataset(path, decode_times=False) as ds:
        return {
            name: {
                "dims": list(variable.dims),
                "attrs": {
                    key: value
                    for key, value in sorted(variable.attrs.items())
                    if name != "crs" or "name" in key
                },
                "values": np.round(variable.values.astype(float), 5).tolist(),
            }
            for name, variable in sorted(ds.variables.items())
        }


def compare_with_golden(folder, name):
    """Compare all but the driver with the files kept under ``golden``; ROMPY_UPDATE_GOLDEN=1 keeps new ones."""
    expected = GOLDEN / name
    found = {}
    for path in sorted(p for p in folder.iterdir() if p.is_file() and p.suffix in (".json", ".csv", ".nc")):
        if path.suffix == ".nc":
            found[f"{path.stem}.nc.json"] = json.dumps(content_of(path), indent=None, sort_keys=True)
        else:
            found[path.name] = path.read_text()
    if os.environ.get("ROMPY_UPDATE_GOLDEN"):
        expected.mkdir(parents=True, exist_ok=True)
        for file, text in found.items():
            (expected / file).write_text(text)
    assert sorted(found) == sorted(path.name for path in expected.iterdir())
    for file, text in found.items():
        kept = (expected / file).read_text()
        if file.endswith(".nc.json"):
            _assert_same_content(json.loads(text), json.loads(kept))
        else:
            assert text == kept, file


def _assert_same_content(found, kept):
    assert sorted(found) == sorted(kept)
    for name, variable in found.items():
        assert {k: v for k, v in variable.items() if k != "values"} == {
            k: v for k, v in kept[name].items() if k != "values"
        }
        np.testing.assert_allclose(
            variable["values"], kept[name]["values"], rtol=1e-6, atol=2e-5, err_msg=name
        )


class TestGeneratedCase:
    def test_is_the_golden_one(self, inputs, tmp_path):
        compare_with_golden(generated(inputs, tmp_path / "out"), "square")

    def test_says_what_the_description_says(self, inputs, tmp_path):
        case = case_of(generated(inputs, tmp_path / "out"))
        assert list(case)[:4] == ["format", "name", "start", "duration_s"]
        assert case["start"] == "2023-02-01T00:00:00Z"
        assert case["duration_s"] == 7200.0
        assert case["mesh"]["tags"] == {"river": [1], "sea": [3], "wall": [0, 2]}
        assert case["initial_level_m"] == 0.0  # sin(0), from the series
        assert case["coriolis_latitude_deg"] == pytest.approx(-36.91, abs=0.01)
        assert case["boundaries"]["river"] == {"type": "transmissive"}
        assert case["boundaries"]["sea"]["scheme"] == "flather"
        assert case["numerics"] == {"scheme": "DE1", "threads": 2, "ranks": 1}

    def test_leaves_out_what_is_not_asked_for(self, inputs, tmp_path):
        changes = dict.fromkeys(("wind", "pressure", "rain"), None) | {
            "coriolis": False,
            "vertical_datum": None,
        }
        folder = generated(inputs, tmp_path / "out", **changes)
        case = case_of(folder)
        assert not {"wind", "pressure", "rain", "coriolis_latitude_deg", "vertical_datum"} & set(case)
        assert not (folder / "wind.nc").exists()

    def test_takes_gridded_friction_and_level(self, inputs, tmp_path):
        depth = {"source": {"model_type": "file", "uri": str(inputs / "depth.nc")}, "variable": "depth"}
        derived = {"derived": {"derived_variables": {"manning": "0 * depth + 0.04"}}}
        friction = {"source": depth["source"], "filter": derived, "units": "s m-1/3"}
        case = case_of(generated(inputs, tmp_path / "out", friction=friction, initial_level=depth))
        assert case["friction"] == {"file": "friction.nc", "variable": "manning"}
        assert case["initial_level_m"] == {"file": "initial_level.nc", "variable": "water_level"}

    def test_keeps_series_of_like_named_tags_apart(self, inputs, tmp_path):
        level = description(inputs, tmp_path)["config"]["boundaries"]["sea"]
        domain = {"model_type": "polygon", "ring": SQUARE, "max_area": 5000, "tags": {"a b": [0], "a/b": [1]}}
        folder = generated(
            inputs,
            tmp_path / "out",
            domain=domain | {"default_tag": "wall"},
            boundaries={"a b": level, "a/b": level | {"offset": 1.0}, "wall": "wall"},
            initial_level=0.0,
        )
        files = [case_of(folder)["boundaries"][tag]["file"] for tag in ("a b", "a/b")]
        assert files == ["boundary_a_b.nc", "boundary_a_b_.nc"]
        assert (folder / files[0]).read_bytes() != (folder / files[1]).read_bytes()

    def test_names_its_files_harmlessly(self, inputs, tmp_path):
        text = description(inputs, tmp_path / "out") | {"run_id": "Sturmflut März (2)"}
        assert case_of(ModelRun(**text).generate())["name"] == "Sturmflut_M_rz__2_"

    def test_holds_the_driver_byte_for_byte(self, inputs, tmp_path):
        folder = generated(inputs, tmp_path / "out")
        for path in driver_files():
            assert (folder / path.relative_to(DRIVER)).read_bytes() == path.read_bytes()
        assert (folder / "run_case.py").is_file()

    def test_is_accepted_by_the_driver_without_rompy(self, inputs, tmp_path):
        folder = generated(inputs, tmp_path / "out")
        blocked = (
            "import sys; sys.modules['rompy'] = None; sys.argv = ['run_case.py', '--check', 'case.json']; "
        )
        run = subprocess.run(
            [
                sys.executable,
                "-c",
                blocked + "import runpy; runpy.run_path('run_case.py', run_name='__main__')",
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(folder)},
        )
        assert run.returncode == 0, run.stderr

    def test_is_the_same_bytes_from_anywhere_in_any_order(self, inputs, tmp_path, monkeypatch):
        first = generated(inputs, tmp_path / "first")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        text = description(inputs, "../second")
        backwards = json.loads(json.dumps(text), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
        second = ModelRun(**backwards).generate()
        files = sorted(
            p.relative_to(first) for p in first.rglob("*") if p.is_file() and ".rompy" not in p.parts
        )
        assert files == sorted(
            p.relative_to(second) for p in second.rglob("*") if p.is_file() and ".rompy" not in p.parts
        )
        for file in files:
            assert (first / file).read_bytes() == (second / file).read_bytes(), file

    def test_leaves_the_description_as_it_was(self, inputs, tmp_path):
        run = ModelRun(**description(inputs, tmp_path / "out"))
        before = run.to_yaml()
        run.generate()
        assert run.to_yaml() == before
        again = ModelRun(**description(inputs, tmp_path / "out"))
        assert again.to_yaml() == before

    def test_can_be_generated_again_from_its_record(self, inputs, tmp_path):
        from ruamel.yaml import YAML

        folder = generated(inputs, tmp_path / "out")
        record = YAML(typ="safe").load((folder / ".rompy" / "run.yml").read_text())
        again = ModelRun(**(record | {"output_dir": str(tmp_path / "again")})).generate()
        assert (again / "case.json").read_bytes() == (folder / "case.json").read_bytes()


class TestMerimbula:
    def test_demo_case_is_the_golden_one(self, tmp_path):
        from rompy.core.describing.description import Description

        example = Path(__file__).parents[2] / "examples" / "merimbula" / "tide.yml"
        text = Description.load(example).data["config"] | {"output_dir": str(tmp_path)}
        folder = ModelRun(**text).generate()
        with xr.open_dataset(folder / "bathymetry.nc") as ds:
            bed = ds["elevation"]
            assert bed.shape == (212, 260)
            assert float(bed.min()) == pytest.approx(-13.88, abs=0.05)
            assert float(bed.sel(x=757200, y=5912900)) == pytest.approx(-6.44, abs=0.3)
        (folder / "bathymetry.nc").unlink()
        compare_with_golden(folder, "merimbula_tide")

    def test_mesh_may_bear_its_own_bed(self, inputs, tmp_path):
        folder = generated(
            inputs,
            tmp_path / "out",
            domain={"model_type": "mesh", "uri": MERIMBULA},
            bathymetry={"from": "mesh"},
            initial_level=0.0,
            boundaries={"open": "transmissive", "exterior": "wall"},
            **dict.fromkeys(("wind", "pressure", "rain"), None),
        )
        case = case_of(folder)
        assert case["mesh"] == {"file": "mesh.tsh"}
        assert case["bathymetry"] == {"from": "mesh"}


class TestLaunch:
    def test_starts_the_driver_with_its_threads_and_ranks(self, inputs, tmp_path):
        run = ModelRun(**description(inputs, tmp_path, numerics={"threads": 3, "ranks": 2}))
        assert run.config.launch() == Launch(
            argv=("python", "run_case.py", "case.json"),
            ranks=2,
            env={"OMP_NUM_THREADS": "3", "OMP_WAIT_POLICY": "passive"},
            progress="progress.jsonl",
        )


class TestWrongDescriptions:
    """Found when the description is validated."""

    @pytest.mark.parametrize(
        ("changes", "what"),
        [
            ({"crs": 4326}, "not projected"),
            ({"crs": "EPSG:nonsense"}, "PROJ knows"),
            ({"frictoin": 0.02}, "Did you mean 'friction'"),
            ({"numerics": {"schema": "DE1"}}, "Did you mean 'scheme'"),
            ({"numerics": {"scheme": "DE2"}}, "'DE0' or 'DE1'"),
            ({"numerics": {"threads": 0}}, "greater than or equal to 1"),
            ({"output": {"interval": 0}}, "greater than"),
            ({"friction": -0.1}, "greater than 0"),
            ({"coriolis": 95}, "less than or equal to 90"),
            ({"bathymetry": "mesh"}, "only a domain that is a mesh"),
            ({"bathymetry": "file.nc"}, "'mesh'"),
            ({"initial_level": {"boundary": "river"}}, "no boundary 'river' with a water level"),
            ({"boundaries": {"sea": "fence"}}, "'wall', 'transmissive', 'water_level'"),
            ({"boundaries": {"sea": {"model_type": "water_level"}}}, "source"),
            ({"wind": {"source": {"model_type": "fiel", "uri": "w.nc"}}}, "Did you mean 'file'"),
            ({"domain": {"model_type": "polygon", "ring": SQUARE, "max_area": -1}}, "greater than 0"),
        ],
    )
    def test_are_refused_with_a_reason(self, inputs, tmp_path, changes, what):
        with pytest.raises(ValidationError, match=what):
            ModelRun(**description(inputs, tmp_path, **changes))


class TestWrongInput:
    """Found when input is generated; nothing is left behind."""

    @pytest.mark.parametrize(
        ("changes", "period", "error", "field", "what"),
        [
            (
                {"bathymetry": {"source": {"model_type": "file", "uri": "none.nc"}}},
                None,
                MissingFileError,
                "config.bathymetry.source.uri",
                r"none\.nc",
            ),
            (
                {"domain": {"model_type": "mesh", "uri": "none.tsh"}},
                None,
                MissingFileError,
                "config.domain",
                r"none\.tsh",
            ),
            (
                {"boundaries": {"sea": "wall", "wall": "wall"}, "initial_level": 0},
                None,
                ConfigError,
                "config.boundaries",
                "tags without a condition: river",
            ),
            (
                {
                    "boundaries": dict.fromkeys(("sea", "wall", "river", "lake", "moon"), "wall"),
                    "initial_level": 0,
                },
                None,
                ConfigError,
                "config.boundaries",
                "does not have: lake, moon",
            ),
            (
                {},
                {"start": "2023-02-01", "duration": "5h"},
                CoverageError,
                "config.boundaries.sea",
                "covers 2023-01-31T23:00:00Z to 2023-02-01T03:00:00Z, .* needs 2023-02-01T00:00:00Z to 2023-02-01T05",
            ),
            ({"crs": 28356}, None, CoverageError, "config.bathymetry", "does not cover the domain"),
            (
                {"output": {"interval": "3h"}},
                None,
                ConfigError,
                "config.output.interval",
                "gives none within a run of 7200 s",
            ),
        ],
    )
    def test_is_refused_with_numbers_and_leaves_nothing(
        self, inputs, tmp_path, changes, period, error, field, what
    ):
        text = description(inputs, tmp_path / "out", **changes)
        text |= {"period": period} if period else {}
        with pytest.raises(error, match=what) as caught:
            ModelRun(**text).generate()
        assert caught.value.field == field
        assert not (tmp_path / "out" / "square").exists()

    def test_names_the_tag_that_a_mesh_has_and_the_description_not(self, inputs, tmp_path):
        text = description(
            inputs,
            tmp_path / "out",
            domain={"model_type": "mesh", "uri": MERIMBULA},
            bathymetry="mesh",
            initial_level=0.0,
            boundaries={"exterior": "wall"},
        )
        with pytest.raises(ConfigError, match="tags without a condition: open"):
            ModelRun(**text).generate()

    def test_says_when_a_mesh_bears_no_bed(self, inputs, tmp_path):
        text = description(
            inputs,
            tmp_path / "out",
            crs=28356,
            domain={"model_type": "mesh", "uri": "package://anuga/parallel/data/small.tsh"},
            bathymetry="mesh",
            initial_level=0.0,
            boundaries={"exterior": "wall"},
        )
        with pytest.raises(ConfigError, match="no attribute 'elevation'"):
            ModelRun(**text).generate()

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("time,level\n2023-01-31,1\n2023-02-01,\n2023-02-02,1\n", "no value at 1 of 2 times"),
            ("time,a,b\n2023-01-31,1,2\n2023-02-02,1,2\n", "no variable is named"),
        ],
    )
    def test_says_what_a_series_lacks(self, inputs, tmp_path, text, what):
        (inputs / "level.csv").write_text(text)
        with pytest.raises(DataError, match=what):
            generated(inputs, tmp_path / "out")

    def test_series_of_two_times_is_enough(self, inputs, tmp_path):
        (inputs / "level.csv").write_text("time,level\n2023-01-31,1\n2023-02-02,2\n")
        case = case_of(generated(inputs, tmp_path / "out"))
        assert case["initial_level_m"] == 1.5


def test_schema_describes_every_field():
    schema = AnugaConfig.model_json_schema()
    for name, entry in schema["properties"].items():
        assert entry.get("description") or name in ("model_type", "checkout"), name
    assert "polygon" in json.dumps(schema)


class TestForeseen:
    """What is wrong shows before anything is made, all of it at once."""

    def problems(self, inputs, tmp_path, processor=None, **changes):
        run = ModelRun(**description(inputs, tmp_path / "out", **changes))
        return {error.field: str(error) for error in problems_of(run, processor)}

    def test_a_good_description_has_no_problems(self, inputs, tmp_path):
        settings = AnugaPostprocessorConfig(
            stations={"mid": {"x": X0 + 500, "y": Y0 + 500}, "corner": {"x": X0, "y": Y0}}, inside="mid"
        )
        assert self.problems(inputs, tmp_path, settings) == {}

    def test_missing_files_and_bare_tags_and_outputs_are_told_together(self, inputs, tmp_path):
        found = self.problems(
            inputs,
            tmp_path,
            bathymetry={
                "source": {"model_type": "xyz_text", "uri": "none.xyz", "resolution": 10, "reach": 20}
            },
            boundaries={"sea": "wall", "wall": "wall"},
            initial_level=0,
            output={"interval": "3h"},
        )
        assert set(found) == {"config.bathymetry.source.uri", "config.boundaries", "config.output.interval"}
        assert "tags without a condition: river" in found["config.boundaries"]

    def test_shores_of_islands_need_a_condition(self, inputs, tmp_path):
        rock = [[X0 + 500, Y0 + 500], [X0 + 600, Y0 + 500], [X0 + 600, Y0 + 600]]
        domain = description(inputs, tmp_path)["config"]["domain"] | {
            "islands": [{"ring": rock, "tag": "rock"}]
        }
        assert (
            "tags without a condition: rock"
            in self.problems(inputs, tmp_path, domain=domain)["config.boundaries"]
        )

    def test_a_domain_that_cannot_be_made_is_told_once(self, inputs, tmp_path):
        settings = AnugaPostprocessorConfig(stations={"mid": {"x": X0 + 500, "y": Y0 + 500}})
        found = self.problems(inputs, tmp_path, settings, domain={"model_type": "mesh", "uri": "none.tsh"})
        assert list(found) == ["config.domain"]

    def test_stations_outside_the_domain_are_told_with_their_distance(self, inputs, tmp_path):
        rock = [[X0 + 500, Y0 + 500], [X0 + 600, Y0 + 500], [X0 + 600, Y0 + 600], [X0 + 500, Y0 + 600]]
        described = description(inputs, tmp_path)["config"]
        settings = AnugaPostprocessorConfig(
            stations={
                "mid": {"x": X0 + 400, "y": Y0 + 500},
                "rock": {"x": X0 + 550, "y": Y0 + 540},
                "far": {"lon": 150.9, "lat": -36.9},
            },
            inside="lake",
        )
        found = self.problems(
            inputs,
            tmp_path,
            settings,
            domain=described["domain"] | {"islands": [{"ring": rock, "tag": "wall"}]},
        )
        assert set(found) == {
            "postprocessor.stations.rock",
            "postprocessor.stations.far",
            "postprocessor.inside",
        }
        assert (
            "'rock' (x 757550.0, y 5911540.0) is outside the domain, 40 m"
            in found["postprocessor.stations.rock"]
        )
        assert "Stations: mid, rock, far" in found["postprocessor.inside"]
