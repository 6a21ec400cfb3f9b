"""The profile of a real Slurm, and what it catches before it queues."""

import json

import pytest
from click.testing import CliRunner

from rompy.cli import cli
from rompy.run.probe import probe_site
from rompy.sites import load_site
from rompy.sites.text import yaml_of

RUN = """run_id: tide
period: {start: 2023-02-01, duration: 1h}
config: {model_type: base}
backend:
  type: slurm
  command: echo $DEPTH
"""


@pytest.fixture(scope="module")
def profile(slurm, tmp_path_factory):
    path = tmp_path_factory.mktemp("site") / "here.yml"
    settings = (
        "settings:\n  slurm: {queue: short, time_limit: '0:05:00', env_vars: {DEPTH: '7'}, patience: 2}\n"
    )
    path.write_text(yaml_of(probe_site("here")).partition("# Settings")[0] + settings)
    return path


@pytest.fixture
def call(slurm, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, [str(a) for a in arguments])


def test_partitions_are_told_with_their_limits(profile, slurm):
    scheduler = load_site(profile).schedulers["slurm"]
    assert scheduler.version.split(".")[0].isdigit()
    assert (scheduler.default_queue, scheduler.max_array_size) == ("debug", 1001)
    debug, short = scheduler.queues["debug"], scheduler.queues["short"]
    assert (debug.max_walltime, short.max_walltime) == ("infinite", "0:30:00")
    assert (debug.nodes, debug.cores_per_node, debug.memory_per_node_mb) == (1, slurm.cpus, slurm.memory_mb)
    assert debug.available


def test_a_run_takes_what_it_leaves_open_from_the_site(call, profile, tmp_path):
    (tmp_path / "tide.yml").write_text(RUN)
    result = call("run", "tide.yml", "--site", profile, "--json")
    assert result.exit_code == 0, result.stderr
    workspace = tmp_path / "simulations/tide"
    assert (workspace / ".rompy/stdout.log").read_text() == "7\n"
    script = (workspace / ".rompy/job.sh").read_text()
    assert "#SBATCH --partition=short\n" in script
    assert "#SBATCH --time=0:05:00\n" in script


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("time_limit: '1:00:00'", "tide.yml:7: backend.time_limit: 1:00:00 is more than the 0:30:00"),
        ("queue: shrt", "no queue 'shrt'; did you mean 'short'?"),
        ("nodes: 2", "asks for 2 nodes, but the queue 'short' has at most 1"),
        ("ntasks: 99", "asks for 99 cores on 1 node, but the queue 'short' has at most 8"),
        ("memory: 64G", "but the queue 'short' has at most 4000"),
    ],
)
def test_what_could_never_run_is_refused_before_anything_is_written(
    call, profile, slurm, tmp_path, asked, told
):
    (tmp_path / "tide.yml").write_text(f"{RUN}  {asked}\n")
    before = slurm.call("squeue", "-h", "-t", "all", "-o", "%i")
    result = call("submit", "tide.yml", "--site", profile)
    assert result.exit_code == 3
    assert told in result.stderr
    assert not (tmp_path / "simulations").exists()
    assert slurm.call("squeue", "-h", "-t", "all", "-o", "%i") == before


def test_the_command_probes_saves_and_checks(call, tmp_path):
    saved = call("site", "probe", "--name", "box", "--save")
    assert saved.exit_code == 0, saved.stderr
    assert call("site", "probe", "--name", "box", "--save").exit_code == 3
    listed = json.loads(call("site", "list", "--json").stdout)["sites"]
    assert [(row["name"], row["for"]) for row in listed] == [("box", "you")]
    checked = call("site", "check", "box", "--here")
    assert checked.exit_code == 0
    assert "profile says" not in checked.stderr
