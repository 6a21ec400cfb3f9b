"""Fetch-limited waves by the formulae of the Shore Protection Manual (1984). Needs netCDF4, but not rompy."""

import json
import time
from pathlib import Path

from netCDF4 import Dataset, num2date

G = 9.81  # m s-2


def waves(wind, fetch):
    """Significant height (m) and peak period (s) for a wind speed (m s-1) and a fetch (m)."""
    if wind <= 0:
        return 0.0, 0.0
    x = G * fetch / wind**2
    height = min(1.6e-3 * x ** (1 / 2), 0.243)  # the limits are those of a fully risen sea
    period = min(0.286 * x ** (1 / 3), 8.13)
    return height * wind**2 / G, period * wind / G


def main():
    began = time.monotonic()
    lines = Path("control.txt").read_text().splitlines()
    control = dict(line.split(None, 1) for line in lines if not line.startswith("#"))
    with Dataset(control["wind"]) as data:
        times = num2date(data["time"][:], data["time"].units)
        speeds = data["wind_speed"][:]
    with open("waves.csv", "w") as out, open("progress.jsonl", "w") as progress:
        out.write("time,hs,tp\n")
        for moment, speed in zip(times, speeds, strict=True):
            height, period = waves(float(speed), float(control["fetch_m"]))
            out.write(f"{moment.isoformat()}Z,{height:.4f},{period:.3f}\n")
            line = {
                "model_time_s": (moment - times[0]).total_seconds(),
                "duration_s": (times[-1] - times[0]).total_seconds(),
                "wall_s": time.monotonic() - began,
            }
            progress.write(json.dumps(line) + "\n")
            progress.flush()


main()
