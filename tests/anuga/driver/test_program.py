"""Whole runs: what is written, in which state, and with which exit status."""

from __future__ import annotations

import os
import socket

import numpy as np
import pytest

EAST, NORTH = 759600.5, 5912330.25
"""Where the cases below lie: large coordinates are where precision is lost."""


def stormy(case) -> None:
    """A case with everything in it that ranks share, on a sloping bed."""
    x, y = [EAST, EAST + 100], [NORTH, NORTH + 50]
    case.polygon("domain.csv", [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])])
    case.still("bathymetry.nc", "elevation", lambda a, b: -2.0 + 0.03 * (a - EAST), x, y)
    field = ([EAST - 10, EAST + 110], [NORTH + 60, NORTH - 10], [0, 50, 100])
    case.changing(
        "wind.nc", *field, "m s-1", u10=lambda t, a, b: 10 + 0.1 * (a - EAST), v10=lambda t, a, b: 0.1 * t
    )
    case.changing("pressure.nc", *field, "Pa", msl=lambda t, a, b: 1e5 + 10 * (a - EAST) + t)
    case.changing("rain.nc", *field, "mm h-1", rain_rate=lambda t, a, b: 20 + t)
    case.series("tide.nc", [0, 50, 100], [0.0, 0.1, 0.3])
    case.content |= {
        "mesh": {
            "polygon": "domain.csv",
            "tags": {"south": [0], "east": [1], "north": [2], "west": [3]},
            "max_area_m2": 60.0,
        },
        "bathymetry": {"file": "bathymetry.nc", "variable": "elevation"},
        "duration_s": 60.0,
        "output": {"interval_s": 20.0},
        "friction": 0.03,
        "wind": {"file": "wind.nc", "x_wind": "u10", "y_wind": "v10"},
        "pressure": {"file": "pressure.nc", "variable": "msl"},
        "rain": {"file": "rain.nc", "variable": "rain_rate"},
        "coriolis_latitude_deg": -37.0,
    }
    case.content["boundaries"]["west"] = {"type": "water_level", "file": "tide.nc", "variable": "water_level"}


def flooded(case, level: float) -> None:
    """The same, with a boundary that goes mad after 25 s."""
    stormy(case)
    case.series("tide.nc", [0, 25, 26, 100], [0.0, 0.0, level, level])


def test_a_run_writes_output_progress_and_record(case):
    stormy(case)
    before = case.files()
    ended = case.run()
    assert (ended.status, ended.err) == (0, "")
    assert case.files() - before == {"basin.sww", "progress.jsonl", "run.json", "case.json"}
    assert list(case.record) == ["anuga", "cells", "ranks", "setup_s", "steps", "evolve_s", "mass_balance"]
    assert case.record["cells"] == case.output()["x"].size
    balance = case.record["mass_balance"]
    inflow = balance["boundary_inflow_m3"] + balance["operator_inflow_m3"]
    gain = balance["final_volume_m3"] - balance["initial_volume_m3"]
    assert gain == pytest.approx(inflow + balance["error_m3"])
    assert balance["max_abs_error_m3"] < 1e-6


def test_progress_is_told_at_every_output_time_to_programs_and_people(case):
    stormy(case)
    case.content |= {"duration_s": 50.0}
    ended = case.run()
    lines = case.progress
    assert [line["model_time_s"] for line in lines] == [0.0, 20.0, 40.0, 50.0]
    assert {line["duration_s"] for line in lines} == {50.0}
    assert sum(line["steps"] for line in lines) == case.record["steps"]
    assert lines[0]["dt_min_s"] is None
    assert all(0 < line["dt_min_s"] <= line["dt_max_s"] < 5 for line in lines[1:])
    assert lines[-1]["volume_m3"] == case.record["mass_balance"]["final_volume_m3"]
    assert 0.01 < lines[-1]["max_speed_m_s"] < 2.0
    people = ended.out.splitlines()
    assert len(people) == 4
    assert people[-1].startswith("2023-02-01T00:00:50Z  100%")


def test_the_copied_folder_runs_without_rompy_and_leaves_nothing_else(case):
    stormy(case)
    ended = case.launch()
    assert (ended.status, ended.err) == (0, "")
    assert len(ended.out.splitlines()) == 4
    assert not any("__pycache__" in str(path) or path.suffix == ".lock" for path in case.path.rglob("*"))


def test_two_runs_write_the_same_bytes(case):
    stormy(case)
    outputs = [(case.done().path / "basin.sww").read_bytes() for _ in range(2)]
    assert outputs[0] == outputs[1]


def test_two_threads_give_the_water_level_of_one(case):
    stormy(case)
    one = case.done().output()
    case.content["numerics"] = {"threads": 2}
    assert case.launch().status == 0
    assert np.abs(case.output()["stage"] - one["stage"]).max() < 1e-6


