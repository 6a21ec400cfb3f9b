"""What a model wrote, while it writes and afterwards."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from rompy.run import Job

TIDE = Path("simulations/tide")


@pytest.fixture
def submitted(rompy, describe):
    def submit(command, *options, **settings):
        return rompy("submit", describe(backend={"type": "local", "command": command, **settings}), *options)

    return submit


@pytest.fixture
def following(folder):
    """Starts ``rompy logs -f`` as a process of its own; gives its lines as they come."""
    started = []

    def follow(*options):
        command = [sys.executable, "-m", "rompy", "logs", str(TIDE), "-f", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield follow
    for process in started:
        process.kill()
        process.communicate()


def test_following_goes_on_with_the_next_attempt_and_ends_with_the_last(rompy, submitted, following):
    # Without a word of the shell, which may tell of a sleep that was ended before itself.
    waits = "until [ -e go ]; do sleep 0.05; done; [ -e again ] && exit 0; touch again; exit 3"
    submitted(f"exec 2>/dev/null; echo first; {waits}")
    process = following()
    assert process.stdout.readline() == "first\n"
    Job.open(TIDE).cancel()
    Job.open(TIDE).wait(60)
    (TIDE / "again").touch()
    (TIDE / "go").touch()
    # While the follower looks after the first attempt still, or has just seen its end.
    rompy("resume", TIDE)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0
    assert stdout in ("first\n", "")  # of the second, if it had begun before the first was told to have ended
    assert "was cancelled" in stderr
    assert ("attempt 2" in stderr) == (stdout == "first\n")


def test_an_attempt_is_told_whole_when_a_later_one_has_put_it_aside(rompy, submitted):
    submitted("echo one; exit 3")
    rompy("wait", TIDE)
    first = Job.open(TIDE)
    rompy("resume", TIDE, "--wait")
    assert [event.text for event in first.follow() if hasattr(event, "text")] == ["one"]
    assert first.wait(60).stdout_log == TIDE.absolute() / ".rompy/attempts/1/stdout.log"
    assert first.later().attempt == 2


def test_following_begins_with_the_last_lines(rompy, submitted, process):
    submitted("for i in 1 2 3 4; do echo line $i; done")
    rompy("wait", TIDE)
    assert process("logs", TIDE, "-f", "-n", "2").stdout == "line 3\nline 4\n"
    assert rompy("logs", TIDE, "-n", "1", "--only", "stdout").stdout == "line 4\n"


def test_binary_garbage_and_a_log_cut_short_do_not_end_it(submitted, following):
    submitted("printf 'a\\000\\377\\033[31mb\\n'; until [ -e go ]; do sleep 0.05; done; echo last", grace=1.0)
    process = following("--only", "stdout")
    assert process.stdout.readline() == "a�[31mb\n"
    with (TIDE / ".rompy/stdout.log").open("r+") as log:
        log.truncate(0)
    time.sleep(0.3)
    (TIDE / "go").touch()
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert stdout.endswith("last\n")


def test_following_has_no_json(submitted, rompy):
    submitted("true")
    assert rompy("logs", TIDE, "-f", "--json").exit_code == 2
    rompy("wait", TIDE)
