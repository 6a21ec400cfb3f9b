"""Each mistake a user can make gives one clear message and its own exit status, and leaves nothing behind."""

import errno
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from ruamel.yaml import YAML

from rompy.core import atomic
from rompy.errors import ConfigError, CoverageError, DataError, MissingFileError, PluginError, WorkspaceError

DESCRIPTION = """\
run_id: tide
period:
  start: 2023-02-01T00:00:00Z
  duration: 12h
config:
  model_type: anuga
  crs: EPSG:28355
  domain:
    model_type: polygon
    ring: [[760000, 5912000], [761000, 5912000], [761000, 5913000], [760000, 5913000]]
    tags: {open: [0]}
    default_tag: exterior
    max_area: 20000
  bathymetry:
    source: {model_type: file, uri: bathymetry.nc}
    variable: elevation
  boundaries:
    open:
      model_type: water_level
      source: {model_type: csv, filename: levels.csv}
    exterior: wall
"""


@pytest.fixture(scope="module")
def bathymetry():
    x, y = np.arange(759500.0, 761501.0, 100.0), np.arange(5911500.0, 5913501.0, 100.0)
    depth = np.full((y.size, x.size), -5.0)
    attributes = {"units": "m", "standard_name": "height_above_mean_sea_level"}
    return xr.Dataset({"elevation": (("y", "x"), depth, attributes)}, coords={"x": x, "y": y})


@pytest.fixture
def inputs(folder, bathymetry):
    """A complete set of good input; returns a function that writes the description with one text replaced."""
    bathymetry.to_netcdf("bathymetry.nc")
    hours = "".join(f"2023-02-01T{hour:02d}:00:00,{hour / 10}\n" for hour in range(14))
    Path("levels.csv").write_text(f"time,water_level\n{hours}")

    def write(old="", new=""):
        assert old in DESCRIPTION
        Path("tide.yml").write_text(DESCRIPTION.replace(old, new, 1) if old else DESCRIPTION)
        return "tide.yml"

    return write


@pytest.fixture
def refused(rompy, folder):
    """Calls a command that must fail; returns its message."""

    def call(*arguments, kind):
        before = sorted(folder.rglob("*"))
        result = rompy(*arguments)
        assert result.exit_code == kind.exit_status, result.stderr
        assert result.stdout == ""
        assert "Traceback" not in result.stderr
        assert "pydantic" not in result.stderr
        assert sorted(folder.rglob("*")) == before
        (message,) = re.split("^Error: ", result.stderr, flags=re.MULTILINE)[1:]
        return message.strip()

    return call


def test_good_input_is_accepted(rompy, inputs):
    result = rompy("generate", inputs())
    assert result.exit_code == 0, result.stderr
    assert Path("simulations/tide/case.json").is_file()


def test_unknown_keys(refused, inputs):
    assert refused("validate", inputs("max_area:", "max_aera:"), kind=ConfigError).startswith(
        "tide.yml:13: config.domain.max_aera: unknown key; did you mean 'max_area'?"
    )
    assert refused("generate", inputs("      source: {", "      souce: {"), kind=ConfigError).startswith(
        "tide.yml:20: config.boundaries.open.souce: unknown key; did you mean 'source'?"
    )


def test_a_missing_description(refused, folder):
    assert refused("generate", "nope.yml", kind=MissingFileError) == "the file nope.yml does not exist"


def test_a_missing_input_file(refused, inputs):
    message = refused("generate", inputs("levels.csv", "nope.csv"), kind=MissingFileError)
    assert "nope.csv" in message


def test_a_file_that_is_no_dataset(refused, inputs):
    name = inputs()
    Path("bathymetry.nc").write_text("nothing of the kind")
    assert "bathymetry.nc cannot be opened" in refused("generate", name, kind=DataError)


def test_a_tag_without_a_condition(refused, inputs):
    message = refused("generate", inputs("    exterior: wall\n"), kind=ConfigError)
    assert message.startswith("tide.yml:17: config.boundaries: ")
    assert "exterior" in message


def test_a_period_longer_than_the_forcing(refused, inputs):
    message = refused("generate", inputs("duration: 12h", "duration: 3d"), kind=CoverageError)
    assert message.startswith("tide.yml:18: config.boundaries.open: ")
    assert "2023-02-01" in message
    assert "2023-02-04" in message


def test_a_bathymetry_that_does_not_cover(refused, inputs, bathymetry):
    name = inputs()
    bathymetry.isel(x=slice(0, 10)).to_netcdf("bathymetry.nc")
    message = refused("generate", name, kind=CoverageError)
    assert message.startswith("tide.yml:14: config.bathymetry: ")


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:99999999", "UTM"])
def test_a_wrong_crs(refused, inputs, crs):
    message = refused("validate", inputs("EPSG:28355", crs), kind=ConfigError)
    assert message.startswith("tide.yml:7: config.crs: ")
    assert crs in message


