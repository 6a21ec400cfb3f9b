"""The command line: from the case file to an exit status."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import time
import traceback
from pathlib import Path
from typing import IO

from .case import Case, read_case
from .outputs import Outputs
from .problems import InputError, ModelDied
from .progress import Progress
from .ranks import Ranks, check_size, join

DONE, DIED, REFUSED = 0, 1, 2


def main(arguments: list[str]) -> int:
    """Run or check a case; what went wrong is one line on stderr.

    Returns:
        The exit status: 0 all is written, 1 the model died, 2 something in the case or its files is wrong.
    """
    began = time.monotonic()
    options = _options(arguments)
    ranks = Ranks()
    try:
        ranks = join()
        case = read_case(options.case)
        if not (options.check and ranks.size == 1):  # checking takes one, however many are to run it
            check_size(ranks, case.ranks)
        _set_threads(case.threads)
        people = sys.stdout
        # ANUGA's own talk is not ours; the model's log is to hold one line per output time.
        with contextlib.redirect_stdout(sys.stderr):
            _run(case, ranks, began, people, only_check=options.check)
    except InputError as refusal:
        if ranks.is_first:
            _complain(str(refusal))
        return REFUSED
    except ModelDied as death:
        _complain(str(death))
    except OSError as failure:
        _complain(f"{failure.filename or options.case}: {failure.strerror or failure}")
    except Exception as failure:  # ANUGA stops with all kinds  # noqa: BLE001
        traceback.print_exc()
        _complain(f"the model stopped: {type(failure).__name__}: {failure}")
    else:
        return DONE
    ranks.abort(DIED)
    return DIED


def _run(case: Case, ranks: Ranks, began: float, people: IO[str], *, only_check: bool) -> None:
    with contextlib.redirect_stdout(io.StringIO()):  # without mpi4py, anuga warns of it at each import
        from . import simulation

    outputs = Outputs(case)
    whole = ranks.on_first(lambda: simulation.prepare(case, outputs))
    if only_check:
        if ranks.is_first:
            print(simulation.describe(whole, case), file=people)
        return
    domain = ranks.together(lambda: simulation.configured(whole, case))
    ranks.on_first(outputs.clear)
    record = {
        "anuga": simulation.anuga_version(),
        "cells": simulation.number_of_cells(domain),
        "ranks": ranks.size,
        "setup_s": round(time.monotonic() - began, 3),
    }
    with Progress(outputs.progress if ranks.is_first else None, people, case.start) as progress:
        record |= simulation.run(domain, case, ranks, progress)
    if ranks.is_first:
        outputs.clear_locks()
        outputs.write_record(record)
    ranks.end()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run_case.py", description="Run a shallow-water case with ANUGA.")
    parser.add_argument("case", type=Path, help="the case file; everything in it is relative to its folder")
    parser.add_argument(
        "--check", action="store_true", help="read and check everything, run nothing, write nothing"
    )
    return parser.parse_args(arguments)


def _set_threads(threads: int) -> None:
    """Must come before anuga is imported: its OpenMP library reads these when it is loaded.

    Threads that wait are to sleep: on a machine that others use, those that spin make the run many times slower.
    """
    os.environ["OMP_NUM_THREADS"] = str(threads)
    if threads > 1:
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("MPLBACKEND", "Agg")  # anuga imports matplotlib, which may look for a display


def _complain(message: str) -> None:
    print(f"run_case: {' '.join(message.split())}", file=sys.stderr, flush=True)
