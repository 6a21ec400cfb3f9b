import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rompy.backends import LocalConfig
from rompy.errors import SubmitError, WorkspaceError
from rompy.jobs import (
    JobEnded,
    JobState,
    LogLine,
    ProgressMade,
    RunInterrupted,
    StateChanged,
    job_status,
    listening,
)
from rompy.jobs.events import JobStarted
from rompy.jobs.heartbeat import read_heartbeat
from rompy.jobs.lock import is_locked
from rompy.jobs.record import JobRecord
from rompy.jobs.supervise import SAME_REQUEST
from rompy.run import LocalRunBackend

AT_GO = "until [ -e go ]; do sleep 0.05; done"
"""What a model waits for, so that it goes on when the test has seen what it had to see."""


def run_in(run, workspace="own", on_event=None, **settings):
    workspace = run.staging_dir if workspace == "own" else workspace
    return LocalRunBackend().run(run, LocalConfig(**settings), workspace, on_event=on_event)


def test_a_command_runs_in_the_workspace(new_run):
    run = new_run()
    result = run_in(
        run, command='pwd; echo "$GREETING"; echo oh >&2', env_vars={"GREETING": 'it\'s\n"fine" $HOME'}
    )
    assert result
    assert (result.state, result.exit_code, result.backend, result.attempt) == (
        JobState.succeeded,
        0,
        "local",
        1,
    )
    assert result.stdout_log.read_text() == f'{run.staging_dir}\nit\'s\n"fine" $HOME\n'
    assert result.stderr_log.read_text() == "oh\n"
    assert result.submitted <= result.started <= result.ended
    assert run.generated == 1  # by the fixture


def test_the_configuration_s_own_command_runs(new_run):
    run = new_run("python", "model.py", env={"DEPTH": "12 m"})
    run.write("import os, sys; print(sys.executable, os.environ['DEPTH'])")
    result = run_in(run)
    assert result
    assert result.stdout_log.read_text() == f"{sys.executable} 12 m\n"


def test_a_failure_is_a_result_that_tells_why(new_run):
    run = new_run("python", "model.py")
    run.write("raise ValueError('no depth at node 7')")
    result = run_in(run)
    assert not result
    assert (result.state, result.exit_code) == (JobState.failed, 1)
    assert result.reason.endswith("ValueError: no depth at node 7")
    assert JobRecord.read(run.workspace).last.state == "failed"


def test_nothing_to_execute_is_an_error_and_touches_nothing(new_run):
    run = new_run()
    with pytest.raises(SubmitError, match="nothing to execute") as caught:
        run_in(run)
    assert "command" in caught.value.hint
    assert list(run.staging_dir.iterdir()) == []


def test_without_a_workspace_it_is_generated_first(new_run, caplog):
    run = new_run()
    with caplog.at_level(logging.WARNING):
        assert run_in(run, workspace=None, command="true")
    assert run.generated == 2
    assert "generating" in caplog.text


def test_a_workspace_that_is_not_there_is_an_error(new_run, tmp_path):
    with pytest.raises(WorkspaceError, match="does not exist"):
        run_in(new_run(), workspace=tmp_path / "nowhere", command="true")


@pytest.mark.parametrize("model_run", [None, type("Nameless", (), {})()])
def test_something_that_is_no_run_is_refused(model_run):
    with pytest.raises(ValueError, match="model_run"):
        LocalRunBackend().run(model_run, LocalConfig(command="true"), ".")


def test_another_working_directory(new_run, tmp_path):
    result = run_in(new_run(), command="pwd", working_dir=tmp_path)
    assert result.stdout_log.read_text() == f"{tmp_path}\n"


def test_the_caller_s_directory_and_environment_stay_as_they_are(new_run, tmp_path):
    before = (os.getcwd(), dict(os.environ))
    assert run_in(new_run(), command='cd /; test "$CASE" = 7', env_vars={"CASE": "7"}, working_dir=tmp_path)
    assert (os.getcwd(), dict(os.environ)) == before


def test_a_secret_reaches_the_model_but_no_file(new_run):
    run = new_run()
    result = run_in(run, command='printf %s "$API_TOKEN" | wc -c', env_vars={"API_TOKEN": "tr0ub4dor"})
    assert result.stdout_log.read_text().strip() == "9"
    for path in run.staging_dir.rglob("*"):
        assert path.is_dir() or b"tr0ub4dor" not in path.read_bytes()


