import pytest

from rompy.backends import LsfConfig, PbsConfig, SgeConfig, SlurmConfig, load_backend_config
from rompy.core.launch import Launch
from rompy.errors import ConfigError, SubmitError
from rompy.sites.asked import megabytes


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"time_limit": "72:00:00"},
            "time_limit: 72:00:00 is more than the 48:00:00 that the queue 'normal'",
        ),
        ({"queue": "nrmal"}, "queue: the site gadi has no queue 'nrmal'; did you mean 'normal'?"),
        ({"queue": "shut"}, "queue: the queue 'shut' does not take jobs"),
        ({"nodes": 5}, "nodes: asks for 5 nodes, but the queue 'normal' has at most 4"),
        ({"nodes": 2, "ntasks": 97}, "ntasks: asks for 97 cores on 2 nodes, but .* at most 96"),
        ({"cpus_per_task": 64}, "asks for 64 cores on each node, but .* at most 48"),
        ({"memory": "200G"}, "memory: asks for 204800 MB of memory on each node, but .* at most 190000"),
        ({"type": "lsf"}, "the site gadi has no scheduler 'lsf'"),
        (
            {"type": "docker", "image": "x", "command": None},
            "no docker or podman .*docker: permission denied",
        ),
    ],
)
def test_what_could_never_run_is_refused_with_queue_and_limit(write, settings, told):
    given = {"type": "slurm", "command": "x", **settings}
    if given["command"] is None:
        del given["command"]
    with pytest.raises(ConfigError, match=told):
        load_backend_config(given, site=write())


@pytest.mark.parametrize(
    "settings",
    [
        {"time_limit": "48:00:00", "nodes": 4, "ntasks": 192},
        {"queue": "long", "time_limit": "9999:00:00"},
        {"queue": "normal,long", "time_limit": "72:00:00"},  # it goes to the one that can take it
        {"time_limit": "72:00:00", "directives": {"partition": "elsewhere"}},
        {"time_limit": "72:00:00", "additional_options": ["--clusters=other"]},
        {"memory": "all of it"},
        {"type": "local"},
    ],
)
def test_what_might_run_is_let_through(write, settings):
    assert load_backend_config({"type": "slurm", "command": "x", **settings}, site=write())


def test_limits_that_nobody_knows_are_not_checked(write):
    site = write("rompy_site: 1\n")
    assert load_backend_config({"type": "slurm", "command": "x", "nodes": 99, "queue": "any"}, site=site)


def test_ranks_of_the_configuration_count_when_it_is_submitted(write, tmp_path):
    from rompy.run.slurm import SlurmRunBackend

    class Configuration:
        def launch(self):
            return Launch(("model",), ranks=64)

    class Run:
        run_id, config, staging_dir = "tide", Configuration(), tmp_path / "work"

    Run.staging_dir.mkdir()
    config = load_backend_config({"type": "slurm"}, site=write())
    with pytest.raises(SubmitError, match="64 cores on 1 node, but the queue 'normal' has at most 48"):
        SlurmRunBackend().submit(Run(), config, Run.staging_dir)
    assert list(Run.staging_dir.iterdir()) == []


@pytest.mark.parametrize(
    ("config", "ranks", "cores"),
    [
        (SlurmConfig(command="x", ntasks=3, cpus_per_task=2), 1, 6),
        (SlurmConfig(command="x"), 8, 8),
        (SlurmConfig(command="x", ntasks=1), 8, 1),
        (PbsConfig(command="x", nodes=2), 8, 8),
        (PbsConfig(command="x", nodes=2, cpus=3), 1, 6),
        (PbsConfig(command="x", select="4:ncpus=2"), 1, None),
        (SgeConfig(command="x", slots=5), 1, 5),
        (LsfConfig(command="x"), 7, 7),
    ],
)
def test_every_scheduler_counts_its_processors(config, ranks, cores):
    assert config.asked(ranks).cores == cores


@pytest.mark.parametrize(
    ("size", "mb"),
    [
        ("4G", 4096),
        ("4gb", 4096),
        ("512", 512),
        ("2T", 2 << 20),
        ("1024k", 1),
        ("5 apples", None),
        (None, None),
    ],
)
def test_sizes_are_read(size, mb):
    assert megabytes(size) == mb
