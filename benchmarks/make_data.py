"""Makes the data of the benchmark: wind, bathymetry and wave spectra the size of a regional hindcast month.

Everything is computed from formulas, so every machine gets the same numbers. Usage: python make_data.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

START = "2023-01-01"
DAYS = 31
WEST, SOUTH, SPAN = 100.0, -50.0, 40.0
"""Corner and side (degrees) of the area that wind and bathymetry cover."""
DEFLATE = {"zlib": True, "complevel": 4}


def make(folder: Path) -> dict[str, Path]:
    """Write whatever is missing in ``folder`` and return the files by name."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = {"wind": _wind, "bathymetry": _bathymetry, "spectra": _spectra}
    files = {name: folder / f"{name}.nc" for name in makers}
    for name, maker in makers.items():
        if not files[name].exists():
            print(f"making {files[name].name}", file=sys.stderr)
            dataset, encoding = maker()
            partial = files[name].with_suffix(".part")
            dataset.to_netcdf(partial, encoding=encoding)
            partial.replace(files[name])
    return files


def _wind() -> tuple[xr.Dataset, dict]:
    """Hourly wind on a 0.25-degree grid, latitudes descending and values packed, as ERA5 comes."""
    time = pd.date_range(START, periods=DAYS * 24 + 1, freq="h")
    lon = np.arange(WEST, WEST + SPAN + 0.1, 0.25, dtype="f4")
    lat = np.arange(SOUTH + SPAN, SOUTH - 0.1, -0.25, dtype="f4")
    phase = np.arange(time.size, dtype="f4")[:, None, None] * 2 * np.pi / 96
    x, y = np.radians(lon)[None, None, :] * 9, np.radians(lat)[None, :, None] * 9
    u = (9 * np.sin(phase + x) * np.cos(y)).astype("f4")
    v = (7 * np.cos(phase - x) * np.sin(y)).astype("f4")
    dims = ("time", "latitude", "longitude")
    dataset = xr.Dataset(
        {"u10": (dims, u, {"units": "m s-1"}), "v10": (dims, v, {"units": "m s-1"})},
        {"time": time, "latitude": lat, "longitude": lon},
    )
    packed = {"dtype": "i2", "scale_factor": 0.001, "add_offset": 0.0, "_FillValue": -32767, **DEFLATE}
    return dataset, {name: {**packed, "chunksizes": (24, lat.size, lon.size)} for name in dataset.data_vars}


def _bathymetry() -> tuple[xr.Dataset, dict]:
    """Elevation (m, positive up) on a 1/32-degree grid."""
    lon = np.arange(WEST, WEST + SPAN + 0.01, 1 / 32)
    lat = np.arange(SOUTH, SOUTH + SPAN + 0.01, 1 / 32)
    x, y = np.radians(lon)[None, :] * 7, np.radians(lat)[:, None] * 5
    elevation = (-2500 + 2400 * np.sin(x) * np.cos(y)).astype("f4")
    dataset = xr.Dataset({"elevation": (("lat", "lon"), elevation)}, {"lat": lat, "lon": lon})
    return dataset, {"elevation": DEFLATE}


def _spectra() -> tuple[xr.Dataset, dict]:
    """Three-hourly directional spectra of 21 x 21 stations half a degree apart, positions as data variables."""
    time = pd.date_range(START, periods=DAYS * 8 + 1, freq="3h")
    lon, lat = (
        a.ravel().astype("f4") for a in np.meshgrid(110 + 0.5 * np.arange(21), -38 + 0.5 * np.arange(21))
    )
    freq = (0.04118 * 1.1 ** np.arange(29)).astype("f4")
    dir_ = np.arange(0, 360, 15, dtype="f4")
    height = 2.5 + np.sin(np.arange(time.size) / 11)[:, None] + 0.3 * np.sin(np.radians(lon + lat) * 20)
    peak = 0.08 + 0.01 * np.sin(np.radians(lon - 2 * lat) * 15) * np.ones((time.size, 1))
    mean = 225 + 20 * np.sin(np.radians(lon + 3 * lat) * 9)
    ratio = freq / peak[..., None]
    shape = ratio**-5.0 * np.exp(-1.25 * ratio**-4.0) / peak[..., None]
    spread = np.maximum(np.cos(np.radians(dir_ - mean[:, None])), 0) ** 8
    spread /= spread.sum(-1, keepdims=True) * 15
    efth = np.empty((time.size, lon.size, freq.size, dir_.size), "f4")
    for step in range(time.size):  # one at a time: the whole would need several times the memory
        energy = (height[step] ** 2 / 16 * 5)[:, None] * shape[step]
        efth[step] = energy[:, :, None] * spread[:, None, :]
    efth[efth < 1e-6] = 0
    dataset = xr.Dataset(
        {
            "efth": (("time", "site", "freq", "dir"), efth, {"units": "m2 s degree-1"}),
            "lon": ("site", lon),
            "lat": ("site", lat),
        },
        {"time": time, "site": np.arange(lon.size), "freq": freq, "dir": dir_},
    )
    return dataset, {"efth": DEFLATE}  # chunks as the netCDF library chooses them


if __name__ == "__main__":
    make(Path(sys.argv[1]))
