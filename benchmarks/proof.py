"""What the record of a run costs: the same work with it and without, each in a process of its own; and what it takes to
know many files, and to verify a run of many.

    python benchmarks/proof.py [--only WORD ...] [--repeat N] [--folder FOLDER] [--gigabytes N]

Runs in the environment that it is started in, which needs rompy[anuga]. Without the record means: nothing is noted, no
file is read for a digest and nobody is asked for versions; the manifest has only names. Each figure is the best of a
few, with and without in turn, because other users of a machine only ever make it slower: on a busy one believe the
seconds of the processor. Everything goes to a temporary folder, of some gigabytes, that is removed. Takes five minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MANY = 10_000
"""Small inputs in a folder,"""
SINGLE = 1_000
"""or each copied by itself,"""
SMALL_BYTES = 20_000
"""and the size of each."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="*", help="words in the names of the cases to run")
    parser.add_argument("--repeat", type=int, default=2, help="pairs of runs [2]")
    parser.add_argument("--folder", help="where the data are made [the system's temporary folder]")
    parser.add_argument("--gigabytes", type=float, default=1.0, help="output of the last case [1]")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(*options.child)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        os.environ |= {"ROMPY_CACHE_DIR": f"{name}/cache", "ROMPY_STATE_DIR": f"{name}/state"}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        top = Path(name)

        def is_wanted(case: str) -> bool:
            return not options.only or any(word in case for word in options.only)

        print(
            "| what | without (s of processor) | with | more | | without (s) | with | without (MB) | with |"
        )
        print("|---|--:|--:|--:|--:|--:|--:|--:|--:|", flush=True)
        for case in filter(is_wanted, CASES):
            compare(case, top, options.repeat)
        if is_wanted("digests and verify"):
            print(f"\n| {MANY:,} files of {SMALL_BYTES // 1000} kB | s | s of processor |\n|---|--:|--:|")
            for line in digests(top):
                print(f"| {line} |", flush=True)
        if is_wanted("output"):
            print(f"\n| output of {options.gigabytes:g} GB | s | s of processor | MB |\n|---|--:|--:|--:|")
            for line in outputs(top, options.gigabytes):
                print(f"| {line} |", flush=True)
    print(f"\nload at the end: {os.getloadavg()[0]:.1f}")


def compare(case: str, top: Path, repeat: int) -> None:
    """One line of the table."""
    place = Path(tempfile.mkdtemp(dir=top))
    # In a process of its own, for the memory of this one would be counted as that of those it starts.
    in_a_process("--child", case, "make", str(place))
    time.sleep(2.5)  # what has just been written is not remembered
    taken: dict[str, list[dict[str, float]]] = {"with": [], "without": []}
    for _ in range(repeat):
        for how, known in taken.items():
            known.append(in_a_process("--child", case, how, str(place)))
    best = {how: {key: min(one[key] for one in known) for key in known[0]} for how, known in taken.items()}
    less, more = best["without"], best["with"]
    print(
        f"| {case} | {less['cpu']:.3f} | {more['cpu']:.3f} | {100 * (more['cpu'] / less['cpu'] - 1):+.1f} % "
        f"| {1000 * (more['cpu'] - less['cpu']):+.0f} ms | {less['wall']:.2f} | {more['wall']:.2f} "
        f"| {less['memory']:.0f} | {more['memory']:.0f} |",
        flush=True,
    )
    shutil.rmtree(place)


def in_a_process(*words: str, script: str = __file__) -> dict[str, float]:
    """What a script prints in its last line when it is called with some words."""
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def child(case: str, how: str, place: str) -> None:
    """Do the work twice, and print what the second time took: starting and importing are not counted."""
    if case == "make":
        make_output(place, float(how))
        print("{}")
        return
    if case == "know":
        print(json.dumps(know(Path(place), again=how == "again")))
        return
    if how == "make":
        CASES[case][0](Path(place))
        print("{}")
        return
    action = CASES[case][1](Path(place))
    if how == "without":
        forget_recording()
    action()
    wall, cpu = time.perf_counter(), processor()
    action()
    report(wall, cpu)


