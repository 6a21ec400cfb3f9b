"""Many small runs on a Dask cluster: what it costs to hand them over, and until the last one has ended.

Usage: python benchmarks/fan_out.py [--members 100] [--workers 2]

Prints a table. The model is ``true``, so all of it is the cost of rompy and Dask.
"""

import argparse
import json
import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rompy.backends import DaskConfig
from rompy.model import ModelRun
from rompy.run import submit, submit_many
from rompy.run.waiting import wait_for_all


def runs(folder: Path, count: int) -> list[tuple[ModelRun, Path]]:
    made = [ModelRun(run_id=f"m{number}", output_dir=folder) for number in range(count)]
    return [(run, run.generate()) for run in made]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--members", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ROMPY_STATE_DIR"] = f"{folder}/state"
        config = DaskConfig(command="true", cluster="LocalCluster", workers=options.workers, linger=60)
        print("| what | s |\n|---|--:|")

        def timed(what: str, action: Callable[[], Any]) -> Any:
            began = time.perf_counter()
            value = action()
            print(f"| {what} | {time.perf_counter() - began:.2f} |", flush=True)
            return value

        (one, place), *_ = runs(Path(folder, "one"), 1)
        job = timed(
            f"first run: start a cluster of {options.workers}, hand over", lambda: submit(one, config, place)
        )
        job.wait(60)
        timed(
            "one more run from the call to its result",
            lambda: one.run(config, place),
        )
        many = runs(Path(folder, "many"), options.members)
        jobs = timed(f"hand over {options.members} runs", lambda: submit_many(many, config))
        results = timed(f"until the last of {options.members} has ended", lambda: wait_for_all(jobs))
        assert all(results), [str(result) for result in results if not result][:3]
        keeper = next(Path(folder, "state").glob("dask/*/scheduler.json"))
        os.kill(json.loads(keeper.read_text())["pid"], signal.SIGTERM)
        timed(f"ask how {options.members} ended runs stand", lambda: wait_for_all(jobs))


if __name__ == "__main__":
    main()
