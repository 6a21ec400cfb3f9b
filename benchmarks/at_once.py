"""What is gained when independent inputs are prepared at once: several slow servers, as in daily use.

    python benchmarks/at_once.py [--sources N] [--size MB] [--rate MB_PER_S]

Servers on this machine send a file each at the rate of a slow connection. All are opened, cut to a day and written,
with one worker and with more, each time with an empty cache. The files that come out are compared.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_PIECE = 2**16


def served(content: bytes, rate: float) -> ThreadingHTTPServer:
    """A server of one file that sends ``rate`` MB/s over each connection."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", '"1"')
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            began = time.monotonic()
            for start in range(0, len(content), _PIECE):
                try:
                    self.wfile.write(content[start : start + _PIECE])
                except OSError:  # only the beginning was wanted
                    return
                time.sleep(max(0.0, began + (start + _PIECE) / 2**20 / rate - time.monotonic()))

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def field(size: float) -> bytes:
    """A netCDF file of ``size`` MB: hourly wind of some days."""
    import numpy as np
    import xarray as xr

    hours = int(size * 2**20 / (100 * 100 * 4))
    times = np.datetime64("2023-01-01", "ns") + np.arange(hours) * np.timedelta64(1, "h")
    values = np.random.default_rng(0).standard_normal((hours, 100, 100)).astype("float32")
    axes = {"time": times, "lat": np.arange(100.0), "lon": np.arange(100.0)}
    with tempfile.TemporaryDirectory() as folder:
        xr.Dataset({"u10": (("time", "lat", "lon"), values)}, axes).to_netcdf(Path(folder) / "a.nc")
        return (Path(folder) / "a.nc").read_bytes()


def prepared(urls: list[str], workers: int) -> tuple[float, str]:
    """Seconds to fetch, cut and write all sources with an empty cache, and a digest of what was written."""
    from rompy.core.filters import Filter
    from rompy.core.netcdf import write_netcdf
    from rompy.core.source import SourceFile, opened_once
    from rompy.core.workers import LIBRARIES, at_once

    with tempfile.TemporaryDirectory() as folder:
        os.environ["ROMPY_CACHE_DIR"] = f"{folder}/cache"
        day = Filter(crop={"time": slice("2023-01-02", "2023-01-02")})

        def one(index: int) -> None:
            write_netcdf(SourceFile(uri=urls[index]).open(["u10"], day), Path(folder) / f"{index}.nc")

        began = time.perf_counter()
        with opened_once():
            at_once([partial(one, index) for index in range(len(urls))], workers, LIBRARIES)
        taken = time.perf_counter() - began
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(Path(folder).glob("*.nc"))))
        return taken, digest.hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sources", type=int, default=6, help="how many [6]")
    parser.add_argument("--size", type=float, default=8, help="MB of each [8]")
    parser.add_argument("--rate", type=float, default=4, help="MB/s of each connection [4]")
    options = parser.parse_args()
    content = field(options.size)
    servers = [served(content, options.rate) for _ in range(options.sources)]
    urls = [f"http://127.0.0.1:{server.server_port}/{n}.nc" for n, server in enumerate(servers)]
    prepared(urls[:1], 1)  # imports
    results = {workers: prepared(urls, workers) for workers in (1, 2, 4, 6)}
    for server in servers:
        server.shutdown()
    print(f"{options.sources} sources of {len(content) / 2**20:.0f} MB at {options.rate:g} MB/s each")
    for workers, (taken, digest) in results.items():
        same = "same bytes" if digest == results[1][1] else "OTHER BYTES"
        print(f"{workers} workers{taken:>8.2f} s{results[1][0] / taken:>7.1f} times faster, {same}")


if __name__ == "__main__":
    main()
