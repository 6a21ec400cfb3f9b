import errno
import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from rompy.cli import statuses
from rompy.cli.failure import Failure
from rompy.errors import ConfigError, DataError, WorkspaceError


def test_a_bug_is_one_line_and_the_traceback_is_kept(rompy, describe, folder):
    result = rompy("generate", describe({"fault": "bug"}))
    assert result.exit_code == statuses.BUG
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: unexpected KeyError: 'depht' (traceback in ")
    (kept,) = (folder.parent / "state").rglob("rompy-error-*.log")
    assert str(kept) in line
    assert "Traceback (most recent call last)" in kept.read_text()


def test_the_traceback_goes_to_the_log_folder_when_there_is_one(rompy, describe, folder):
    rompy("generate", describe({"fault": "bug"}), "--log-dir", "logs")
    assert len(list(Path("logs").glob("rompy-error-*.log"))) == 1


def test_verbose_shows_the_traceback_of_a_bug(rompy, describe):
    result = rompy("generate", describe({"fault": "bug"}), "-v")
    assert result.exit_code == statuses.BUG
    assert "Traceback (most recent call last)" in result.stderr


def test_a_user_s_mistake_never_shows_a_traceback(rompy, describe):
    result = rompy("generate", describe({"fault": "data"}), "-vv")
    assert result.exit_code == DataError.exit_status
    assert "Traceback" not in result.stderr
    assert "Error: the bathymetry has gaps\n  Fill them." in result.stderr


def test_a_bug_is_json_too(rompy, describe):
    document = json.loads(rompy("generate", describe({"fault": "bug"}), "--json").stdout)
    assert document["error"]["code"] == "bug"
    assert document["error"]["exit_status"] == statuses.BUG


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (errno.ENOENT, DataError.exit_status),
        (errno.ENOSPC, WorkspaceError.exit_status),
        (errno.EACCES, WorkspaceError.exit_status),
        (errno.EROFS, WorkspaceError.exit_status),
    ],
)
def test_errors_of_the_system_are_not_taken_for_bugs(number, status):
    failure = Failure.of(OSError(number, "Strange", "wind.nc"))
    assert failure.status == status
    assert "wind.nc: strange" in failure.text


def test_a_full_disk_is_not_taken_for_a_bug_whatever_was_written():
    failure = Failure.of(OSError(errno.ENOSPC, "No space left on device"))
    assert (failure.status, failure.text.splitlines()[0]) == (
        WorkspaceError.exit_status,
        "no space left on device",
    )


def test_validation_outside_a_description_is_explained():
    class Point(BaseModel):
        x: float

    try:
        Point(x="a")
    except ValueError as error:
        failure = Failure.of(error)
    assert failure.status == ConfigError.exit_status
    assert "expected a number, not 'a'" in failure.text


def test_the_end_of_a_pipe_is_not_ours_to_report():
    assert Failure.of(BrokenPipeError(errno.EPIPE, "Broken pipe")) is None
    assert Failure.of(SystemExit(1)) is None


def test_an_interrupt_has_its_own_status():
    assert Failure.of(KeyboardInterrupt()).status == 130
    assert Failure.of(KeyboardInterrupt(), terminated=True).status == 143


def test_a_reader_that_goes_away_is_no_error(folder):
    import subprocess
    import sys

    command = f"{sys.executable} -m rompy schema rompy.core.types.DatasetCoords | head -c 1"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120)
    assert result.stdout == "{"
    assert "Traceback" not in result.stderr
