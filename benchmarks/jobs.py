"""Measures what rompy itself takes to run, submit and list jobs.

    python benchmarks/jobs.py [--only WORD ...] [--minute SECONDS]

Everything goes to a temporary folder. Slurm is a stand-in for ``sbatch`` that answers at once: what is measured is our
own time. Each figure is the best of a few, because other users of a machine only ever make it slower; the load of the
machine is printed beside it.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rompy.backends import LocalConfig, SlurmConfig
from rompy.core.launch import Launch
from rompy.core.workspace import Workspace
from rompy.jobs.record import JobRecord
from rompy.jobs.result import RunResult
from rompy.jobs.state import JobState
from rompy.jobs.store import JobStore
from rompy.run import LocalRunBackend, submit_many

MEMBERS = 500
RUNS = 10_000


class Model:
    """A configuration that only knows how to start its model."""

    def __init__(self, *argv: str) -> None:
        self.argv = argv

    def launch(self) -> Launch:
        return Launch(self.argv)


class Run:
    """What a backend sees of a ModelRun."""

    def __init__(self, folder: Path, *argv: str) -> None:
        self.staging_dir, self.run_id, self.config = folder, folder.name, Model(*argv)
        folder.mkdir(parents=True)


def bare_against_supervised(top: Path, argv: list[str], repeat: int) -> Iterator[str]:
    """Wall time of a command by itself and under the local backend, in turn, and the processor's time for watching."""
    bare, ours, cpu = [], [], []
    for number in range(repeat + 1):
        bare.append(wall(lambda: subprocess.run(argv, check=True)))
        run, before = Run(top / f"{number}", *argv), processor()
        ours.append(wall(lambda run=run: local(run)))  # type: ignore[misc]
        cpu.append(processor() - before)
    if repeat > 1:  # the first one imports
        bare, ours, cpu = bare[1:], ours[1:], cpu[1:]
    yield f"`{' '.join(argv)}` by itself | {min(bare):.3f} s"
    yield f"`{' '.join(argv)}` under the local backend | {min(ours):.3f} s"
    extra = min(ours) - min(bare)
    yield f"overhead | {extra * 1000:.0f} ms, {100 * extra / min(bare):.2f} % of it"
    yield f"processor's time of client and supervisor (with the model's) | {min(cpu):.3f} s"


def command_line(top: Path) -> Iterator[str]:
    """``rompy run`` as users call it: validation, input, run, record."""
    top.mkdir()
    description = top / "tide.yml"
    description.write_text(
        f"run_id: tide\noutput_dir: {top / 'runs'}\nperiod: {{start: 20230101T00, duration: 24h, interval: 1h}}\n"
        "delete_existing: true\nconfig: {model_type: base}\nbackend: {type: local, command: 'true'}\n"
    )
    command = [sys.executable, "-m", "rompy", "run", str(description)]
    seconds = [wall(lambda: subprocess.run(command, check=True, capture_output=True)) for _ in range(5)]
    yield f"`rompy run` of a description with the model `true`, all in all | {min(seconds):.2f} s"
    command.append("--skip-generate")
    seconds = [wall(lambda: subprocess.run(command, check=True, capture_output=True)) for _ in range(5)]
    yield f"the same with `--skip-generate` | {min(seconds):.2f} s"


def local_members(top: Path) -> Iterator[str]:
    runs = [Run(top / f"m{number}", "true") for number in range(MEMBERS)]
    before = processor()
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        seconds = wall(lambda: list(pool.map(local, runs)))
    yield f"{MEMBERS} local members of `true` | {seconds:.1f} s"
    yield f"processor's time of it | {processor() - before:.1f} s"


def array(top: Path) -> Iterator[str]:
    tools = top / "bin"
    tools.mkdir(parents=True)
    for name, answer in {"sbatch": "Submitted batch job 77", "scontrol": "MaxArraySize = 100001"}.items():
        (tools / name).write_text(f"#!/bin/sh\necho '{answer}'\n")
        (tools / name).chmod(0o755)
    os.environ["PATH"] = f"{tools}:{os.environ['PATH']}"
    seconds = []
    for turn in range(4):
        runs = [Run(top / f"{turn}/m{number}", "true") for number in range(MEMBERS)]
        pairs: list[Any] = [(run, run.staging_dir) for run in runs]
        seconds.append(wall(lambda pairs=pairs: submit_many(pairs, SlurmConfig())))  # type: ignore[misc]
    yield f"{MEMBERS} members as one Slurm array | {min(seconds[1:]):.2f} s"


def list_of_runs(top: Path) -> Iterator[str]:
    places = []
    for number in range(RUNS):
        place = Workspace(top / f"{number // 100}" / f"m{number}")
        place.hidden.mkdir(parents=True)
        record = JobRecord(f"m{number}")
        record.begin("local", ["true"], settings={})
        state = JobState.succeeded if number % 10 else JobState.failed
        record.close(RunResult(state, place.root, exit_code=0, reason="the model ended"))
        record.write(place, sync=False)
        places.append(place)
    JobStore().note(places)
    for words in (["jobs"], ["jobs", "--json"], ["jobs", "--limit", "20"]):
        command = [sys.executable, "-m", "rompy", *words]
        seconds = [
            wall(lambda c=command: subprocess.run(c, check=True, capture_output=True)) for _ in range(5)
        ]  # type: ignore[misc]
        yield f"`rompy {' '.join(words)}` over {RUNS:,} runs | {min(seconds):.2f} s"


def local(run: Run) -> None:
    LocalRunBackend().run(run, LocalConfig(), run.staging_dir).check()


def wall(task: Callable[[], Any]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    task()
    return time.perf_counter() - began


def processor() -> float:
    """Seconds of the processor for this process and all that it has waited for."""
    used = [resource.getrusage(which) for which in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", help="words in the names of the cases to run")
    parser.add_argument("--minute", default="60", help="seconds that the long model takes")
    options = parser.parse_args()
    top = Path(tempfile.mkdtemp(prefix="rompy-jobs-"))
    os.environ["ROMPY_STATE_DIR"] = str(top / "state")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each start compiles everything again
    cases: dict[str, Callable[[Path], Iterator[str]]] = {
        "true": lambda place: bare_against_supervised(place, ["true"], 10),
        "minute": lambda place: bare_against_supervised(place, ["sleep", options.minute], 1),
        "command": command_line,
        "array": array,
        "members": local_members,
        "list": list_of_runs,
    }
    print("| what | taken |\n|---|---|")
    try:
        for name, case in cases.items():
            if not options.only or any(word in name for word in options.only):
                for line in case(top / name):
                    print(f"| {line} |", flush=True)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print(f"\nload at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