def test_what_happens_is_told_as_it_happens(new_run):
    run = new_run("python", "model.py", progress="progress.jsonl")
    run.write(
        """
        import json, os, time
        with open("progress.jsonl", "a") as file:
            for i in range(1, 5):
                values = {"model_time_s": 600.0 * i, "duration_s": 2400.0, "wall_s": 0.25 * i}
                print("step", i, flush=True)
                print(json.dumps(values), file=file, flush=True)
                while not os.path.exists(f"seen {i}"):
                    time.sleep(0.02)
        """
    )
    events = []

    def listen(event):
        """Lets the model go on when a step and its progress have been told."""
        events.append(event)
        seen = [sum(isinstance(one, kind) for one in events) for kind in (LogLine, ProgressMade)]
        (run.staging_dir / f"seen {min(seen)}").touch()

    result = run_in(run, on_event=listen)
    assert isinstance(events[0], JobStarted)
    assert (events[0].backend, events[0].attempt, events[0].time_limit_s) == ("local", 1, 3600)
    assert events[0].command == f"{sys.executable} model.py"
    assert [e.state for e in events if isinstance(e, StateChanged)] == [JobState.running, JobState.succeeded]
    assert [e.text for e in events if isinstance(e, LogLine)] == [f"step {i}" for i in range(1, 5)]
    progress = [e.progress for e in events if isinstance(e, ProgressMade)]
    assert [one.fraction for one in progress] == [0.25, 0.5, 0.75, 1.0]
    assert progress[-1].rate == pytest.approx(2400.0)
    assert events[-1] == JobEnded(result)


def test_output_is_logged_line_by_line_if_asked(new_run, caplog):
    with caplog.at_level(logging.INFO, logger="rompy"):
        run_in(new_run(), command="echo first; echo second >&2", stream_output=True)
    assert {"first", "second"} <= {record.message for record in caplog.records}
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="rompy"):
        run_in(new_run(), command="echo third")
    assert "third" not in {record.message for record in caplog.records}


def test_how_it_ended_is_logged(new_run, caplog):
    with caplog.at_level(logging.INFO, logger="rompy"):
        run_in(new_run(), command="exit 9")
    assert [r.levelname for r in caplog.records if "exit code 9" in r.message] == ["ERROR"]


def test_output_may_go_straight_to_the_caller(new_run, capfd):
    run = new_run()
    result = run_in(run, command="echo straight on; exit 1", capture_output=False)
    assert capfd.readouterr().out == "straight on\n"
    assert (result.stdout_log, result.stderr_log) == (None, None)
    assert not run.workspace.stdout_log.exists()


def test_the_time_limit_ends_all_processes(new_run):
    run = new_run("python", "model.py")
    run.write(
        """
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
        with open("pids", "a") as file:
            file.write("%d\\n" % os.getpid())
        while True:
            time.sleep(0.1)
        """
    )
    for limit in (1, 5, 25):  # longer when the model has not come so far by then
        result = run_in(run, timeout=limit, grace=0.3)
        assert result.state is JobState.timeout
        assert not result
        assert run.alive() == []
        assert f"time limit of {limit} s" in result.reason
        if run.has("pids") and len(run.read("pids").split()) == 2:
            return
        (run.staging_dir / "pids").unlink(missing_ok=True)
    pytest.fail("the model did not come far in 25 s")


def test_a_second_run_in_the_folder_is_refused(new_run, wait_for):
    run = new_run()
    with ThreadPoolExecutor() as pool:
        first = pool.submit(run_in, run, command=f"{AT_GO}; echo mine")
        wait_for(lambda: read_heartbeat(run.workspace))
        with pytest.raises(WorkspaceError, match="another run uses this folder"):
            run_in(run, command="echo stolen")
        (run.staging_dir / "go").touch()
        assert first.result()
    assert first.result().stdout_log.read_text() == "mine\n"
    assert run_in(run, command="echo next").attempt == 2


def test_another_process_s_run_in_the_folder_is_refused_by_name(new_run, wait_for):
    run = new_run()
    script = (
        "import sys, types; from rompy.run import LocalRunBackend; from rompy.backends import LocalConfig;"
        "run = types.SimpleNamespace(run_id='tide', config=None);"
        "LocalRunBackend().run(run, LocalConfig(command=sys.argv[2]), sys.argv[1])"
    )
    other = subprocess.Popen([sys.executable, "-c", script, str(run.staging_dir), AT_GO])
    heartbeat = wait_for(lambda: read_heartbeat(run.workspace))
    with pytest.raises(WorkspaceError, match=f"process {heartbeat.pid} on {heartbeat.host}"):
        run_in(run, command="true")
    (run.staging_dir / "go").touch()
    assert other.wait() == 0
    assert run_in(run, command="true")


