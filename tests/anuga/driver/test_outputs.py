from __future__ import annotations

import os
import socket

import pytest

from rompy_anuga.driver.shallow_water.case import read_case
from rompy_anuga.driver.shallow_water.outputs import Outputs
from rompy_anuga.driver.shallow_water.problems import InputError


@pytest.fixture
def outputs(case):
    return Outputs(read_case(case.write()))


def lock(case, process: int, host: str, name: str = "basin.sww.lock"):
    (case.path / name).write_text(f"pid={process}\nhost={host}\nstarted=2023-02-01T00:00:00\n")


def test_a_folder_in_which_the_case_runs_is_not_free(case, outputs):
    lock(case, os.getppid(), socket.gethostname(), "basin_P2_1.sww.lock")
    with pytest.raises(InputError, match=f"basin_P2_1.sww.lock: process {os.getppid()} is running this case"):
        outputs.check_free()


def test_locks_of_the_dead_and_of_other_hosts_are_no_hindrance(case, outputs):
    lock(case, os.getppid(), "another-container")
    lock(case, 2**22 + 1, socket.gethostname(), "basin_P2_0.sww.lock")
    (case.path / "basin_P2_1.sww.lock").write_text("")
    outputs.check_free()
    outputs.clear_locks()
    assert not [name for name in case.files() if name.endswith(".lock")]


def test_clearing_removes_what_a_run_wrote_and_nothing_else(case, outputs):
    mine = {"basin.sww", "basin_P2_0.sww", "basin_P2_1.sww", "basin.sww.lock", "run.json", "progress.jsonl"}
    others = {"basin_P2.sww", "basin_Pier_1.sww", "other.sww", "notes.json"}
    for name in mine | others:
        (case.path / name).write_text("x")
    outputs.clear()
    assert case.files() == others | {"mesh.tsh", "case.json"}


def test_a_record_is_written_whole_or_not_at_all(case, outputs):
    outputs.write_record({"cells": 3})
    assert case.record == {"cells": 3}
    with pytest.raises(ValueError, match="JSON compliant"):
        outputs.write_record({"cells": float("nan")})
    assert case.record == {"cells": 3}
    assert case.files() == {"mesh.tsh", "case.json", "run.json"}
