import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rompy.errors import ModelError, SubmitError, WorkspaceError


def test_a_run_without_settings_is_local(rompy, describe):
    result = rompy("run", describe())
    assert result.exit_code == 0, result.stderr
    assert "tide (puddle, 2023-02-01 00:00 to 2023-02-01 12:00 UTC)" in result.stderr
    assert "the run succeeded after" in result.stdout
    assert "Next: rompy postprocess tide.yml --processor-config FILE" in result.stdout
    assert "step 1" in Path("simulations/tide/.rompy/stdout.log").read_text()


def test_the_model_speaks_only_when_asked(rompy, describe):
    assert "| step 5" not in rompy("run", describe()).stderr
    assert "| step 5" in rompy("run", describe(), "--delete-existing", "-v").stderr
    streaming = describe(backend={"type": "local", "stream_output": True})
    assert "| step 5" in rompy("run", streaming, "--delete-existing").stderr
    assert rompy("run", streaming, "--delete-existing", "-v").stderr.count("step 5") == 1
    assert rompy("run", streaming, "--delete-existing", "-q").stderr == ""


def test_json_holds_the_whole_result(rompy, describe):
    document = json.loads(rompy("run", describe(), "--json").stdout)
    assert document["ok"] is True
    assert document["run"]["state"] == "succeeded"
    assert document["run"]["exit_code"] == 0


def test_settings_come_from_a_file_or_from_the_section(rompy, describe):
    Path("local.yml").write_text("type: local\ncommand: echo from a file\n")
    name = describe(backend={"type": "local", "command": "echo from the section"})
    rompy("run", name)
    assert "from the section" in Path("simulations/tide/.rompy/stdout.log").read_text()
    rompy("run", name, "--backend-config", "local.yml", "--delete-existing")
    assert "from a file" in Path("simulations/tide/.rompy/stdout.log").read_text()


def test_a_failed_model_gives_its_reason_and_status(rompy, describe):
    result = rompy("run", describe(backend={"type": "local", "command": "echo no wind >&2; exit 3"}))
    assert result.exit_code == ModelError.exit_status
    assert "Error: " in result.stderr
    assert "exit code 3" in result.stderr
    assert result.stderr.count("no wind\n") == 1
    assert result.stdout == ""


def test_a_failure_is_json_too(rompy, describe):
    result = rompy("run", describe(backend={"type": "local", "command": "exit 3"}), "--json")
    document = json.loads(result.stdout)
    assert document["ok"] is False
    assert document["error"]["code"] == "model"
    assert document["error"]["exit_status"] == result.exit_code == ModelError.exit_status


def test_nothing_to_execute_is_an_error(rompy, describe):
    result = rompy(
        "run", "run_id: x\nperiod: {start: 2023-02-01, duration: 1h}\nconfig: {model_type: base}\n"
    )
    assert result.exit_code == SubmitError.exit_status
    assert "nothing to execute" in result.stderr


def test_an_existing_workspace_is_run_as_it_is(rompy, describe):
    name = describe(delete_existing=True)
    rompy("generate", name)
    Path("simulations/tide/puddle.txt").write_text("by hand")
    assert rompy("run", name, "--skip-generate").exit_code == 0
    assert Path("simulations/tide/puddle.txt").read_text() == "by hand"


def test_skipping_needs_a_workspace(rompy, describe):
    result = rompy("run", describe(), "--skip-generate")
    assert result.exit_code == WorkspaceError.exit_status
    assert "there is no generated workspace in simulations/tide" in result.stderr


def test_progress_is_told_in_lines_where_there_is_no_terminal(rompy, describe, monkeypatch):
    from rompy.cli import watch

    monkeypatch.setattr(watch, "SOONEST", 0.0)
    result = rompy("run", describe({"pause": 0.3}))
    assert "of 12 h (" in result.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_takes_the_model_along(folder, number, status):
    Path("long.yml").write_text(
        "run_id: long\nperiod: {start: 2023-02-01, duration: 12h}\nconfig: {model_type: base}\n"
        "backend: {type: local, command: 'echo $$ > model.pid; exec sleep 600'}\n"
    )
    command = [sys.executable, "-m", "rompy", "run", "long.yml"]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    pid = Path("simulations/long/model.pid")
    deadline = time.monotonic() + 60
    while not (pid.exists() and pid.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(number)
    _, stderr = running.communicate(timeout=60)
    assert running.returncode == status
    assert "was cancelled" in stderr
    assert "Traceback" not in stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
