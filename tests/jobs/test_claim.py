"""Machines that share a folder but no lock: simulated by processes that lock nothing and believe in different boots."""

import os
import subprocess
import sys
import time

import pytest

from rompy.errors import WorkspaceError
from rompy.jobs import supervise
from rompy.jobs.claim import STALE, Claim, Claimed
from rompy.jobs.lock import WorkspaceLock

CONTENDER = """
import errno, fcntl, os, sys, time
from rompy.core.workspace import Workspace
from rompy.errors import WorkspaceError
from rompy.jobs import supervise
from rompy.jobs.lock import WorkspaceLock

def no_locks(handle, how):
    raise OSError(errno.ENOLCK, "no locks")

fcntl.flock = no_locks
supervise._BOOT[:] = [f"boot {sys.argv[2]}"]
place = Workspace(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
turns = 0
for _ in range(150):
    try:
        lock = WorkspaceLock(place).acquire()
    except WorkspaceError:
        continue
    os.close(os.open(place.root / "inside", os.O_CREAT | os.O_EXCL))  # fails when somebody else is inside
    turns += 1
    os.unlink(place.root / "inside")
    lock.release()
print(turns)
"""


def test_machines_without_a_common_lock_exclude_each_other(workspace):
    command = [sys.executable, "-c", CONTENDER, str(workspace.root)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    contenders = [subprocess.Popen([*command, name], **pipes) for name in "ab"]
    for contender in contenders:
        contender.stdout.readline()
    answers = []
    for contender in contenders:
        contender.stdin.write("go\n")
        contender.stdin.flush()
    for contender in contenders:
        out, _ = contender.communicate(timeout=240)
        assert contender.returncode == 0
        answers.append(int(out))
    assert sum(answers) > 0
    with WorkspaceLock(workspace):
        pass


@pytest.fixture
def owner():
    return supervise.owner_facts("client")


def test_a_claim_is_for_one(workspace, owner):
    claim = Claim(workspace.hidden)
    claim.take(owner, time.time())
    with pytest.raises(Claimed) as caught:
        Claim(workspace.hidden).take(owner, time.time())
    assert caught.value.owner["pid"] == os.getpid()
    claim.release()
    Claim(workspace.hidden).take(owner, time.time())


def test_one_left_behind_on_this_machine_is_taken_over_at_once(workspace, owner):
    gone = subprocess.Popen(["true"])
    Claim(workspace.hidden).take({**owner, "pid": gone.pid, "pid_start": "1"}, time.time())
    gone.wait()
    Claim(workspace.hidden).take(owner, time.time())


def test_one_of_another_machine_holds_for_a_while(workspace, owner):
    Claim(workspace.hidden).take({**owner, "boot_id": "elsewhere", "host": "node9"}, time.time())
    with pytest.raises(WorkspaceError, match="node9"):
        WorkspaceLock(workspace).acquire()
    with pytest.raises(Claimed):
        Claim(workspace.hidden).take(owner, time.time() + STALE - 10)
    Claim(workspace.hidden).take(owner, time.time() + STALE + 10)


def test_a_refused_one_leaves_the_owner_s_claim(workspace, owner):
    Claim(workspace.hidden).take({**owner, "boot_id": "elsewhere"}, time.time())
    for _ in range(2):
        with pytest.raises(WorkspaceError):
            WorkspaceLock(workspace).acquire()


def test_what_is_no_claim_is_taken_over_in_time(workspace, owner):
    path = workspace.hidden / "claim"
    path.write_text("garbage")
    with pytest.raises(Claimed):
        Claim(workspace.hidden).take(owner, time.time())
    Claim(workspace.hidden).take(owner, time.time() + STALE + 10)
    assert path.is_symlink()
