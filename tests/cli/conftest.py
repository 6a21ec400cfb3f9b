"""A model that needs nothing, and two ways to call the command line: in this process and as one of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner
from pydantic import Field

from rompy import plugins
from rompy.cli import cli
from rompy.core.config import BaseConfig
from rompy.core.data import DataBlob
from rompy.core.launch import Launch
from rompy.core.types import RompyBaseModel
from rompy.errors import DataError, MissingFileError
from rompy.logging import LoggingConfig

MODEL = """
import json, sys, time
for step in range(1, 6):
    with open("progress.jsonl", "a") as file:
        line = {"model_time_s": step * 8640.0, "duration_s": 43200.0, "wall_s": step * 0.1}
        file.write(json.dumps(line) + "\\n")
    print("step", step, flush=True)
    time.sleep(float(sys.argv[1]))
"""


class Wall(RompyBaseModel):
    """A boundary."""

    kind: Literal["wall"] = "wall"


class Puddle(BaseConfig):
    """The smallest model."""

    model_type: Literal["puddle"] = "puddle"
    depth: float = Field(1.0, gt=0)
    """Depth of the water (m)."""
    boundaries: dict[str, Wall] = {}
    bathymetry: Path | None = None
    bed: DataBlob | None = None
    fault: Literal["none", "bug", "data"] = "none"
    pause: float = 0.0

    def __call__(self, runtime):
        if self.bathymetry is not None and not self.bathymetry.exists():
            raise MissingFileError(
                f"the bathymetry {self.bathymetry} does not exist", field="config.bathymetry"
            )
        if self.bed is not None:
            self.bed.get(runtime.staging_dir)
        if self.fault == "bug":
            raise KeyError("depht")
        if self.fault == "data":
            raise DataError("the bathymetry has gaps", hint="Fill them.")
        (runtime.staging_dir / "puddle.txt").write_text(f"{self.depth}\n")
        return {}

    def render(self, context, output_dir):
        """There is no template."""

    def launch(self):
        return Launch(("python", "-c", MODEL, str(self.pause)), progress="progress.jsonl")


RUN = {
    "run_id": "tide",
    "period": {"start": "2023-02-01T00:00:00Z", "duration": "12h"},
    "config": {"model_type": "puddle"},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("ROMPY_") and name != "ROMPY_TEST_DATA"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def rompy(folder):
    """Calls a command in this process; the result has exit_code, stdout and stderr."""

    def call(*arguments, **kwargs):
        return CliRunner().invoke(cli, [str(a) for a in arguments], **kwargs)

    with plugins.registered("rompy.config", "puddle", Puddle):
        yield call
    LoggingConfig.reset()


@pytest.fixture
def process(folder):
    """Calls the command in a process of its own, with the base model only."""

    def call(*arguments, **kwargs):
        command = [sys.executable, "-m", "rompy", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, **kwargs)

    return call


@pytest.fixture
def describe(folder):
    """Writes a description, as JSON because that is YAML too, and returns its path."""

    def write(changes=None, *, name="tide.yml", **sections):
        data = {**RUN, **sections}
        data["config"] = {**RUN["config"], **(changes or {})}
        (folder / name).write_text(json.dumps(data, indent=1))
        return name

    return write
