"""A day out of 10,000 daily files, of which only those that the names tell are to be opened.

    python benchmarks/many_files.py [--files N]

Made in a temporary folder: one file with data, hard-linked under all other names, and read by a pattern with a time.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path


def made(folder: Path, files: int) -> None:
    """Daily files of hourly values; only three of them hold data, so that opening any other fails."""
    import numpy as np
    import xarray as xr

    (folder / "empty").touch()
    first = datetime(1990, 1, 1)
    for day in range(files):
        moment = first + timedelta(days=day)
        path = folder / f"{moment:%Y}" / f"wind_{moment:%Y%m%d}.nc"
        path.parent.mkdir(exist_ok=True)
        if abs(day - files // 2) > 1:
            os.link(folder / "empty", path)
            continue
        times = np.datetime64(moment, "ns") + np.arange(24) * np.timedelta64(1, "h")
        values = np.zeros((24, 50, 50), "float32")
        axes = {"time": times, "lat": np.arange(50.0), "lon": np.arange(50.0)}
        xr.Dataset({"u10": (("time", "lat", "lon"), values)}, axes).to_netcdf(path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000, help="how many [10000]")
    options = parser.parse_args()
    from rompy.core.filters import Filter
    from rompy.core.source import SourceFiles, opened_once

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["ROMPY_CACHE_DIR"] = f"{name}/cache"
        made(folder, options.files)
        day = datetime(1990, 1, 1) + timedelta(days=options.files // 2)
        source = SourceFiles(uri=folder / "{time:%Y}" / "wind_{time:%Y%m%d}.nc")
        for attempt in ("first", "second"):
            began = time.perf_counter()
            with opened_once():
                ds = source.open(["u10"], Filter(crop={"time": slice(day, day + timedelta(hours=23))})).load()
            taken = time.perf_counter() - began
            print(f"{attempt} time: {ds.sizes['time']} hours out of {options.files} files in {taken:.2f} s")


if __name__ == "__main__":
    main()
