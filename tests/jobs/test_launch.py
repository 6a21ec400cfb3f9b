import json
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rompy.core.workspace import Workspace
from rompy.errors import SubmitError
from rompy.jobs.launch import launch_script, secrets_of, write_launch

SHOW = (
    "import json, os, sys;"
    "print(json.dumps([[os.fsencode(a).hex() for a in sys.argv[1:]], os.getcwd(),"
    " {k: os.fsencode(v).hex() for k, v in os.environ.items()}]))"
)
NASTY = [
    "two words",
    "it's",
    'say "x"',
    "$HOME `id` $(id) \\ \\n",
    "line\nbreak\n",
    "-n",
    "",
    "*",
    "~",
    "größe 潮",
    "!history",
    "a=b",
    "#no comment",
    ";exit 1",
]


def run(script, **kwargs):
    output = subprocess.run(["sh", script], check=True, capture_output=True, **kwargs).stdout
    argv, cwd, env = json.loads(output)
    return [bytes.fromhex(a) for a in argv], cwd, {k: bytes.fromhex(v) for k, v in env.items()}


def show(*argv):
    return (sys.executable, "-I", "-S", "-c", SHOW, *argv)


def test_every_value_arrives_as_it_was_given(workspace):
    env = {f"VALUE_{i}": value for i, value in enumerate(NASTY)}
    write_launch(workspace, show(*NASTY), env)
    argv, _, seen = run(workspace.launch_sh)
    assert argv == [os.fsencode(value) for value in NASTY]
    assert {name: os.fsdecode(seen[name]) for name in env} == env


text = st.text(st.characters(min_codepoint=1, exclude_categories=("Cs",)), max_size=20)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(argv=st.lists(text, max_size=3), value=text)
def test_any_text_arrives(workspace, argv, value):
    write_launch(workspace, show(*argv), {"VALUE": value})
    seen, _, env = run(workspace.launch_sh)
    assert seen == [a.encode() for a in argv]
    assert env["VALUE"] == value.encode()


def test_it_runs_in_its_workspace_wherever_that_is_moved(workspace, tmp_path):
    write_launch(workspace, show())
    moved = tmp_path / "-moved\nwith a line break\n"
    workspace.root.rename(moved)
    for caller, script in (
        (tmp_path, moved / ".rompy/launch.sh"),
        (moved, ".rompy/launch.sh"),
        (moved / ".rompy", "launch.sh"),
    ):
        _, cwd, _ = run(script, cwd=caller, env={**os.environ, "CDPATH": str(tmp_path)})
        assert cwd == str(moved)


@pytest.mark.parametrize(
    "start", [(".", ".rompy/launch.sh"), (".rompy", "launch.sh"), (".rompy", "./launch.sh")]
)
def test_it_is_started_by_hand_from_anywhere(workspace, start):
    write_launch(workspace, ["pwd"])
    folder, script = start
    done = subprocess.run(
        ["sh", script], cwd=workspace.root / folder, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{workspace.root}\n"


def test_another_directory_may_be_asked_for(workspace, tmp_path):
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    write_launch(workspace, show(), directory=elsewhere)
    assert run(workspace.launch_sh)[1] == str(elsewhere)


def test_names_that_a_shell_cannot_export_are_set_all_the_same(workspace):
    write_launch(workspace, show(), {"with-dash": "a b", "1st": "c"})
    env = run(workspace.launch_sh)[2]
    assert (env["with-dash"], env["1st"]) == (b"a b", b"c")


def test_secrets_are_not_in_the_file_but_asked_for(workspace):
    env = {"API_TOKEN": "s3cret", "THREADS": "2"}
    write_launch(workspace, show(), env)
    assert "s3cret" not in workspace.launch_sh.read_text()
    assert secrets_of(env) == {"API_TOKEN": "s3cret"}
    bare = {k: v for k, v in os.environ.items() if k != "API_TOKEN"}
    refused = subprocess.run(["sh", workspace.launch_sh], capture_output=True, check=False, env=bare)
    assert refused.returncode != 0
    assert b"API_TOKEN" in refused.stderr
    assert run(workspace.launch_sh, env={**bare, **env})[2]["API_TOKEN"] == b"s3cret"


def test_the_script_is_the_same_for_the_same_command():
    assert launch_script(["a"], {"B": "1", "A": "2"}) == launch_script(["a"], {"A": "2", "B": "1"})
    assert launch_script(["swan", "-mpi", "4"], {"OMP_NUM_THREADS": "2"}).splitlines() == [
        "#!/bin/sh",
        "# Starts the model of this run directory. To run it once more by hand:  sh .rompy/launch.sh",
        'case $0 in */*) set -- "${0%/*}" ;; *) set -- . ;; esac',
        'CDPATH="" cd -P -- "$1/.." || exit 126',
        "export OMP_NUM_THREADS=2",
        "exec swan -mpi 4",
    ]


@pytest.mark.parametrize(
    ("argv", "env"),
    [([], {}), (["a\0"], {}), (["a"], {"B": "\0"}), (["a"], {"b=c": "1"}), (["a"], {"": "1"})],
)
def test_what_no_program_can_get_is_refused(argv, env):
    with pytest.raises(SubmitError):
        launch_script(argv, env)


def test_the_script_can_be_executed(workspace):
    write_launch(Workspace(workspace.root), show())
    assert os.access(workspace.launch_sh, os.X_OK)
