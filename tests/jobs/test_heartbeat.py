import json
import os
import socket
import time

import pytest

from rompy.jobs import supervise
from rompy.jobs.heartbeat import SILENCE, owner_is_alive, read_heartbeat


@pytest.fixture
def write(workspace):
    def write(age=0.0, **changes):
        values = {
            "attempt": 1,
            "pid": os.getpid(),
            "pid_start": supervise.start_mark(os.getpid()),
            "boot_id": supervise.boot_id(),
            "host": socket.gethostname(),
            "model_pid": 1,
            "beat": 1,
            "elapsed_s": 1.0,
            "max_rss_bytes": 1,
            "processes": 1,
            **changes,
        }
        path = workspace.hidden / "heartbeat.json"
        path.write_text(json.dumps(values))
        os.utime(path, (time.time() - age,) * 2)
        return read_heartbeat(workspace)

    return write


def test_on_this_machine_the_process_itself_is_asked(write):
    assert write(age=1e6).is_alive
    assert not write(pid_start="0").is_alive
    assert not write(boot_id="before the last boot").is_alive


def test_elsewhere_the_age_decides(write):
    assert write(host="node9", boot_id="x").is_alive
    assert not write(host="node9", boot_id="x", age=SILENCE + 5).is_alive


def test_another_attempt_s_heartbeat_does_not_count(workspace, write):
    write(attempt=2)
    assert read_heartbeat(workspace, attempt=1) is None
    assert read_heartbeat(workspace, attempt=2).attempt == 2


@pytest.mark.parametrize("content", [None, "", "{}", "[]"])
def test_what_cannot_be_read_is_no_heartbeat(workspace, content):
    if content is not None:
        (workspace.hidden / "heartbeat.json").write_text(content)
    assert read_heartbeat(workspace) is None


def test_facts_that_say_nothing_are_of_nobody():
    assert not owner_is_alive({})
    assert not owner_is_alive({"pid": "x", "pid_start": None, "boot_id": ""})
