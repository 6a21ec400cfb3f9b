"""Compares this core with the published one under the same plugins: time and peak memory, side by side.

One command does it all: makes the data, builds the two environments, runs each case in both in turn, prints a table.

    python benchmarks/run.py [--cache FOLDER] [--repeat N] [--only CASE ...]

Needs a package index, a gigabyte of disk and about ten minutes, most of them the published core's.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CASES_FOLDER = HERE / "cases"
PLUGINS = ["rompy-swan==0.11.1", "rompy-schism==0.6.0", "rompy-binary-datasources==0.1.0"]
WITHOUT_DEPENDENCIES = ["rompy-xbeach==0.2.0"]
"""Its wheel pins a core of long ago; both cores run it all the same."""
UNDECLARED = ["oceantide", "typer", "rioxarray", "geopandas", "pydantic-numpy"]
"""What the published core does not bring although plugins need it."""


@dataclass(frozen=True)
class Core:
    """An environment with one of the two cores."""

    name: str
    requirement: list[str]
    folder: Path

    def program(self, name: str) -> str:
        return str(self.folder / "bin" / name)


@dataclass(frozen=True)
class Case:
    """A command to measure; ``{cases}`` in it stands for the folder of descriptions."""

    name: str
    command: tuple[str, ...]
    repeat: int = 3


@dataclass
class Figures:
    """What the runs of one case in one environment took."""

    seconds: list[float] = field(default_factory=list)
    """Wall time."""
    cpu: list[float] = field(default_factory=list)
    """Time of the processors, which says more than wall time on a machine that is busy otherwise."""
    megabytes: list[float] = field(default_factory=list)

    @property
    def typical_seconds(self) -> float:
        return statistics.median(self.seconds)

    @property
    def typical_cpu(self) -> float:
        return statistics.median(self.cpu)

    @property
    def peak(self) -> float:
        return max(self.megabytes)


CASES = [
    Case("start-up: import rompy", ("python", "-c", "import rompy"), 7),
    Case("start-up: rompy --version", ("rompy", "--version"), 5),
    Case("start-up: rompy --help", ("rompy", "--help"), 5),
    Case("validate: template run", ("rompy", "validate", "{cases}/template.yml"), 5),
    Case("validate: SWAN run", ("rompy", "validate", "{cases}/spectra.yml")),
    Case("generate: template only", ("rompy", "generate", "{cases}/template.yml")),
    Case("generate: wind + bathymetry", ("rompy", "generate", "{cases}/forcing.yml")),
    Case("generate: with spectra", ("rompy", "generate", "{cases}/spectra.yml"), 2),
]


def main() -> None:
    options = _options()
    cache = options.cache.resolve()
    cores = [
        Core("this core", [str(ROOT)], cache / "ours"),
        Core("rompy 0.6.4", ["rompy==0.6.4", *UNDECLARED], cache / "published"),
    ]
    for core in cores:
        build(core)
    data = cache / "data"
    _quiet([cores[0].program("python"), str(HERE / "make_data.py"), str(data)])
    cases = [case for case in CASES if not options.only or any(word in case.name for word in options.only)]
    table = {case.name: measure(case, cores, data, cache / "work", options.repeat) for case in cases}
    print(report(table, cores))
    if any("spectra" in case.name and "generate" in case.name for case in cases):
        print(compare_spectra(cores, data, cache / "work"))
    print(start_up_evidence(cores[0], cache))


def build(core: Core) -> None:
    """Make the environment, unless it is there; this core is installed anew each time, as it is now."""
    fresh = not (core.folder / "bin" / "python").exists()
    if fresh:
        print(f"building the environment of {core.name}", file=sys.stderr)
        _quiet([sys.executable, "-m", "venv", str(core.folder)])
        _install(core, *core.requirement, *PLUGINS)
        _install(core, "--no-deps", *WITHOUT_DEPENDENCIES)
    elif core.requirement == [str(ROOT)]:
        _install(core, "--no-deps", "--force-reinstall", *core.requirement)


def measure(case: Case, cores: list[Core], data: Path, work: Path, most: int) -> dict[str, Figures]:
    """Run a case in both environments in turn, so that a busy machine is unfair to neither."""
    found = {core.name: Figures() for core in cores}
    for _ in range(min(case.repeat, most)):
        for core in cores:
            output = work / core.folder.name
            shutil.rmtree(output, ignore_errors=True)
            output.mkdir(parents=True)
            print(f"{case.name} with {core.name}", file=sys.stderr)
            seconds, cpu, megabytes = _timed(case, core, data, output)
            found[core.name].seconds.append(seconds)
            found[core.name].cpu.append(cpu)
            found[core.name].megabytes.append(megabytes)
    return found


def report(table: dict[str, dict[str, Figures]], cores: list[Core]) -> str:
    """The figures as a table in Markdown."""
    ours, other = (core.name for core in cores)
    lines = [
        f"{os.cpu_count()} x {_processor()}, {platform.system()}, Python {platform.python_version()}, "
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, load {os.getloadavg()[0]:.1f} at the end. "
        f"Medians of seconds, peaks of MB; first {ours}, then {other}.",
        "",
        "| case | wall (s) | | times faster | processor (s) | | times less | memory (MB) | | part of it |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, figures in table.items():
        a, b = figures[ours], figures[other]
        lines.append(
            f"| {name} | {a.typical_seconds:.2f} | {b.typical_seconds:.2f} "
            f"| {b.typical_seconds / a.typical_seconds:.1f} "
            f"| {a.typical_cpu:.2f} | {b.typical_cpu:.2f} | {b.typical_cpu / a.typical_cpu:.1f} "
            f"| {a.peak:.0f} | {b.peak:.0f} | {a.peak / b.peak:.2f} |"
        )
    return "\n".join(lines)


def compare_spectra(cores: list[Core], data: Path, work: Path) -> str:
    """Whether the boundary spectra that each core wrote are a selection from the full dataset."""
    files = [str(work / core.folder.name / "spectra" / "waves.bnd") for core in cores]
    done = subprocess.run(
        [cores[0].program("python"), str(HERE / "check_spectra.py"), str(data / "spectra.nc"), *files],
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n" + done.stdout.strip()


def start_up_evidence(core: Core, cache: Path) -> str:
    """Keep what ``-X importtime`` says and sum it up."""
    commands = {
        "import rompy": ["-c", "import rompy"],
        "rompy --help": [core.program("rompy"), "--help"],
        "rompy validate template.yml": [
            core.program("rompy"),
            "validate",
            str(CASES_FOLDER / "template.yml"),
        ],
    }
    lines = ["", "Imports, by `python -X importtime` (whole listings in the cache folder):", ""]
    for name, words in commands.items():
        done = subprocess.run(
            [core.program("python"), "-X", "importtime", *words],
            capture_output=True,
            text=True,
            env={**_environment(), "OUT": str(cache / "work")},
            check=True,
        )
        entries = [
            line for line in done.stderr.splitlines() if line.startswith("import time:") and "|" in line
        ][1:]
        (cache / f"importtime-{name.replace(' ', '-')}.txt").write_text(done.stderr)
        modules = [line.rsplit("|", 1)[1].strip() for line in entries]
        own = sum(int(line.split("|")[0].split(":")[1]) for line in entries) / 1000
        heavy = sorted({m.split(".")[0] for m in modules} & _HEAVY)
        lines.append(
            f"* `{name}`: {len(modules)} modules, {own:.0f} ms; heavy ones: {', '.join(heavy) or 'none'}"
        )
    return "\n".join(lines)


_HEAVY = {
    "anuga",
    "cartopy",
    "cookiecutter",
    "dask",
    "fsspec",
    "geopandas",
    "intake",
    "jinja2",
    "matplotlib",
    "netCDF4",
    "numpy",
    "pandas",
    "pydantic",
    "pylib",
    "pyproj",
    "rioxarray",
    "rompy_anuga",
    "rompy_schism",
    "rompy_swan",
    "rompy_xbeach",
    "scipy",
    "shapely",
    "wavespectra",
    "xarray",
}
"""Packages whose import is worth noticing."""


def _timed(case: Case, core: Core, data: Path, output: Path) -> tuple[float, float, float]:
    """Wall time (s), processor time (s) and peak memory (MB) of one run."""
    program, *words = (word.format(cases=CASES_FOLDER) for word in case.command)
    log = output / "log.txt"
    begin = time.perf_counter()
    with log.open("w") as stream:
        process = subprocess.Popen(
            [core.program(program), *words],
            env={**_environment(), "OUT": str(output), "DATA": str(data)},
            cwd=output,
            stdout=stream,
            stderr=stream,
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(
            f"{case.name} with {core.name} ended with {process.returncode}:\n{log.read_text()[-3000:]}"
        )
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _environment() -> dict[str, str]:
    """This process's, less what would make Python compile everything again each time."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _install(core: Core, *words: str) -> None:
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    python = core.program("python")
    constraints = ["-c", str(ROOT / "constraints.txt")] if "--no-deps" not in words else []
    pip = (
        [uv, "pip", "install", "--python", python] if Path(uv).exists() else [python, "-m", "pip", "install"]
    )
    if "--force-reinstall" in words and Path(uv).exists():
        words = tuple("--reinstall-package=rompy" if word == "--force-reinstall" else word for word in words)
    _quiet([*pip, "--quiet", *constraints, *words])


def _quiet(command: list[str]) -> None:
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=_environment()
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--cache", type=Path, default=HERE / ".cache", help="folder for data, environments and output"
    )
    parser.add_argument("--repeat", type=int, default=7, help="most repetitions of a case")
    parser.add_argument("--only", nargs="*", help="words in the names of the cases to run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
