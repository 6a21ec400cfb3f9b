"""How long the second use of a remote file takes, next to the first: it should be under one per cent.

    python benchmarks/second_use.py [--size MB] [--rate MB_PER_S]

A server on this machine sends a file at the rate of a good connection. The first use brings it into a cache made for
this; the second asks the server whether it is unchanged; the third is offline. Each is a fresh start of the library's
work in the same process; best of three for the later two.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BLOCK = bytes(2**20)


def served(size: int, rate: float) -> ThreadingHTTPServer:
    """A server of one file of ``size`` MB, sent at ``rate`` MB/s (0: as fast as it goes)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            unchanged = self.headers.get("If-None-Match") == '"1"'
            self.send_response(304 if unchanged else 200)
            self.send_header("ETag", '"1"')
            if not unchanged:
                self.send_header("Content-Length", str(size * 2**20))
            self.end_headers()
            began = time.monotonic()
            for sent in range(0 if unchanged else size):
                self.wfile.write(BLOCK)
                if rate:
                    time.sleep(max(0.0, began + (sent + 1) / rate - time.monotonic()))

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def seconds(action: Callable[[], object], times: int = 1) -> float:
    """The shortest time that it takes."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        taken.append(time.perf_counter() - began)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=200, help="MB [200]")
    parser.add_argument("--rate", type=float, default=50.0, help="MB/s; 0: as fast as it goes [50]")
    options = parser.parse_args()
    server = served(options.size, options.rate)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ROMPY_CACHE_DIR"] = folder
        from rompy.fetch import bring, fetch

        url = f"http://127.0.0.1:{server.server_port}/data.nc"
        first = seconds(lambda: fetch(url))
        rows = {
            "first use": first,
            "second use, asking": seconds(lambda: fetch(url), 3),
            "offline": seconds(lambda: fetch(url, offline=True), 3),
            "copied into a workspace": seconds(lambda: bring(url, Path(folder) / "run"), 3),
        }
    server.shutdown()
    print(f"{options.size} MB at {options.rate:g} MB/s")
    for name, taken in rows.items():
        print(f"{name:<26}{taken:>9.4f} s{100 * taken / first:>9.2f} %")


if __name__ == "__main__":
    main()
