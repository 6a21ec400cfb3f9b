import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from rompy.errors import WorkspaceError
from rompy.jobs import supervise
from rompy.jobs.lock import WorkspaceLock, is_locked, read_owner

HOLD = """
import os, sys, time
from rompy.core.workspace import Workspace
from rompy.jobs.lock import WorkspaceLock
lock = WorkspaceLock(Workspace(sys.argv[1])).acquire()
print(os.getpid(), flush=True)
sys.stdin.read()
lock.release()
"""


@pytest.fixture
def holder(workspace):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(workspace.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert int(process.stdout.readline()) == process.pid
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_refused_with_the_owner_s_name(workspace, holder):
    with pytest.raises(WorkspaceError) as caught:
        WorkspaceLock(workspace).acquire()
    assert f"process {holder.pid} on {socket.gethostname()}" in str(caught.value)
    assert str(workspace.root) in str(caught.value)
    holder.communicate()
    with WorkspaceLock(workspace):
        pass


def test_a_crash_leaves_nothing_locked(workspace, holder):
    holder.kill()
    holder.wait()
    assert read_owner(workspace)["pid"] == holder.pid
    with WorkspaceLock(workspace):
        assert read_owner(workspace)["pid"] == os.getpid()
    assert read_owner(workspace) == {}


def test_a_second_thread_is_refused(workspace):
    refused = []

    def try_it():
        try:
            WorkspaceLock(workspace).acquire()
        except WorkspaceError as error:
            refused.append(str(error))

    with WorkspaceLock(workspace):
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
    assert str(os.getpid()) in refused[0]
    with WorkspaceLock(workspace):
        pass


def test_the_same_folder_by_another_path_is_the_same(workspace, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(workspace.root)
    with WorkspaceLock(workspace), pytest.raises(WorkspaceError):
        WorkspaceLock(type(workspace)(link)).acquire()


def test_who_only_looks_keeps_nobody_out(workspace, monkeypatch):
    monkeypatch.setattr("rompy.jobs.lock.INSTANT", 60.0)
    workspace.lock.touch()
    look = workspace.lock.open("rb")
    fcntl.flock(look, fcntl.LOCK_SH)
    timer = threading.Timer(0.1, look.close)
    timer.start()
    with WorkspaceLock(workspace):
        timer.join()


def test_one_may_wait_for_it(workspace, holder):
    timer = threading.Timer(0.3, holder.terminate)
    timer.start()
    with WorkspaceLock(workspace, patience=60):
        pass
    timer.join()


def test_facts_about_a_live_owner_hold_where_locks_do_not(workspace):
    process = subprocess.Popen(["sleep", "60"])
    handle = os.open(workspace.lock, os.O_RDWR | os.O_CREAT)
    facts = {
        **supervise.owner_facts("supervisor"),
        "pid": process.pid,
        "pid_start": supervise.start_mark(process.pid),
    }
    supervise.write_owner(handle, facts)
    os.close(handle)
    with pytest.raises(WorkspaceError, match=str(process.pid)):
        WorkspaceLock(workspace).acquire()
    process.kill()
    process.wait()
    with WorkspaceLock(workspace):
        pass


def test_a_fresh_heartbeat_of_another_machine_holds(workspace):
    heartbeat = workspace.hidden / "heartbeat.json"
    facts = {"pid": 4711, "pid_start": "1", "boot_id": "elsewhere", "host": "node9", "model_pid": 4712}
    supervise.put(
        str(heartbeat),
        {"attempt": 1, "beat": 3, "elapsed_s": 9.0, "max_rss_bytes": 1, "processes": 1, **facts},
    )
    with pytest.raises(WorkspaceError, match="process 4711 on node9"):
        WorkspaceLock(workspace).acquire()
    old = time.time() - 3600
    os.utime(heartbeat, (old, old))
    with WorkspaceLock(workspace):
        pass


def test_what_inherited_it_keeps_it(workspace):
    lock = WorkspaceLock(workspace).acquire()
    process = subprocess.Popen(["sleep", "60"], pass_fds=(lock.fileno,))
    lock.release(job_ended=False)
    assert is_locked(workspace)
    with pytest.raises(WorkspaceError):
        WorkspaceLock(workspace).acquire()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not is_locked(workspace)
    with WorkspaceLock(workspace):
        pass


def test_the_end_of_the_job_frees_it_from_all_who_inherited_it(workspace):
    lock = WorkspaceLock(workspace).acquire()
    process = subprocess.Popen(["sleep", "60"], pass_fds=(lock.fileno,))
    lock.release()
    assert not is_locked(workspace)
    process.kill()
    process.wait()


def test_a_folder_that_cannot_be_written_is_told(workspace):
    workspace.lock.mkdir()
    with pytest.raises(WorkspaceError, match="cannot be written"):
        WorkspaceLock(workspace).acquire()
    workspace.lock.rmdir()
    with WorkspaceLock(workspace):
        pass