def test_two_ranks_give_the_water_level_of_one(case):
    stormy(case)
    alone, books = case.done().output(), case.record
    case.content["numerics"] = {"ranks": 2}
    ended = case.launch(ranks=2)
    assert ended.status == 0, ended.err
    together = case.output()
    for name in ("nodes", "time", "stage", "bed", "uh", "vh"):
        assert (alone[name] == together[name]).all(), name
    assert (case.record["ranks"], case.record["cells"]) == (2, books["cells"])
    assert case.record["mass_balance"] == pytest.approx(books["mass_balance"], rel=1e-12, abs=1e-9)
    assert not [name for name in case.files() if "_P2_" in name or name.endswith(".lock")]


def test_a_mistake_ends_all_ranks_with_one_message(case):
    stormy(case)
    case.content["numerics"] = {"ranks": 2}
    del case.content["boundaries"]["north"]
    ended = case.launch(ranks=2)
    assert ended.status == 2
    assert ended.err.count("no condition for tag 'north'") == 1


def test_the_number_of_ranks_must_be_that_of_the_case(case):
    case.content["numerics"] = {"ranks": 2}
    ended = case.run()
    assert ended.status == 2
    assert "the case asks for 2 and 1 started; start it with mpiexec -n 2" in ended.err


def test_one_rank_runs_where_mpi4py_finds_no_mpi_library(case):
    ended = case.launch(MPI4PY_LIBMPI="/no/such/library.so")
    assert (ended.status, ended.err) == (0, "")


@pytest.mark.parametrize(
    ("level", "reason"),
    [(1e150, "level or flow is not a number"), (1e12, "the time step fell below 1e-05 s")],
)
@pytest.mark.filterwarnings(
    "ignore:overflow encountered:RuntimeWarning", "ignore:invalid value:RuntimeWarning"
)
def test_a_model_that_blows_up_says_when_and_where(case, level, reason):
    flooded(case, level)
    ended = case.run()
    assert ended.status == 1
    last = ended.err.splitlines()[-1]
    assert last.startswith(f"run_case: the model blew up: {reason}")
    assert " at 25." in last
    assert " x 7596" in last
    assert "run.json" not in case.files()
    assert case.progress[-1]["model_time_s"] == 20.0


def test_a_model_that_blows_up_ends_all_ranks(case):
    flooded(case, 1e150)
    case.content["numerics"] = {"ranks": 2}
    ended = case.launch(ranks=2)
    assert ended.status == 1
    assert "run_case: the model blew up" in ended.err
    assert "run.json" not in case.files()


def test_a_failed_run_leaves_no_record_of_the_run_before(case):
    stormy(case)
    case.done()
    flooded(case, 1e12)
    assert case.run().status == 1
    assert "run.json" not in case.files()
    stormy(case)
    case.done()
    assert case.record["steps"] > 0


def test_a_check_reads_everything_and_writes_nothing(case):
    stormy(case)
    case.write()
    before = case.files()
    ended = case.run("--check")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("basin: ")
    assert "edges: " in ended.out
    assert case.files() == before


def test_a_case_that_runs_already_is_refused(case):
    (case.path / "basin.sww.lock").write_text(f"pid={os.getppid()}\nhost={socket.gethostname()}\n")
    ended = case.run()
    assert ended.status == 2
    assert f"process {os.getppid()} is running this case" in ended.err


def test_rain_on_dry_ground_falls_bit_by_bit(case):
    case.mesh(4, 2, 100.0, 50.0, bed=lambda x, y: 1.0 + 0 * x)
    case.changing("rain.nc", [0, 100], [0, 50], [0, 900], "mm h-1", rain_rate=lambda t, x, y: 10 + 0 * x)
    case.content |= {
        "rain": {"file": "rain.nc", "variable": "rain_rate"},
        "friction": 0.03,
        "duration_s": 900.0,
        "output": {"interval_s": 900.0},
    }
    case.done()
    assert case.progress[-1]["dt_max_s"] == 60.0
    assert case.record["mass_balance"]["operator_inflow_m3"] == pytest.approx(2.5e-3 * 5000)


def test_water_flows_around_an_island_and_none_is_lost(case):
    case.rectangle(100, 50, max_area_m2=60.0)
    case.polygon("rock.csv", [(40, 15), (60, 15), (60, 35), (40, 35)])
    case.content["mesh"]["islands"] = [{"polygon": "rock.csv", "tags": {"rock": [0, 1, 2, 3]}}]
    case.content["boundaries"]["rock"] = {"type": "wall"}
    case.series("tide.nc", [0, 20, 40], [0.0, 0.5, 0.5])
    case.content["boundaries"]["west"] = {"type": "water_level", "file": "tide.nc", "variable": "water_level"}
    case.content |= {"duration_s": 40.0, "output": {"interval_s": 10.0}}
    assert case.done().record["mass_balance"]["max_abs_error_m3"] < 1e-6
    out = case.output()
    assert out["area"].sum() == pytest.approx(5000.0 - 400.0)
    assert out["stage"][-1][out["x"] > 60].mean() > 0.2
    del case.content["boundaries"]["rock"]
    ended = case.run()
    assert (ended.status, "rock" in ended.err) == (2, True)
