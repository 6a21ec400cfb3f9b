"""Runs that are left alone: submit, jobs, status, logs, wait, cancel, resume."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rompy.core.workspace import Workspace
from rompy.jobs import JobState, job_status
from rompy.jobs.record import JobRecord

TIDE = Path("simulations/tide")


def local(command, **settings):
    return {"type": "local", "command": command, **settings}


@pytest.fixture
def submitted(rompy, describe):
    """Submits a command as the run tide and gives the result of the command line."""

    def submit(command, *options, **settings):
        return rompy("submit", describe(backend=local(command, **settings)), *options)

    return submit


@pytest.fixture
def listed(rompy):
    return lambda *options: json.loads(rompy("jobs", "--json", *options).stdout)["jobs"]


def test_submit_prints_the_workspace_and_returns(rompy, submitted):
    result = submitted("until [ -e go ]; do sleep 0.05; done; echo done")
    assert result.exit_code == 0, result.stderr
    workspace = Path(result.stdout.splitlines()[0])
    assert workspace == TIDE.absolute()
    assert not job_status(workspace).state.is_final
    (workspace / "go").touch()
    assert rompy("wait", workspace).exit_code == 0
    assert rompy("logs", workspace, "--only", "stdout").stdout == "done\n"


def test_a_run_is_named_by_folder_by_run_id_or_by_its_description(rompy, submitted):
    submitted("exit 0")
    for name in (TIDE, "tide", "tide.yml", "simulations"):
        assert rompy("wait", name).exit_code == 0, name
        assert "succeeded" in rompy("status", name).stdout, name


def test_a_name_that_stands_for_nothing_or_for_several_is_told(rompy, submitted, describe):
    submitted("exit 0")
    result = rompy("status", "neap")
    assert result.exit_code == 6
    assert "rescan" in result.stderr
    rompy("submit", describe(backend=local("exit 0")), "--output-dir", "other")
    result = rompy("status", "tide")
    assert result.exit_code == 6
    assert "2 runs are known as 'tide'" in result.stderr
    for folder in ("simulations", "other"):
        rompy("wait", folder)


def test_waiting_for_a_failure_tells_why(rompy, submitted):
    submitted("echo no wind >&2; exit 3")
    result = rompy("wait", TIDE)
    assert result.exit_code == 8
    assert "exit code 3" in result.stderr
    assert "no wind" in result.stderr


def test_waiting_has_an_end(rompy, submitted):
    submitted("sleep 30")
    result = rompy("wait", TIDE, "--timeout", "0.2")
    assert result.exit_code == 124
    assert "1 of 1 runs have not ended" in result.stderr
    assert rompy("cancel", TIDE, "--wait").exit_code == 0
    assert job_status(TIDE).state is JobState.cancelled


def test_cancelling_tells_what_had_ended_already(rompy, submitted):
    submitted("exit 0")
    rompy("wait", TIDE)
    assert "had ended already: succeeded" in rompy("cancel", TIDE).stdout


def test_jobs_are_listed_with_their_present_state(rompy, submitted, listed, describe):
    submitted("sleep 30")
    (row,) = listed()
    assert (row["run_id"], row["state"], row["backend"]) == ("tide", "running", "local")
    assert listed("--state", "failed") == []
    assert listed("--backend", "slurm") == []
    assert listed("--under", "elsewhere") == []
    assert len(listed("--under", "simulations", "--limit", "1")) == 1
    rompy("cancel", TIDE, "--wait")
    assert listed()[0]["state"] == "cancelled"
    table = rompy("jobs").stdout.splitlines()
    assert table[0].split() == ["run", "state", "backend", "id", "submitted", "workspace", "reason"]
    assert "cancelled" in table[1]


def test_a_job_whose_supervisor_was_killed_is_listed_as_lost(submitted, listed, wait_for):
    from rompy.jobs.heartbeat import read_heartbeat
    from rompy.jobs.supervise import process_table, send

    submitted("sleep 60")
    beat = wait_for(lambda: read_heartbeat(TIDE))
    for pid in (process_table()[beat.pid].parent, beat.pid, beat.model_pid):
        send({pid}, signal.SIGKILL)  # the last may be gone by then
    wait_for(lambda: [row["state"] for row in listed()] == ["lost"])


def test_the_list_is_made_again_from_the_folders(rompy, submitted, listed, tmp_path):
    submitted("exit 0")
    rompy("wait", TIDE)
    shutil.rmtree(tmp_path / "state" / "rompy")
    assert listed() == []
    assert [row["run_id"] for row in listed("--rescan", "simulations")] == ["tide"]
    shutil.rmtree(TIDE)
    assert listed("--rescan", "simulations") == []


def test_runs_of_the_run_command_are_listed_too(rompy, describe, listed):
    rompy("run", describe())
    assert [row["state"] for row in listed()] == ["succeeded"]


def test_logs_show_the_last_lines_and_what_follows(rompy, submitted, process):
    submitted("for i in 1 2 3; do echo line $i; done; printf '\\033[2Jred\\n'; sleep 1; echo late")
    followed = process("logs", TIDE, "-f")
    assert followed.returncode == 0, followed.stderr
    assert followed.stdout.splitlines() == ["line 1", "line 2", "line 3", "[2Jred", "late"]
    assert rompy("logs", TIDE, "--only", "stdout", "-n", "1").stdout == "late\n"
    assert rompy("logs", TIDE, "--only", "container").exit_code == 6


def test_status_has_the_progress_of_a_running_model(rompy, describe, wait_for):
    rompy("submit", describe({"pause": 600.0}))
    wait_for(lambda: "2 h 24 min of 12 h (20 %)" in rompy("status", TIDE).stdout)
    rompy("cancel", TIDE, "--wait")


def test_resume_leaves_a_success_alone_and_says_why(rompy, submitted):
    submitted("exit 0")
    rompy("wait", TIDE)
    result = rompy("resume", "simulations")
    assert "left alone: it succeeded, and its input is as it was" in result.stderr
    assert "0 of 1" in result.stdout
    assert JobRecord.read(Workspace(TIDE)).last.number == 1


def test_resume_runs_a_failure_again_with_the_settings_of_the_last_attempt(rompy, submitted):
    submitted("[ -e there ] || { touch there; exit 9; }; echo $DEPTH", env_vars={"DEPTH": "7"})
    rompy("wait", TIDE)
    told = rompy("resume", TIDE, "--dry-run")
    assert "exit code 9" in told.stderr
    assert JobRecord.read(Workspace(TIDE)).last.number == 1
    result = rompy("resume", TIDE, "--wait")
    assert result.exit_code == 0, result.stderr
    assert rompy("logs", TIDE, "--only", "stdout").stdout == "7\n"
    assert JobRecord.read(Workspace(TIDE)).last.number == 2


def test_resume_decides_by_content(rompy, submitted):
    submitted("exit 0")
    rompy("wait", TIDE)
    time.sleep(0.02)  # the clock of the file system has to tick once
    (TIDE / "puddle.txt").write_text("2.0\n")
    assert "input has changed since: puddle.txt" in rompy("resume", TIDE, "--wait").stderr
    (TIDE / "puddle.txt").unlink()
    assert "input was removed since: puddle.txt" in rompy("resume", TIDE).stderr


def test_resume_does_not_run_without_its_input(rompy, submitted):
    submitted("exit 1")
    rompy("wait", TIDE)
    (TIDE / "puddle.txt").unlink()
    result = rompy("resume", TIDE)
    assert result.exit_code == 6
    assert "input is missing: puddle.txt" in result.stderr


def test_resume_leaves_what_runs_alone(rompy, submitted):
    submitted("sleep 30")
    assert "left alone: it is running" in rompy("resume", TIDE).stderr
    rompy("cancel", TIDE, "--wait")


def test_resume_takes_secrets_from_the_environment_only(rompy, submitted, monkeypatch):
    submitted("echo $API_TOKEN; exit 1", env_vars={"API_TOKEN": "geheim"})
    rompy("wait", TIDE)
    result = rompy("resume", TIDE)
    assert result.exit_code == 3
    assert "API_TOKEN" in result.stderr
    monkeypatch.setenv("API_TOKEN", "other")
    rompy("resume", TIDE, "--wait")
    assert rompy("logs", TIDE, "--only", "stdout").stdout == "other\n"


def everything_below(folder):
    """Every path with its size and time of change, the index of runs and the user's own files included."""
    return {p: (p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(folder.parent.rglob("*"))}


def test_a_dry_run_shows_everything_and_leaves_nothing(rompy, describe, folder):
    Path("slurm.yml").write_text(
        "type: slurm\nqueue: normal\ntime_limit: '0:10:00'\nenv_vars: {API_KEY: x}\n"
    )
    name = describe()
    before = everything_below(folder)
    result = rompy("run", name, "--dry-run", "--backend-config", "slurm.yml")
    assert result.exit_code == 0, result.stderr
    for words in (
        "command: sbatch .rompy/job.sh",
        "#SBATCH --partition=normal",
        "environment: API_KEY=***",
        "puddle.txt",
        ".rompy/launch.sh:",
    ):
        assert words in result.stdout
    assert re.search(r"  queue = normal +# slurm.yml:2\n", result.stdout)
    assert re.search(r"  nodes = 1 +# default\n", result.stdout)
    assert everything_below(folder) == before


def test_a_dry_run_is_one_json_document_and_changes_no_run_that_is_there(rompy, describe, folder):
    name = describe()
    rompy("run", name)
    before = everything_below(folder)
    document = json.loads(rompy("run", name, "--dry-run", "--json").stdout)
    assert ".rompy/supervise.py" in document["plan"]["command"]
    assert {file["path"] for file in document["files"]} == {"puddle.txt"}
    assert {"name": "grace", "value": 10.0, "source": "default"} in document["settings"]
    assert everything_below(folder) == before
    assert rompy("run", name, "--dry-run", "--skip-generate").exit_code == 2


def test_ctrl_c_ends_the_waiting_and_not_the_run(rompy, submitted, describe, wait_for):
    submitted("sleep 600")
    rompy("submit", describe(backend=local("true")), "--output-dir", "other")
    command = [sys.executable, "-m", "rompy", "wait", str(TIDE), "other"]
    waiting = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert "succeeded" in waiting.stderr.readline()  # it has told of the one, and waits for the other
    waiting.send_signal(signal.SIGINT)
    waiting.communicate(timeout=60)
    assert waiting.returncode == 130
    wait_for(lambda: job_status(TIDE).state is JobState.running)
    rompy("cancel", TIDE, "--wait")
