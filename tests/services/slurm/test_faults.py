"""Kill -9 of clients of a real Slurm at random instants, and how often it is asked."""

import os
import shutil

import pytest

from rompy.backends import SlurmConfig
from rompy.run import submit_many


@pytest.mark.parametrize("phase", ["submit", "run", "post-run"])
def test_a_client_killed_at_ten_instants(
    slurm, killed_clients, told, processes_of, wait_for, tmp_path, phase
):
    top, seen = tmp_path / "größe 'x\" $HOME", set()
    model = "echo x >> ran; sleep 0.5; echo y > out" if phase == "run" else "echo x >> ran; echo y > out"
    killed_clients(phase, top, {"type": "slurm", "command": model, "patience": 1.0, "grace": 1.0})
    rows = told(top)
    for place in [top / str(number) for number in range(10)]:
        ran = (place / "ran").read_text() if (place / "ran").exists() else ""
        state = rows[place.name]["state"] if place.name in rows else None
        seen.add(state)
        if state == "succeeded":
            assert (ran, (place / "out").read_text()) == ("x\n", "y\n")
        else:  # killed before there was anything to start it
            assert (phase, ran) == ("submit", ""), rows[place.name]
            assert state in (None, "lost"), rows[place.name]
    assert "succeeded" in seen
    assert phase != "submit" or len(seen) > 1
    wait_for(lambda: processes_of(top) == [])
    wait_for(lambda: slurm.call("squeue", "--noheader", "--states=PD,R") == "")


@pytest.fixture
def questions(tmp_path, monkeypatch):
    """The calls of ``squeue`` by whatever process: its command line, one a call."""
    folder, log = tmp_path / "bin", tmp_path / "questions"
    folder.mkdir()
    log.touch()
    script = folder / "squeue"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {log}\nexec {shutil.which("squeue")} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return lambda: log.read_text().splitlines()


def test_one_question_for_all_jobs(new_run, slurm, backend, rompy, told, questions, tmp_path):
    """Twenty of an array and three single ones, whose ids are known; asked by the list of all runs."""
    settings = SlurmConfig(hold=True, patience=1.0)
    runs = [new_run(f"member{number}", "true") for number in range(20)]
    jobs = submit_many([(run, run.staging_dir) for run in runs], settings)
    for number in range(3):
        run = new_run(f"single{number}", "true")
        jobs.append(backend.submit(run, settings, run.staging_dir))
    before = len(questions())
    rows = rompy("jobs", "--json", "--under", tmp_path)["jobs"]
    assert [row["state"] for row in rows] == ["pending"] * 23
    assert len(questions()) - before == 1, questions()[before:]
    backend.cancel_many(jobs)
    assert {row["state"] for row in told(tmp_path).values()} == {"cancelled"}
