"""What was executed is known by digest wherever its files can be seen."""

import hashlib
import json

import pytest

from rompy.core.workspace import Workspace
from rompy.manifest.programs import executable_of, seen_programs


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "swan.exe"
    path.write_bytes(b"code")
    return path


def _facts(path, **changes):
    status = path.stat()
    return {"bytes": status.st_size, "modified_ns": status.st_mtime_ns, **changes}


def test_starters_are_not_taken_for_the_model(program, tmp_path):
    shell = tmp_path / "mpiexec"
    shell.write_text("x")
    programs = {str(shell): _facts(shell), str(program): _facts(program, sha256="11")}
    found = executable_of({"main": str(shell), "programs": programs, "libraries": {}}, [])
    assert (found["path"], found["sha256"]) == (str(program), "11")
    assert found["programs"][str(shell)]["sha256"] == hashlib.sha256(b"x").hexdigest()


def test_a_file_that_is_another_one_here_is_not_read(program):
    libraries = {str(program): _facts(program, bytes=5), "/elsewhere/lib.so": {"bytes": 1, "modified_ns": 2}}
    seen = {"main": "/elsewhere/x", "programs": {"/elsewhere/x": {"bytes": 3}}, "libraries": libraries}
    found = executable_of(seen, [])
    assert found["path"] == "/elsewhere/x"
    assert found["libraries"] == {str(program): {"bytes": 5}, "/elsewhere/lib.so": {"bytes": 1}}


def test_without_what_was_seen_the_command_tells(program):
    program.chmod(0o755)
    found = executable_of(None, [str(program), "-n"])
    assert found == {
        "path": str(program),
        "bytes": 4,
        "sha256": hashlib.sha256(b"code").hexdigest(),
        "seen": False,
    }
    assert executable_of(None, ["no-such-program"]) is None
    assert executable_of(None, []) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"attempt": 1}', '{"programs": {}}'])
def test_only_what_was_seen_of_this_attempt_counts(tmp_path, text):
    workspace = Workspace(tmp_path)
    workspace.hidden.mkdir()
    assert seen_programs(workspace, 2) is None
    (workspace.hidden / "programs.json").write_text(text)
    assert seen_programs(workspace, 2) is None
    (workspace.hidden / "programs.json").write_text(
        json.dumps({"attempt": 2, "programs": {}, "libraries": {}})
    )
    assert seen_programs(workspace, 2)["attempt"] == 2
