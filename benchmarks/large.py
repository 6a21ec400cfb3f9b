"""Cuts a month and 5 x 5 degrees out of a 20 GB source, and takes spectra at boundary points: time and peak memory.

    python benchmarks/large.py [--cache FOLDER] [--repeat N]

Runs in the environment it is started in, which needs rompy, zarr and wavespectra. The sources are hourly fields of a
year on a quarter-degree grid, as netCDF and as Zarr, in chunks of a day and 50 x 50 degrees. Only the chunks around
the area are really stored, the others are left out, so that 20 GB take 0.4 GB of disk. Beside rompy's ``DataGrid.get``
runs the shortest script with xarray alone that gives the same. Each run is a process of its own; times are medians,
memory is the largest.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
STEPS, ROWS, COLUMNS = 8760, 721, 800
CHUNK = (24, 200, 200)
FIRST, LAST = "2023-02-01", "2023-03-01"
AREA = {"x0": 147.0, "y0": -43.0, "dx": 0.25, "dy": 0.25, "nx": 21, "ny": 21}
WEST, NORTH, STEP = 50.0, 90.0, 0.25

XARRAY = f"""
import sys, xarray as xr
ds = xr.open_dataset(sys.argv[1], engine="zarr" if sys.argv[1].endswith("zarr") else "netcdf4")
ds = ds.sel(time=slice("{FIRST}", "{LAST}T00"), longitude=slice(147, 152), latitude=slice(-38, -43))
ds.drop_encoding().to_netcdf(sys.argv[2] + "/out.nc", engine="netcdf4")
"""

ROMPY = f"""
import sys
from rompy.core.data import DataGrid
from rompy.core.grid import RegularGrid
from rompy.core.time import TimeRange
data = DataGrid(id="out", source=dict(model_type="file", uri=sys.argv[1]))
data.get(sys.argv[2], RegularGrid(**{AREA!r}), TimeRange(start="{FIRST}", end="{LAST}", interval="1h"))
"""

SPECTRA = """
import sys
import numpy as np, wavespectra, xarray as xr
from rompy.core.stations import select_spectra
ds = xr.open_dataset(sys.argv[1], engine="netcdf4")
at = np.linspace(0, 4, 51)[:-1]
lons = 112 + np.concatenate([at * 1.5, np.full(50, 6.0), 6 - at * 1.5, np.zeros(50)])
lats = -36 + np.concatenate([np.zeros(50), at * 1.5, np.full(50, 6.0), 6 - at * 1.5])
%s
"""
IDW = {
    "rompy": SPECTRA % 'select_spectra(ds, lons, lats, "idw")',
    "wavespectra, loaded": SPECTRA % 'ds.load().spec.sel(lons, lats, method="idw")',
}

TIMED = """
import json, resource, sys, time
code = sys.argv.pop(1)
import dask.array, netCDF4, numpy, wavespectra, xarray  # what both need; run.py measures the start-up
started, worked = time.perf_counter(), time.process_time()
exec(compile(code, "benchmark", "exec"))
seconds = [time.perf_counter() - started, time.process_time() - worked]
print(json.dumps([*seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def main() -> None:
    options = _options()
    cache = options.cache.resolve()
    out = cache / "work" / "large"
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for source in make(cache / "data"):
        names = {"rompy": ROMPY, "xarray alone": XARRAY}
        rows += _compared(f"month of {source.name}", names, [str(source), str(out)], options.repeat)
    sys.path.insert(0, str(HERE))
    from make_data import make as make_small

    spectra = make_small(cache / "data")["spectra"]
    rows += _compared("441 stations to 200 points, a month", IDW, [str(spectra)], options.repeat)
    print("| case | with | s | s of processor | MB |\n|---|---|--:|--:|--:|")
    for case, name, (seconds, work, megabytes) in rows:
        print(f"| {case} | {name} | {seconds:.2f} | {work:.2f} | {megabytes:.0f} |")


def make(folder: Path) -> list[Path]:
    """Write what is missing of the two large sources, and return them."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = {"large.nc": _netcdf, "large.zarr": _zarr}
    for name, maker in makers.items():
        if not (folder / name).exists():
            print(f"making {name}", file=sys.stderr)
            maker(folder / f"{name}.part")
            (folder / f"{name}.part").replace(folder / name)
    return [folder / name for name in makers]


def _axes() -> dict[str, tuple[np.ndarray, dict[str, str]]]:
    return {
        "time": (np.arange(STEPS, dtype="i4"), {"units": "hours since 2023-01-01"}),
        "latitude": (NORTH - STEP * np.arange(ROWS), {"units": "degrees_north"}),
        "longitude": (WEST + STEP * np.arange(COLUMNS), {"units": "degrees_east"}),
    }


def _stored() -> tuple[slice, slice, slice]:
    """Steps, rows and columns of the chunks that are really there: those of the month and the area."""
    return slice(30 * 24, 61 * 24), slice(400, 600), slice(200, 600)


def _blocks() -> object:
    steps, rows, columns = _stored()
    random = np.random.default_rng(0)
    for first in range(steps.start, steps.stop, CHUNK[0]):
        shape = (CHUNK[0], rows.stop - rows.start, columns.stop - columns.start)
        yield (slice(first, first + CHUNK[0]), rows, columns), random.normal(size=shape).astype("f4")


def _netcdf(path: Path) -> None:
    import netCDF4

    with netCDF4.Dataset(path, "w") as file:
        for name, (values, attributes) in _axes().items():
            file.createDimension(name, values.size)
            file.createVariable(name, values.dtype, (name,))[:] = values
            file[name].setncatts(attributes)
        field = file.createVariable(
            "u10", "f4", tuple(_axes()), chunksizes=CHUNK, zlib=True, complevel=1, fill_value=np.nan
        )
        for place, values in _blocks():
            field[place] = values


def _zarr(path: Path) -> None:
    import zarr

    root = zarr.open_group(path, mode="w", zarr_format=2)
    for name, (values, attributes) in _axes().items():
        array = root.create_array(name, shape=values.shape, dtype=values.dtype, fill_value=-9999)
        array[:] = values
        array.attrs.update({**attributes, "_ARRAY_DIMENSIONS": [name]})
    shape = (STEPS, ROWS, COLUMNS)
    field = root.create_array("u10", shape=shape, chunks=CHUNK, dtype="f4", fill_value=np.nan)
    field.attrs["_ARRAY_DIMENSIONS"] = list(_axes())
    for place, values in _blocks():
        field[place] = values
    zarr.consolidate_metadata(path)


def _compared(
    case: str, codes: dict[str, str], words: list[str], repeat: int
) -> list[tuple[str, str, tuple[float, float, float]]]:
    """Wall time, processor time and memory of each; in turn, so that a busy machine is unfair to none."""
    found: dict[str, list[list[float]]] = {name: [] for name in codes}
    for _ in range(repeat):
        for name, code in codes.items():
            print(f"{case} with {name}", file=sys.stderr)
            command = [sys.executable, "-c", TIMED, code, *words]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
    return [
        (case, name, (statistics.median(wall), statistics.median(work), max(memory)))
        for name, (wall, work, memory) in ((name, zip(*runs, strict=True)) for name, runs in found.items())
    ]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, default=HERE / ".cache")
    parser.add_argument("--repeat", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
