"""Many runs at once, from Python and from the command line."""

import json

import pytest
from click.testing import CliRunner

from rompy.backends import load_backend_config
from rompy.cli import cli
from rompy.jobs import JobState
from rompy.run import Job, cancel_all, statuses, submit_many, wait_for_all
from rompy.run.slurm import SlurmRunBackend, SlurmScheduler

MEMBER = "run_id: {0}\nperiod: {{start: 2023-02-01, duration: 1h}}\nconfig: {{model_type: base}}\n"


@pytest.fixture
def call(slurm, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        return CliRunner().invoke(cli, [str(a) for a in arguments])

    return call


@pytest.fixture
def members(tmp_path):
    (tmp_path / "members").mkdir()
    for i in range(5):
        (tmp_path / f"members/m{i}.yml").write_text(MEMBER.format(f"member-{i}"))


def numbers_of(jobs):
    return [job.native_id.partition("_")[0] for job in jobs]


def test_slurm_tells_how_large_an_array_may_be(slurm, overdue):  # the latter is for test_states
    assert SlurmScheduler().max_array_size() == 1001


def test_an_array_that_is_too_large_is_split(new_run, slurm, tmp_path):
    profile = tmp_path / "site.yml"
    profile.write_text("rompy_site: 1\nschedulers: {slurm: {max_array_size: 3}}\n")
    config = load_backend_config({"type": "slurm", "command": "exit 0", "patience": 2.0}, site=profile)
    runs = [new_run(f"run{i}") for i in range(7)]
    jobs = submit_many([(run, run.staging_dir) for run in runs], config)
    assert [job.native_id.partition("_")[2] for job in jobs] == ["0", "1", "2", "0", "1", "2", "0"]
    assert len(set(numbers_of(jobs))) == 3
    assert all(wait_for_all(jobs, 60))


def test_a_refused_array_takes_the_others_back(new_run, slurm, tmp_path, monkeypatch):
    profile = tmp_path / "site.yml"
    profile.write_text("rompy_site: 1\nschedulers: {slurm: {max_array_size: 2}}\n")
    settings = {"type": "slurm", "command": "sleep 60", "hold": True, "patience": 1.0}
    config = load_backend_config(settings, site=profile)
    backend, submitted = SlurmRunBackend(), []
    original = type(backend.scheduler).submit

    def submit(self, script, folder, env):
        if submitted:
            raise backend_error()
        submitted.append(original(self, script, folder, env))
        return submitted[-1]

    def backend_error():
        from rompy.errors import SubmitError

        return SubmitError("too many jobs")

    monkeypatch.setattr(type(backend.scheduler), "submit", submit)
    runs = [new_run(f"run{i}") for i in range(4)]
    with pytest.raises(Exception, match="too many jobs"):
        backend.submit_many([(run, run.staging_dir) for run in runs], config)
    assert {Job.open(run.staging_dir).status().state for run in runs} == {JobState.failed}
    assert slurm.call("squeue", "-h", "-j", submitted[0], "-t", "PENDING,RUNNING", check=False) == ""


def test_many_that_wait_are_cancelled_by_one_word(new_run, slurm, monkeypatch):
    runs = [new_run(f"run{i}") for i in range(6)]
    config = load_backend_config({"type": "slurm", "command": "sleep 60", "hold": True, "patience": 1.0})
    jobs = submit_many([(run, run.staging_dir) for run in runs], config)
    from rompy.run import scheduler

    said, original = [], scheduler.call
    monkeypatch.setattr(
        scheduler, "call", lambda command, **k: said.append(command[0]) or original(command, **k)
    )
    assert cancel_all(jobs) == [None] * 6
    assert said == ["scancel"]
    assert {result.state for result in wait_for_all(jobs, 60)} == {JobState.cancelled}
    assert {result.state for result in statuses(jobs)} == {JobState.cancelled}


def test_descriptions_become_one_array_that_is_known_by_its_id(call, members, tmp_path):
    (tmp_path / "slurm.yml").write_text("type: slurm\ncommand: 'echo $SLURM_ARRAY_TASK_ID'\npatience: 2\n")
    result = call("submit", "members/*.yml", "--backend-config", "slurm.yml", "--json")
    assert result.exit_code == 0, result.stderr
    jobs = json.loads(result.stdout)["jobs"]
    (number,) = {job["native_id"].partition("_")[0] for job in jobs}
    waited = call("wait", number, "--timeout", 120)
    assert waited.exit_code == 0, waited.stderr
    told = json.loads(call("status", number, "--json").stdout)["jobs"]
    assert [job["native_id"] for job in told] == [f"{number}_{i}" for i in range(5)]
    assert call("logs", f"{number}_3", "--only", "stdout").stdout == "3\n"
    assert len(json.loads(call("status", "member-[13]", "--json").stdout)["jobs"]) == 2


def test_an_array_is_resumed_as_one(call, members, tmp_path):
    command = "'case $PWD in *-[02]) [ -e again ] || { touch again; exit 5; };; esac'"
    (tmp_path / "slurm.yml").write_text(
        f"type: slurm\ncommand: {command}\ntime_limit: '9:00:00'\npatience: 2\n"
    )
    assert call("submit", "members/*.yml", "--backend-config", "slurm.yml", "-q").exit_code == 0
    waited = call("wait", "simulations", "--timeout", 120)
    assert waited.exit_code == 8
    assert "2 of 5" in waited.stderr
    resumed = call("resume", "simulations", "--wait")
    assert resumed.exit_code == 0, resumed.stderr
    assert "2 of 5 run again" in resumed.stdout
    again = [Job.open(tmp_path / f"simulations/member-{i}") for i in (0, 2)]
    assert len(set(numbers_of(again))) == 1
    assert [job.attempt for job in again] == [2, 2]
    # What had not been asked for at first is not taken for a wish now.
    assert again[0].record.time_limit_s == 9 * 3600 - 15


def test_an_array_is_cancelled_by_its_id(call, members, tmp_path):
    (tmp_path / "slurm.yml").write_text("type: slurm\ncommand: sleep 60\nhold: true\npatience: 1\n")
    jobs = json.loads(call("submit", "members/*.yml", "--backend-config", "slurm.yml", "--json").stdout)[
        "jobs"
    ]
    number = jobs[0]["native_id"].partition("_")[0]
    assert call("cancel", number, "--wait").stdout.count("was cancelled") == 5
