"""What a run costs that takes parts of its input from a former one, beside the same run made anew.

    python benchmarks/reuse.py [--repeat N] [--folder FOLDER]

Runs in the environment that it is started in, which needs rompy[anuga]. Each figure is the best of a few, made anew and
reused in turn, each in a process of its own. The last lines tell what it costs to record parts, whether they are used
again or not. Everything goes to a temporary folder of some 2 GB that is removed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import proof

PARTS = 10
"""Parts of a run,"""
FILES = 10_000
"""and files in the folder that they are written to."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=3, help="pairs of runs [3]")
    parser.add_argument("--folder", help="where the data are made [the system's temporary folder]")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(*options.child)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        os.environ |= {"ROMPY_CACHE_DIR": f"{name}/cache", "ROMPY_STATE_DIR": f"{name}/state"}
        print("| what | anew (s) | reused (s) | anew (s of processor) | reused | anew (MB) | reused |")
        print("|---|--:|--:|--:|--:|--:|--:|", flush=True)
        proof.in_a_process("--child", "make", "", name, script=__file__)
        for case in ("demo", "wind"):
            compare(case, Path(name), options.repeat)
        print(
            f"\n{PARTS} parts in a folder of {FILES:,} files: {recording(Path(name)):.0f} ms to record them"
        )
    print(f"load at the end: {os.getloadavg()[0]:.1f}")


def compare(case: str, top: Path, repeat: int) -> None:
    """One line of the table."""
    time.sleep(2.5)  # what has just been written is not remembered
    proof.in_a_process("--child", case, "former", str(top), script=__file__)
    taken: dict[str, list[dict[str, float]]] = {"anew": [], "reused": []}
    for turn in range(repeat + 1):
        for how, known in taken.items():
            found = proof.in_a_process("--child", case, how, str(top), script=__file__)
            if turn:  # the first one fills caches
                known.append(found)
    best = {how: {key: min(one[key] for one in known) for key in known[0]} for how, known in taken.items()}
    cells = [f"{best[how][key]:.2f}" for key in ("wall", "cpu") for how in taken]
    memory = [f"{best[how]['memory']:.0f}" for how in taken]
    print(f"| {case} | {' | '.join([*cells, *memory])} |", flush=True)


def run_of(case: str, top: Path, name: str) -> Any:
    """A run of a name of its own; nothing else is different."""
    run = proof.described(top, generated=False)[0] if case == "demo" else proof.windy(top)
    return run.model_copy(update={"run_id": name, "output_dir": top / case})


def child(case: str, how: str, place: str) -> None:
    """Generate a run once, and print what that took."""
    from rompy.core.artefact import using
    from rompy.manifest import read_manifest
    from rompy.provenance.plan.shelf import FormerArtefacts

    if case == "make":
        proof.make_wind(Path(place))
        print("{}")
        return
    run_of(case, Path(place), "first").generate()  # starting and importing are not counted
    run = run_of(case, Path(place), how)
    started, used = time.perf_counter(), proof.processor()
    with using(FormerArtefacts(Path(place) / case / "former")) if how == "reused" else nullcontext():
        root = run.generate()
    proof.report(started, used)
    origins = {one.origin is not None for one in read_manifest(root).artefacts}
    if how != "former" and origins != {how == "reused"}:
        sys.exit(f"{case}: not all parts were {how}")


def recording(top: Path) -> float:
    """Milliseconds that recording adds to preparing parts, the best of five."""
    from rompy.core.artefact import prepared
    from rompy.core.artefact.preparing import on_bench
    from rompy.core.types import RompyBaseModel

    folder = top / "many"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number}.txt").touch()

    def prepare() -> float:
        started = time.perf_counter()
        for number in range(PARTS):
            path = folder / f"part{number}"
            prepared(RompyBaseModel(), folder, lambda path=path: path.write_text("x"))
        return time.perf_counter() - started

    def recorded() -> float:
        with on_bench():
            return prepare()

    return 1000 * (min(recorded() for _ in range(5)) - min(prepare() for _ in range(5)))


if __name__ == "__main__":
    main()
