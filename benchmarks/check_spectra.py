"""Says how far boundary spectra in SWAN's format are from those selected from the full dataset.

Usage: python check_spectra.py SPECTRA.nc WAVES.bnd [WAVES.bnd ...]
"""

from __future__ import annotations

import sys

import numpy as np
import wavespectra
import xarray as xr

FIRST, LAST = "2023-01-10T00", "2023-01-11T00"
"""Period of the runs in ``cases/``."""


def main(source: str, *files: str) -> None:
    for name in files:
        written = wavespectra.read_swan(name, as_site=True).sortby("dir")
        with xr.open_dataset(source) as dataset:
            full = dataset.sel(time=slice(FIRST, LAST)).load()
        expected = full.spec.sel(lons=written.lon.values, lats=written.lat.values, method="idw").sortby("dir")
        dims = ("time", "site", "freq", "dir")
        difference = np.abs(
            written.efth.transpose(*dims).values - expected.efth.transpose(*dims).values
        ).max()
        scale = float(expected.efth.max())
        print(
            f"{name}: {written.site.size} sites, {written.time.size} times, largest difference to a selection from "
        )
        print(
            f"  the full dataset {difference / scale:.1e} of the largest density (SWAN's format keeps 4 digits)"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