def test_a_crs_of_another_place(refused, inputs):
    text = DESCRIPTION.replace("    variable: elevation", "    variable: elevation\n    crs: EPSG:32631")
    inputs()
    Path("tide.yml").write_text(text)
    assert refused("generate", "tide.yml", kind=CoverageError).startswith("tide.yml:14: config.bathymetry: ")


@pytest.mark.parametrize("run_id", ["../x", "a/b", "..", "''"])
def test_a_run_id_that_leaves_the_output_folder(refused, inputs, run_id):
    message = refused("generate", inputs("run_id: tide", f"run_id: {run_id}"), kind=ConfigError)
    assert message.startswith("tide.yml:1: run_id: ")


def test_a_period_that_ends_before_it_starts(refused, inputs):
    message = refused("validate", inputs("duration: 12h", "end: 2023-01-01T00:00:00Z"), kind=ConfigError)
    assert message.startswith("tide.yml:2: period: ")


def test_a_model_that_is_not_installed(refused, inputs):
    message = refused("validate", inputs("model_type: anuga", "model_type: swan"), kind=ConfigError)
    assert message.startswith("tide.yml:5: config: 'swan' is not among the installed model configurations")
    assert "pip install rompy-swan" in message


def test_an_output_folder_that_cannot_be_written(refused, inputs):
    message = refused("generate", inputs(), "--output-dir", "/sys/rompy-test", kind=WorkspaceError)
    assert message.startswith("output_dir: the run directory /sys/rompy-test/tide cannot be used: ")


def test_an_output_folder_that_is_a_file(refused, inputs):
    Path("out").write_text("")
    assert "cannot be used" in refused("generate", inputs(), "--output-dir", "out", kind=WorkspaceError)


def test_a_full_disk(refused, inputs, monkeypatch):
    def full(path, text):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(atomic, "write_text", full)
    assert "no space left on device" in refused("generate", inputs(), kind=WorkspaceError)


def test_a_second_run_into_the_same_folder(rompy, refused, inputs, describe):
    name = describe(name="puddle.yml")
    assert rompy("run", name).exit_code == 0
    message = refused("run", name, kind=WorkspaceError)
    assert message.startswith("simulations/tide holds a run that was started already")
    assert "delete_existing" in message


def test_only_what_rompy_made_is_ever_deleted(refused, inputs):
    Path("simulations/tide").mkdir(parents=True)
    Path("simulations/tide/thesis.tex").write_text("ten years of work")
    message = refused("generate", inputs(), "--delete-existing", kind=WorkspaceError)
    assert "was not made by rompy, so it is not deleted" in message
    assert Path("simulations/tide/thesis.tex").read_text() == "ten years of work"


def test_yaml_that_is_none(refused, folder):
    Path("a.yml").write_text("run_id: tide\nperiod: start: 2023\n")
    assert refused("generate", "a.yml", kind=ConfigError).startswith("a.yml:2: not YAML: mapping values")


def test_a_key_given_twice(refused, inputs):
    message = refused("generate", inputs("period:", "run_id: again\nperiod:"), kind=ConfigError)
    assert message == "tide.yml:2: the key 'run_id' is given twice, first in line 1"


def test_an_unset_variable(refused, inputs):
    message = refused("generate", inputs("run_id: tide", "run_id: tide_${NO_SUCH_CYCLE}"), kind=ConfigError)
    assert message.startswith("tide.yml:1: run_id: the variable NO_SUCH_CYCLE is not set")


@pytest.mark.parametrize("text", ["", "[1, 2]", "3"])
def test_a_description_of_another_shape(refused, folder, text):
    Path("a.yml").write_text(text)
    assert "expected keys with values" in refused("generate", "a.yml", kind=ConfigError)


def test_a_broken_plugin_breaks_only_itself(rompy, refused, inputs):
    from rompy import plugins

    with plugins.registered(
        "rompy.config", "ice", ImportError("no module named ice"), distribution="rompy-ice"
    ):
        message = refused("validate", inputs("model_type: anuga", "model_type: ice"), kind=PluginError)
        assert "no module named ice" in message
        assert rompy("validate", inputs()).exit_code == 0


def test_the_whole_way_in_a_process_of_its_own(process, inputs):
    result = process("generate", inputs("max_area:", "max_aera:"))
    assert result.returncode == ConfigError.exit_status
    assert result.stdout == ""
    assert (
        result.stderr == "Error: tide.yml:13: config.domain.max_aera: unknown key; did you mean 'max_area'?\n"
    )


def test_the_description_in_these_tests_is_yaml():
    assert YAML(typ="safe").load(DESCRIPTION)["run_id"] == "tide"
