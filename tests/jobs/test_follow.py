"""Following a job from a process that has not started it: only the folder is known."""

import os
import signal

import pytest

from rompy.core.launch import Launch
from rompy.errors import WorkspaceError
from rompy.jobs.cancel import request_cancel
from rompy.jobs.events import JobEnded, LogLine, ProgressMade, StateChanged
from rompy.jobs.follow import Follower
from rompy.jobs.lock import WorkspaceLock
from rompy.jobs.prepare import Order, prepare, supervisor_options
from rompy.jobs.start import start_supervisor
from rompy.jobs.state import JobState
from rompy.jobs.status import job_status
from rompy.jobs.supervise import process_table, send

AT_GO = "until [ -e go ]; do sleep 0.05; done"
"""What a model waits for, so that it goes on when the test has seen what it had to see."""


@pytest.fixture
def started(workspace):
    """Starts a shell command as a job and lets go of it, as a client does that is killed."""
    supervisors = []

    def start(command, **changes):
        order = Order("tide", "local", Launch(("sh", "-c", command), progress="progress.jsonl"), **changes)
        lock = WorkspaceLock(workspace).acquire()
        record = prepare(workspace, order)
        options = supervisor_options(order, record.last.number)
        supervisors.append(start_supervisor(workspace, options, lock_fd=lock.fileno, env={}))
        lock.release(job_ended=False)
        return record.last

    yield start
    for supervisor in supervisors:
        if supervisor.wait(0) is None:
            os.kill(supervisor.pid, signal.SIGTERM)
            assert supervisor.wait(60) is not None


def test_everything_that_happens_is_told_in_order(workspace, started):
    progress = '{"model_time_s": 30.0, "duration_s": 60.0, "wall_s": 1.0}'
    attempt = started(f"echo one; echo two >&2; echo '{progress}' > progress.jsonl; {AT_GO}; printf three")
    events = []
    for event in Follower(workspace, attempt).follow():
        events.append(event)
        if sum(isinstance(one, (LogLine, ProgressMade)) for one in events) == 3:
            (workspace.root / "go").touch()
    assert events[0] == StateChanged(JobState.running)
    assert events[-2] == StateChanged(JobState.succeeded)
    lines = [event for event in events if isinstance(event, LogLine)]
    assert sorted(lines[:2], key=lambda line: line.stream) == [
        LogLine("stderr", "two"),
        LogLine("stdout", "one"),
    ]
    assert lines[2] == LogLine("stdout", "three")
    (made,) = [event.progress for event in events if isinstance(event, ProgressMade)]
    assert (made.fraction, made.rate, made.eta_s) == (0.5, 30.0, 1.0)
    assert isinstance(events[-1], JobEnded)
    assert events[-1].result
    assert events[-1].result.submitted is not None


def test_it_can_be_left_and_taken_up_again(workspace, started):
    attempt = started(f"echo one; {AT_GO}; echo two")
    follower = Follower(workspace, attempt)
    first = next(event for event in follower.follow() if isinstance(event, LogLine))
    (workspace.root / "go").touch()
    rest = list(follower.follow())
    assert first.text == "one"
    assert [event.text for event in rest if isinstance(event, LogLine)] == ["two"]
    assert isinstance(rest[-1], JobEnded)


def test_the_status_follows_the_job(workspace, started, wait_for):
    assert job_status(workspace) is None
    started(f"{AT_GO}; exit 3")
    assert job_status(workspace).state in (JobState.pending, JobState.running)
    running = wait_for(lambda: [s for s in [job_status(workspace)] if s.state is JobState.running])[0]
    assert running.host
    assert running.resources.wall_s is not None
    (workspace.root / "go").touch()
    ended = wait_for(lambda: [s for s in [job_status(workspace)] if s.state.is_final])[0]
    assert (ended.state, ended.exit_code, ended.backend) == (JobState.failed, 3, "local")


def test_anybody_may_cancel(workspace, started, wait_for):
    attempt = started("sleep 60")
    wait_for(lambda: job_status(workspace).state is JobState.running)
    request_cancel(workspace)
    *_, last = Follower(workspace.root, attempt).follow()
    assert last.result.state is JobState.cancelled


def test_a_job_that_is_gone_without_a_word_is_lost(workspace, started, wait_for):
    from rompy.jobs.heartbeat import read_heartbeat

    attempt = started("exec sleep 60")
    heartbeat = wait_for(lambda: read_heartbeat(workspace))
    guardian = process_table()[heartbeat.pid].parent
    for pid in (guardian, heartbeat.pid, heartbeat.model_pid):
        send({pid}, signal.SIGKILL)  # the last may be gone by then
    *_, last = Follower(workspace, attempt).follow()
    assert last.result.state is JobState.lost
    assert job_status(workspace).state is JobState.lost


def test_a_job_whose_supervisor_never_began_is_lost(workspace):
    order = Order("tide", "local", Launch(("true",)))
    with WorkspaceLock(workspace):
        prepare(workspace, order)
        assert job_status(workspace).state is JobState.pending
    assert job_status(workspace).state is JobState.lost


def test_a_request_that_cannot_be_left_is_an_error(tmp_path):
    with pytest.raises(WorkspaceError, match="cannot be cancelled"):
        request_cancel(tmp_path / "nowhere")
