"""The walk through of the documentation, command by command, on a run of the built-in model that takes seconds."""

import re
import shlex
import subprocess
from pathlib import Path

import netCDF4
import pytest
from click.testing import CliRunner

from rompy.cli import cli
from rompy.logging import LoggingConfig
from rompy.manifest import generated_sha256

PAGE = Path(__file__).parents[2] / "docs" / "provenance.md"

DESCRIPTION = """
config:
  run_id: merimbula_tide
  output_dir: simulations
  delete_existing: true
  period: {start: 2023-02-19T12:40, duration: 3m, interval: 1m}
  config:
    model_type: anuga
    crs: EPSG:28355
    domain:
      model_type: mesh_outline
      uri: package://anuga/parallel/data/merimbula_10785_1.tsh
      tolerance: 40
      max_area: 60000
    bathymetry:
      source:
        model_type: anuga_mesh
        uri: package://anuga/parallel/data/merimbula_10785_1.tsh
        resolution: 60
        extrapolate: 200
    friction: 0.025
    boundaries:
      open: {model_type: water_level, source: {model_type: csv, filename: level.csv}}
      exterior: wall
    output: {interval: 1m}
backend: {type: local}
postprocessor: {type: anuga, pictures: false}
"""
LEVELS = "time,level\n2023-02-19T12:00,0.3\n2023-02-19T13:00,0.6\n"

STATUS = {"rompy diff": 1}
"""What commands end with; the others with 0."""


def commands():
    """The indented lines of the section, in order."""
    section = PAGE.read_text().split("## A walk through")[1].split("\n## ")[0]
    lines = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    return [line for line in lines if re.match(r"(rompy|sed) ", line)]


@pytest.fixture
def place(tmp_path, monkeypatch):
    pytest.importorskip("anuga", exc_type=ImportError)
    (tmp_path / "examples" / "merimbula").mkdir(parents=True)
    (tmp_path / "examples" / "merimbula" / "tide.yml").write_text(DESCRIPTION)
    (tmp_path / "level.csv").write_text(LEVELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    yield tmp_path
    LoggingConfig.reset()


def test_the_walk_through_works_as_it_stands(place):
    said = {}
    for command in commands():
        program = " ".join(command.split()[:2])
        if program.startswith("rompy"):
            done = CliRunner().invoke(cli, shlex.split(command)[1:])
            assert done.exit_code == STATUS.get(program, 0), f"{command}\n{done.output}"
            said.setdefault(program, done.stdout)
        else:
            subprocess.run(command, shell=True, check=True)
    assert "      config.friction: 0.025 -> 0.03" in said["rompy plan"].splitlines()
    assert "  config.friction: 0.025 -> 0.03" in said["rompy diff"].splitlines()
    assert "results/merimbula_tide_ugrid.nc: values differ" in said["rompy diff"]
    assert said["rompy reproduce"].splitlines()[-1] == "reproduced bit for bit (input and results)"
    assert (place / "difference.png").read_bytes().startswith(b"\x89PNG")
    assert "@misc{anuga-" in said["rompy cite"]
    tell_their_run(place / "simulations" / "merimbula_tide")


def tell_their_run(root):
    """Results can be traced back to what the model was given, and bear no clock."""
    with netCDF4.Dataset(root / "results" / "merimbula_tide_ugrid.nc") as file:
        assert file.id == "merimbula_tide"
        assert file.rompy_input_sha256 == generated_sha256(root) != ""
        assert file.history.startswith("rompy ")
        assert "date_created" not in file.ncattrs()