def test_several_run_at_once_in_threads(new_run):
    runs = [new_run(run_id=f"member {i}") for i in range(6)]
    barrier = threading.Barrier(len(runs))

    def one(number, run):
        barrier.wait()
        return run_in(
            run, command="sleep 0.3; pwd; echo $NUMBER; exit $NUMBER", env_vars={"NUMBER": str(number)}
        )

    with ThreadPoolExecutor(len(runs)) as pool:
        results = list(pool.map(one, range(len(runs)), runs))
    for number, (run, result) in enumerate(zip(runs, results, strict=True)):
        assert result.exit_code == number
        assert result.stdout_log.read_text() == f"{run.staging_dir}\n{number}\n"


def test_a_run_whose_supervisor_and_guardian_are_killed_is_lost(new_run, wait_for):
    run = new_run()

    def kill():
        heartbeat = wait_for(lambda: read_heartbeat(run.workspace))
        guardian = int(wait_for(lambda: JobRecord.read(run.workspace).last.native_id))
        for pid in (guardian, heartbeat.pid):
            os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    result = run_in(run, command="echo $$ > pids; exec sleep 600")
    killer.join()
    assert result.state is JobState.lost
    assert not result
    assert JobRecord.read(run.workspace).last.state == "lost"
    wait_for(lambda: not run.alive())
    wait_for(lambda: not is_locked(run.workspace))
    assert run_in(run, command="true").attempt == 2


def test_a_killed_guardian_alone_loses_nothing(new_run, wait_for):
    run = new_run()

    def kill():
        wait_for(lambda: read_heartbeat(run.workspace))
        os.kill(int(wait_for(lambda: JobRecord.read(run.workspace).last.native_id)), signal.SIGKILL)
        (run.staging_dir / "go").touch()

    killer = threading.Thread(target=kill)
    killer.start()
    result = run_in(run, command=f"{AT_GO}; echo done")
    killer.join()
    assert result
    assert result.stdout_log.read_text() == "done\n"


CLIENT = """
import sys, types
from rompy.backends import LocalConfig
from rompy.jobs import RunInterrupted
from rompy.run import LocalRunBackend
run = types.SimpleNamespace(run_id="tide", config=None)
try:
    LocalRunBackend().run(run, LocalConfig(command=sys.argv[2], grace=float(sys.argv[3])), sys.argv[1])
except RunInterrupted as interrupted:
    print(interrupted.result.state)
    sys.exit(130)
"""


def client(run, command, grace="10"):
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(run.staging_dir), command, grace], stdout=subprocess.PIPE
    )


def test_ctrl_c_cancels_the_tree_and_is_raised(new_run, wait_for):
    run = new_run()
    process = client(run, "echo $$ > pids; setsid sleep 60 & echo $! >> pids; sleep 60", "0.2")
    wait_for(lambda: len(run.alive()) == 2)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert (output, process.returncode) == (b"cancelled\n", 130)
    assert run.alive() == []
    assert job_status(run.workspace).state is JobState.cancelled
    assert not is_locked(run.workspace)


def test_ctrl_c_while_the_job_is_handed_over_ends_it_too(new_run, wait_for, monkeypatch):
    run = new_run()
    write = JobRecord.write

    def interrupted_once(self, *args, **kwargs):
        if self.last is not None and self.last.native_id and not alive_then:
            alive_then.extend(wait_for(run.alive))
            raise KeyboardInterrupt
        write(self, *args, **kwargs)

    alive_then = []
    monkeypatch.setattr(JobRecord, "write", interrupted_once)
    with pytest.raises(RunInterrupted) as caught:
        run_in(run, command="echo $$ > pids; sleep 60")
    assert alive_then
    assert caught.value.result.state is JobState.cancelled
    assert run.alive() == []
    assert not is_locked(run.workspace)


def test_a_second_ctrl_c_ends_the_time_of_grace(new_run, wait_for):
    run = new_run()
    process = client(run, "trap 'touch told' TERM; echo $$ > pids; while :; do sleep 0.05; done", "600")
    wait_for(run.alive)
    process.send_signal(signal.SIGINT)
    wait_for(lambda: run.has("told"))
    time.sleep(SAME_REQUEST + 0.1)  # what comes sooner is the same request
    assert run.alive()
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert (output, process.returncode) == (b"cancelled\n", 130)
    assert run.alive() == []


