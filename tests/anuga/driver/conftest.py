"""Case folders made by hand, run by the driver as it is in the source tree."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

DRIVER = Path(__file__).parents[3] / "src" / "rompy_anuga" / "driver"
START = "2023-02-01T00:00:00Z"


@dataclass
class Ended:
    """How a run ended."""

    status: int
    out: str
    err: str


class CaseFolder:
    """A folder with a case, begun with still water in a closed basin, 100 m by 50 m and 10 m deep."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self._capsys = capsys
        self.content: dict[str, Any] = {
            "format": "rompy-anuga-case/1",
            "name": "basin",
            "start": START,
            "duration_s": 10.0,
            "crs": "EPSG:28355",
            "vertical_datum": "MSL",
            "mesh": {"file": "mesh.tsh"},
            "bathymetry": {"from": "mesh"},
            "friction": 0.0,
            "initial_level_m": 0.0,
            "boundaries": {tag: {"type": "wall"} for tag in ("west", "east", "south", "north")},
            "output": {"interval_s": 5.0},
        }
        self.mesh(4, 2, 100.0, 50.0)

    def mesh(
        self, nx: int, ny: int, lx: float, ly: float, origin=(0.0, 0.0), bed=lambda x, y: -10.0 + 0.0 * x
    ):
        """A regular mesh of rectangles cut crosswise into four triangles, with a bed at its nodes."""
        x, y = np.linspace(0.0, lx, nx + 1) + origin[0], np.linspace(0.0, ly, ny + 1) + origin[1]
        corners = np.array([(a, b) for b in y for a in x])
        middles = np.array([(a, b) for b in (y[1:] + y[:-1]) / 2 for a in (x[1:] + x[:-1]) / 2])
        nodes = np.vstack([corners, middles])
        at = lambda i, j: j * (nx + 1) + i  # noqa: E731
        triangles, segments = [], []
        for j in range(ny):
            for i in range(nx):
                ring = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)]
                middle = len(corners) + j * nx + i
                triangles += [(ring[n], ring[(n + 1) % 4], middle) for n in range(4)]
        segments += [(at(i, 0), at(i + 1, 0), "south") for i in range(nx)]
        segments += [(at(i, ny), at(i + 1, ny), "north") for i in range(nx)]
        segments += [(at(0, j), at(0, j + 1), "west") for j in range(ny)]
        segments += [(at(nx, j), at(nx, j + 1), "east") for j in range(ny)]
        z = bed(nodes[:, 0], nodes[:, 1])
        lines = [f"{len(nodes)} 1 # vertices"]
        lines += [
            f"{n} {a!r} {b!r} {c!r}" for n, (a, b, c) in enumerate(np.column_stack([nodes, z]).tolist())
        ]
        lines += ["# titles", "elevation", f"{len(triangles)} # triangles"]
        lines += [f"{n} {a} {b} {c} -1 -1 -1 " for n, (a, b, c) in enumerate(triangles)]
        lines += [f"{len(segments)} # segments"]
        lines += [f"{n} {a} {b} {tag}" for n, (a, b, tag) in enumerate(segments)]
        (self.path / "mesh.tsh").write_text("\n".join(lines) + "\n")

    def polygon(self, name: str, points: list[tuple[float, float]]) -> str:
        (self.path / name).write_text("".join(f"{x},{y}\n" for x, y in points))
        return name

    def rectangle(self, lx: float = 100.0, ly: float = 50.0, max_area_m2: float = 100.0) -> None:
        """A mesh to be made inside a rectangle; the bed comes from a file with a flat bottom."""
        self.polygon("domain.csv", [(0, 0), (lx, 0), (lx, ly), (0, ly)])
        self.content["mesh"] = {
            "polygon": "domain.csv",
            "tags": {"south": [0], "east": [1], "north": [2], "west": [3]},
            "max_area_m2": max_area_m2,
        }
        self.still("bathymetry.nc", "elevation", lambda x, y: -10.0 + 0 * x, [0, lx], [0, ly])
        self.content["bathymetry"] = {"file": "bathymetry.nc", "variable": "elevation"}

    def still(self, name: str, variable: str, values, x, y, units: str = "m") -> str:
        """A field that does not change, from a function of x and y or an array [y, x]."""
        x, y = np.asarray(x, float), np.asarray(y, float)
        with netCDF4.Dataset(self.path / name, "w") as file:
            self._axes(file, x, y)
            made = file.createVariable(variable, "f8", ("y", "x"), fill_value=-9e9)
            made.units = units
            made[:] = np.ma.masked_invalid(values(*np.meshgrid(x, y)) if callable(values) else values)
        return name

    def changing(self, name: str, x, y, seconds, units: str, **variables) -> str:
        """Fields over time, each from a function of time, x and y."""
        x, y, seconds = (np.asarray(axis, float) for axis in (x, y, seconds))
        t, b, a = np.meshgrid(seconds, y, x, indexing="ij")
        with netCDF4.Dataset(self.path / name, "w") as file:
            self._axes(file, x, y)
            self._time(file, seconds)
            for variable, values in variables.items():
                made = file.createVariable(variable, "f8", ("time", "y", "x"), fill_value=-9e9)
                made.units = units
                made[:] = np.ma.masked_invalid(values(t, a, b) + 0.0 * t)
        return name

    def series(self, name: str, seconds, values, variable: str = "water_level", units: str = "m") -> str:
        with netCDF4.Dataset(self.path / name, "w") as file:
            self._time(file, np.asarray(seconds, float))
            made = file.createVariable(variable, "f8", ("time",), fill_value=-9e9)
            made.units = units
            made[:] = np.ma.masked_invalid(np.asarray(values, float))
        return name

    def write(self) -> Path:
        path = self.path / "case.json"
        path.write_text(json.dumps(self.content))
        return path

    def run(self, *options: str) -> Ended:
        """Run the case in this process."""
        from rompy_anuga.driver.shallow_water.program import main

        self._capsys.readouterr()
        status = main([*options, str(self.write())])
        return Ended(status, *self._capsys.readouterr())

    def done(self) -> CaseFolder:
        """Run the case in this process, to its end."""
        ended = self.run()
        assert ended.status == 0, ended.err
        return self

    def launch(self, ranks: int = 0, timeout: float = 60.0, **variables: str) -> Ended:
        """Run the case as it is run elsewhere: the driver copied beside it, a process of its own (or several)."""
        shutil.copytree(DRIVER, self.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        self.write()
        command = [sys.executable, "run_case.py", "case.json"]
        if ranks:
            command = [str(Path(sys.executable).parent / "mpiexec"), "-n", str(ranks), *command]
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "PYTHON"))
        }
        environment |= variables
        with subprocess.Popen(
            command,
            cwd=self.path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            finally:
                # mpiexec's ranks spin for ever when one is missing; the whole group goes.
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        return Ended(process.returncode, out, err)

    def files(self) -> set[str]:
        return {path.name for path in self.path.iterdir()}

    @property
    def record(self) -> dict[str, Any]:
        return json.loads((self.path / "run.json").read_text())

    @property
    def progress(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.path / "progress.jsonl").read_text().splitlines()]

    def output(self) -> dict[str, Any]:
        """The model's output: cell centres, areas, and values at the cells."""
        with netCDF4.Dataset(self.path / "basin.sww") as file:
            nodes = np.column_stack([file["x"][:] + file.xllcorner, file["y"][:] + file.yllcorner])
            corners = nodes[np.asarray(file["volumes"][:])]
            (ax, ay), (bx, by) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
            names = {"stage_c": "stage", "elevation_c": "bed", "xmomentum_c": "uh", "ymomentum_c": "vh"}
            return {
                "time": np.asarray(file["time"][:]),
                "nodes": nodes,
                "x": corners[:, :, 0].mean(axis=1),
                "y": corners[:, :, 1].mean(axis=1),
                "area": (ax * by - ay * bx) / 2,
                **{short: np.asarray(file[name][:], float) for name, short in names.items()},
            }

    def _axes(self, file: netCDF4.Dataset, x: np.ndarray, y: np.ndarray) -> None:
        for name, values in (("x", x), ("y", y)):
            file.createDimension(name, values.size)
            axis = file.createVariable(name, "f8", (name,))
            axis.units = "m"
            axis[:] = values

    def _time(self, file: netCDF4.Dataset, seconds: np.ndarray) -> None:
        file.createDimension("time", seconds.size)
        time = file.createVariable("time", "f8", ("time",))
        time.units = "seconds since 2023-02-01 00:00:00"
        time.calendar = "proleptic_gregorian"
        time[:] = seconds


@pytest.fixture
def case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CaseFolder:
    """A case of still water in a closed basin, to be changed."""
    return CaseFolder(tmp_path, capsys)
