"""Several runs handed over at once, and known as a group."""

import json
from pathlib import Path

import pytest

from rompy.core.workspace import Workspace
from rompy.jobs.record import JobRecord


@pytest.fixture
def members(describe):
    def write(count=3, **sections):
        Path("members").mkdir(exist_ok=True)
        return [describe(name=f"members/m{i}.yml", run_id=f"member-{i}", **sections) for i in range(count)]

    return write


def test_runs_are_handed_over_together_and_named_by_pattern(rompy, members):
    members(backend={"type": "local", "command": "echo done"})
    result = rompy("submit", "members/*.yml")
    assert result.exit_code == 0, result.stderr
    workspaces = [str(Path(f"simulations/member-{i}").absolute()) for i in range(3)]
    assert result.stdout.splitlines()[:3] == workspaces
    assert "3 runs" in result.stderr
    assert rompy("wait", "member-*", "--timeout", "30").exit_code == 0
    assert len(json.loads(rompy("status", "member-[02]", "--json").stdout)["jobs"]) == 2
    assert rompy("status", "neap-*").exit_code == 6


def test_a_wrong_description_keeps_all_back(rompy, members, describe):
    names = [
        *members(2, backend={"type": "local", "command": "true"}),
        describe({"depth": -1}, name="bad.yml"),
    ]
    result = rompy("submit", *names)
    assert result.exit_code == 3
    assert "bad.yml" in result.stderr
    assert not Path("simulations").exists()


def test_two_runs_of_one_folder_are_refused(rompy, describe):
    result = rompy("submit", describe(name="a.yml"), describe(name="b.yml"))
    assert result.exit_code == 3
    assert "b.yml and a.yml have the same folder" in result.stderr
    assert not Path("simulations").exists()


def test_one_that_cannot_be_handed_over_does_not_keep_the_others_back(rompy, members, describe):
    names = members(2, backend={"type": "local", "command": "true"})
    rompy("submit", names[0])
    rompy("wait", "simulations")
    Workspace(Path("simulations/member-0")).hidden.joinpath("launch.sh").unlink()
    Workspace(Path("simulations/member-0")).hidden.joinpath("launch.sh").mkdir()
    rompy("generate", names[1])
    result = rompy("submit", *names, "--skip-generate", "--json")
    assert result.exit_code in (6, 7)
    assert "1 of 2 runs could not be handed over" in result.stderr
    assert [job["workspace"] for job in json.loads(result.stdout)["jobs"]] == [
        str(Path("simulations/member-1").absolute())
    ]
    rompy("wait", "simulations/member-1")


def test_cancelling_a_group_ends_all_of_it(rompy, members):
    members(backend={"type": "local", "command": "sleep 60"})
    rompy("submit", "members/*.yml")
    assert rompy("cancel", "member-*", "--wait").stdout.count("was cancelled") == 3


def test_resuming_goes_on_after_a_run_that_cannot_be_continued(rompy, members):
    members(backend={"type": "local", "command": "[ -e again ] || { touch again; exit 4; }"})
    rompy("submit", "members/*.yml")
    rompy("wait", "simulations")
    Path("simulations/member-1/puddle.txt").unlink()
    result = rompy("resume", "simulations", "--wait")
    assert result.exit_code == 6
    assert "input is missing: puddle.txt" in result.stderr
    assert "1 of 3 runs cannot be continued" in result.stderr
    attempts = [JobRecord.read(Workspace(f"simulations/member-{i}")).last.number for i in range(3)]
    assert attempts == [2, 1, 2]
    rompy("wait", "simulations")


def test_runs_whose_results_are_there_are_not_handed_over_again(rompy, members):
    names = members(2, backend={"type": "local"}, delete_existing=True)
    rompy("run", names[0])
    before = Path("simulations/member-0/progress.jsonl").stat().st_mtime_ns
    result = rompy("submit", *names, "--reuse", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    first, second = (str(Path(f"simulations/member-{i}").absolute()) for i in range(2))
    assert told["reused"] == [first]
    assert [job["workspace"] for job in told["jobs"]] == [second]
    assert rompy("wait", second, "--timeout", "30").exit_code == 0
    assert Path("simulations/member-0/progress.jsonl").stat().st_mtime_ns == before
    again = rompy("submit", *names, "--reuse")
    assert again.exit_code == 0, again.stderr
    assert again.stdout.splitlines() == [first, second]
