"""What a model writes: too much of it, garbage, and names that no shell should ever read."""

import resource
from pathlib import Path

import pytest

from rompy.backends import LocalConfig
from rompy.jobs import JobState, supervise
from rompy.jobs.heartbeat import read_heartbeat
from rompy.run import LocalRunBackend

GIGABYTE = 1_000_000_000


class Run:
    config = None

    def __init__(self, folder, run_id="tide"):
        self.staging_dir, self.run_id = folder, run_id
        folder.mkdir(parents=True)


def peak_memory(pid):
    """The most memory that a process has ever had, bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def test_a_gigabyte_on_stdout(tmp_path, rompy, wait_for):
    place = Run(tmp_path / "run")
    command = f"yes '{'x' * 99}' | head -c {GIGABYTE}; echo; echo the end; touch written; "
    command += "while [ ! -e go ]; do sleep 0.05; done"
    job = LocalRunBackend().submit(place, LocalConfig(command=command), place.staging_dir)
    wait_for((place.staging_dir / "written").exists, 120)
    heartbeat = read_heartbeat(job.place)
    watchers = [heartbeat.pid, supervise.process_table()[heartbeat.pid].parent]
    assert max(map(peak_memory, watchers)) < 64 << 20
    (place.staging_dir / "go").touch()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert job.wait(120).state is JobState.succeeded
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # kilobytes
    log = job.place.stdout_log
    assert log.stat().st_size == GIGABYTE + len("\nthe end\n")  # kept to the last byte
    began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    assert rompy("logs", place.staging_dir, "-n", "1", "--only", "stdout") == "the end\n"
    assert (
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - began < 4
    )  # reading it all takes much longer
    log.unlink()


GARBAGE = r"head -c 200000 /dev/urandom; printf '\377\376\000\033[2J\033]0;title\007 last words\n'; exit 4"


def test_garbage_in_the_logs(tmp_path, rompy, told):
    place = Run(tmp_path / "run")
    result = LocalRunBackend().run(place, LocalConfig(command=GARBAGE), place.staging_dir)
    assert (result.state, result.exit_code) == (JobState.failed, 4)
    assert "last words" in result.reason
    row = told(tmp_path)["tide"]
    assert (row["state"], row["exit_code"]) == ("failed", 4)
    for shown in (rompy("logs", place.staging_dir), rompy("status", place.staging_dir), rompy("jobs")):
        assert "\033" not in shown
        assert "\0" not in shown


AWKWARD = [
    "two words",
    "it's",
    'say "x"',
    "line\nbreak",
    "größe 潮 🌊",
    "$HOME `id` $(id) \\",
    "-n",
    "%d %s {x}",
    "*",
    ";true &",
]


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names(tmp_path, told, name):
    place = Run(tmp_path / name / name, run_id=name)
    command = 'printf %s "$VALUE" > value; printf %s "$PWD" > where'
    result = LocalRunBackend().run(
        place, LocalConfig(command=command, env_vars={"VALUE": name}), place.staging_dir
    )
    assert result, str(result)
    assert (place.staging_dir / "value").read_text() == name
    assert (place.staging_dir / "where").read_text() == str(place.staging_dir)


def test_all_awkward_names_in_one_list(tmp_path, rompy, told):
    places = [Run(tmp_path / "top" / name, run_id=name) for name in AWKWARD]
    for place in places:
        assert LocalRunBackend().run(place, LocalConfig(command="true"), place.staging_dir)
    rows = told(tmp_path)
    assert {name: rows[name]["workspace"] for name in AWKWARD} == {
        p.run_id: str(p.staging_dir) for p in places
    }
    lines = rompy("jobs").splitlines()
    assert len(lines) == len(AWKWARD) + 1