def report(wall: float, cpu: float) -> None:
    """Print what was taken since a moment, and the most memory that was ever used (MB)."""
    taken = {"wall": time.perf_counter() - wall, "cpu": processor() - cpu}
    print(json.dumps({**taken, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def forget_recording() -> None:
    """Nothing is noted, read or asked for the record any more."""
    import rompy.core.workspace
    import rompy.inputs
    import rompy.model
    import rompy.run.recording
    import rompy.run.truth

    class Nothing:
        def __init__(self, *args: Any) -> None:
            """As what it stands for."""

        def facts(self) -> dict[str, Any]:
            return {"schema": 2, "phases": {"generate": None, "run": [], "postprocess": []}, "outputs": {}}

    replaced: Any = rompy
    replaced.model.Generation = Nothing
    replaced.inputs._current = lambda: None
    replaced.core.workspace.identities = lambda root, names, cache=None: {name: {} for name in names}
    replaced.run.truth.record_end = lambda *args, **kwargs: None
    replaced.run.recording.Recorder.begin = lambda self, workspace: None


def processor() -> float:
    """Seconds of the processor for this process and all that it has waited for."""
    used = [resource.getrusage(which) for which in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def demo(place: Path) -> Callable[[], Any]:
    from rompy.core.describing.description import Description
    from rompy.model import ModelRun

    values = Description.load(ROOT / "examples/merimbula/tide.yml").data
    run = ModelRun.model_validate({**values["config"], "output_dir": str(place), "delete_existing": True})
    return run.generate


def make_three(place: Path) -> None:
    """Output for a model that only copies: a table, a log, and a netCDF file of 2 MB."""
    (place / "out").mkdir()
    for name in ("table.txt", "model.log"):
        (place / "out" / name).write_text("0 1 2\n" * 1000)
    make_output(str(place / "out/out.nc"), 0.004)


def copying(place: Path) -> Callable[[], Any]:
    from rompy.backends import LocalConfig

    run = with_data(place)
    run.generate()
    settings = LocalConfig(command=f"cp {place}/out/table.txt {place}/out/model.log {place}/out/out.nc .")
    return lambda: run.run(settings, workspace_dir=run.staging_dir).check()


def with_data(place: Path, **fields: Any) -> Any:
    """A run of a model that wants nothing but one kind of data."""
    from rompy.core.config import BaseConfig
    from rompy.core.data import DataBlob, DataGrid
    from rompy.model import ModelRun

    class Wanting(BaseConfig):
        wind: DataGrid | None = None
        files: list[DataBlob] = []

        def __call__(self, runtime: Any) -> Any:
            if self.wind is not None:
                self.wind.get(runtime.staging_dir, time=runtime.period)
            for blob in self.files:
                blob.get(runtime.staging_dir)
            return self

    return ModelRun(
        run_id="r",
        output_dir=place,
        delete_existing=True,
        period={"start": "2023-01-01", "duration": "10d", "interval": "1h"},
        config=Wanting(**fields),
    )


def make_wind(place: Path) -> None:
    """300 MB of hourly wind, of which all is used."""
    import numpy as np
    import xarray as xr

    times = np.datetime64("2023-01-01", "ns") + np.arange(240) * np.timedelta64(1, "h")
    axes = {"time": times, "lat": np.linspace(-50, 0, 395), "lon": np.linspace(100, 150, 395)}
    values = np.random.default_rng(0).normal(size=(240, 395, 395)).astype("f4")
    variables = dict.fromkeys(("u10", "v10"), (("time", "lat", "lon"), values))
    xr.Dataset(variables, axes).to_netcdf(place / "wind.nc")


def windy(place: Path) -> Any:
    """A run that wants the wind of ten days."""
    source = {"model_type": "file", "uri": str(place / "wind.nc")}
    return with_data(place, wind={"source": source, "variables": ["u10", "v10"], "crop_data": True})


def grid(place: Path) -> Callable[[], Any]:
    return windy(place).generate


def make_small(place: Path, count: int) -> None:
    folder = place / "small"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:05}.txt").write_bytes(number.to_bytes(4, "little") * (SMALL_BYTES // 4))


def small(place: Path) -> Callable[[], Any]:
    files = [{"source": str(place / "small" / f"{number:05}.txt")} for number in range(SINGLE)]
    return with_data(place, files=files).generate


def folder(place: Path) -> Callable[[], Any]:
    return with_data(place, files=[{"source": str(place / "small")}]).generate


CASES: dict[str, tuple[Callable[[Path], None], Callable[[Path], Callable[[], Any]]]] = {
    "generate the demo": (lambda place: None, demo),
    "run `cp` of three files, one of them netCDF": (make_three, copying),
    "generate a grid of 300 MB": (make_wind, grid),
    f"generate {SINGLE:,} copied inputs": (lambda place: make_small(place, SINGLE), small),
    f"generate a copied folder of {MANY:,}": (lambda place: make_small(place, MANY), folder),
}


def digests(top: Path) -> Any:
    """What it takes to know many files, and to verify a workspace that holds them, the first time and the second."""
    place = top / "many"
    place.mkdir()
    make_small(place, MANY)
    time.sleep(2.5)  # what has just been written is not remembered
    first, second = (in_a_process("--child", "know", how, str(place)) for how in ("once", "again"))
    for title, taken in (("first", first), ("second", second)):
        for what in ("know them", "`verify` a workspace of them"):
            yield f"{what}, the {title} time | {taken[f'{what} wall']:.2f} | {taken[f'{what} cpu']:.2f}"
    shutil.rmtree(place)


def know(place: Path, *, again: bool) -> dict[str, float]:
    """Seconds for the digests of the files, and for verifying a workspace that holds copies of them."""
    from rompy.digest import DigestCache, digests_of
    from rompy.provenance.verify import verify

    paths = sorted((place / "small").iterdir())
    run = with_data(place, files=[{"source": str(place / "small")}])
    if not again:
        run.generate()
        time.sleep(2.5)
    taken: dict[str, float] = {}
    for what, act in (
        ("know them", lambda: digests_of(paths, cache=DigestCache(place / "digests.sqlite"))),
        ("`verify` a workspace of them", lambda: verify(run.staging_dir, cache=DigestCache())),
    ):
        wall, cpu = time.perf_counter(), processor()
        act()
        taken |= {f"{what} wall": time.perf_counter() - wall, f"{what} cpu": processor() - cpu}
    return taken


def outputs(top: Path, gigabytes: float) -> Any:
    """What it takes to ask for, to record and to verify a run that wrote much."""
    made = top / "made.nc"
    # In a process of its own, for the memory of this one would be counted as that of those it starts.
    in_a_process("--child", "make", str(gigabytes), str(made))
    description = top / "run.yml"
    description.write_text(
        f"run_id: large\noutput_dir: {top}\nperiod: {{start: 20230101T00, duration: 24h, interval: 1h}}\n"
        f"config: {{model_type: base}}\nbackend: {{type: local, command: 'cp {made} out.nc; rm {made}'}}\n"
    )
    run = top / "large"
    command(["submit", str(description)])
    deadline = time.monotonic() + 120
    while not (run / ".rompy/result.json").exists():
        if time.monotonic() > deadline:
            sys.exit("the run that writes much has not ended within two minutes")
        time.sleep(0.1)
    for words in (["status"], ["status"], ["wait"], ["wait"], ["verify"], ["verify"]):
        yield " | ".join([f"`rompy {words[0]}`", *command([*words, str(run)])])


def make_output(path: str, gigabytes: float) -> None:
    """Four variables at 250,000 places."""
    import numpy as np
    from netCDF4 import Dataset

    with Dataset(path, "w") as file:
        for name, size in (("time", None), ("x", 250_000)):
            file.createDimension(name, size)
        variables = [
            file.createVariable(name, "f4", ("time", "x"), chunksizes=(1, 250_000)) for name in "abcd"
        ]
        values = np.random.default_rng(0).normal(size=250_000).astype("f4")
        for step in range(int(gigabytes * 2.5e8) // 1_000_000):
            for number, variable in enumerate(variables):
                variable[step] = values + step + number


def command(words: list[str]) -> list[str]:
    began, before = time.perf_counter(), processor()
    process = subprocess.Popen(
        [sys.executable, "-m", "rompy", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"rompy {' '.join(words)} ended with {status}")
    seconds = time.perf_counter() - began
    return [f"{seconds:.2f}", f"{processor() - before:.2f}", f"{used.ru_maxrss / 1024:.0f}"]


if __name__ == "__main__":
    main()