def test_a_killed_client_loses_nothing(new_run, wait_for):
    run = new_run()
    process = client(run, f"{AT_GO}; echo done")
    wait_for(lambda: read_heartbeat(run.workspace))
    process.kill()
    process.communicate()
    (run.staging_dir / "go").touch()
    ended = wait_for(lambda: [s for s in [job_status(run.workspace)] if s.state.is_final])[0]
    assert ended
    assert ended.stdout_log.read_text() == "done\n"


def test_listeners_around_the_call_are_told_too(new_run):
    told = []
    with listening(told.append):
        result = run_in(new_run(), command="true")
    assert told[-1] == JobEnded(result)


def test_a_listener_that_fails_does_not_hurt_the_run(new_run):
    def fails(event):
        raise RuntimeError("broken progress bar")

    assert run_in(new_run(), command="echo x", on_event=fails)


@pytest.mark.parametrize("kind", [JobStarted, StateChanged, LogLine])
def test_an_interrupt_from_anywhere_leaves_no_model(new_run, kind):
    run = new_run()

    def interrupt_once(event):
        if isinstance(event, kind) and not interrupted:
            interrupted.append(event)
            raise KeyboardInterrupt

    interrupted, told = [], []
    with pytest.raises(RunInterrupted) as caught, listening(told.append):
        run_in(run, command="echo $$ > pids; echo x; exec sleep 60", on_event=interrupt_once)
    assert caught.value.result.state is JobState.cancelled
    assert told[-1] == JobEnded(caught.value.result)
    assert run.alive() == []
    assert not is_locked(run.workspace)


class SelfRunning:
    """A configuration that brings a function which runs it."""

    def __init__(self, outcome):
        self.outcome = outcome

    def run(self, model_run):
        os.environ["TOUCHED"] = "yes"
        os.chdir("/")
        print("ran", model_run.run_id)
        print(os.environ["DEPTH"], file=sys.stderr)
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "exit_code"),
    [(True, 0), (None, 0), ("done", 0), (False, 1), (ValueError("no mesh"), 1), (SystemExit(4), 4)],
)
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_configuration_may_run_itself(new_run, outcome, exit_code):
    run = new_run()
    run.config = SelfRunning(outcome)
    before = (os.getcwd(), dict(os.environ))
    result = run_in(run, env_vars={"DEPTH": "12"})
    assert (result.exit_code, bool(result)) == (exit_code, exit_code == 0)
    assert result.stdout_log.read_text() == "ran tide\n"
    assert result.stderr_log.read_text().startswith("12\n")
    assert (os.getcwd(), dict(os.environ)) == before
    if isinstance(outcome, ValueError):
        assert "no mesh" in result.reason


def test_a_run_can_be_repeated_by_hand(new_run):
    run = new_run("python", "model.py", env={"NAME": "O'Hara"})
    run.write("import os; print(os.environ['NAME'])")
    assert run_in(run)
    moved = run.staging_dir.with_name("moved")
    run.staging_dir.rename(moved)
    again = subprocess.run(["sh", ".rompy/launch.sh"], cwd=moved, capture_output=True, text=True, check=True)
    assert again.stdout == "O'Hara\n"


def test_mpi_ranks_start_through_the_launcher(new_run):
    launcher = Path(sys.executable).parent / "mpiexec"
    if not launcher.exists():
        pytest.skip('no mpiexec beside this Python: pip install "rompy[mpi]"')
    run = new_run("python", "-c", "print('rank', flush=True)", ranks=2)
    result = run_in(run)
    assert result, result
    assert result.stdout_log.read_text().count("rank") == 2


def test_the_record_tells_the_story(new_run):
    run = new_run()
    run_in(run, command="exit 3")
    run_in(run, command="true")
    record = json.loads(run.workspace.job_json.read_text())
    assert [attempt["state"] for attempt in record["attempts"]] == ["failed", "succeeded"]
    assert [entry["state"] for entry in record["attempts"][0]["history"]] == ["pending", "running", "failed"]
    assert record["attempts"][1]["settings"]["command"] == "true"
    assert (run.workspace.hidden / "attempts" / "1" / "result.json").exists()


def test_a_start_that_fails_is_in_the_record(new_run, monkeypatch):
    run = new_run()
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(SubmitError, match="could not be started"):
        run_in(run, command="true")
    assert job_status(run.workspace).state.is_final
    assert JobRecord.read(run.workspace).last.state == "failed"
    assert not is_locked(run.workspace)
