"""What it costs to know 10,000 files by their digests: the first time, when each is read, and the second.

    python benchmarks/digests.py [FOLDER]

Runs in the environment that it is started in; writes 10,000 files of 20 kB into a folder that it removes again.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from rompy.digest import DigestCache, digests_of

COUNT = 10_000
SIZE = 20_000
"""Bytes of each file."""


def main(folder: str | None) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        root = Path(name)
        paths = [_made(root / f"{i // 100:03}" / f"{i:05}.bin", i) for i in range(COUNT)]
        for path in paths:
            os.utime(path, (1e9, 1e9))
        time.sleep(2.5)  # what has just been written is not remembered
        print(f"| {COUNT:,} files of {SIZE // 1000} kB | s | s of processor |\n|---|--:|--:|")
        cache = root / "digests.sqlite"
        for title in ("the first time", "the second time", "the third time"):
            wall, cpu = time.perf_counter(), time.process_time()
            digests_of(paths, cache=DigestCache(cache))
            print(f"| {title} | {time.perf_counter() - wall:.2f} | {time.process_time() - cpu:.2f} |")
        print(f"| the memory on disk | {cache.stat().st_size / 1e6:.1f} MB | |")


def _made(path: Path, number: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(number.to_bytes(4, "little") * (SIZE // 4))
    return path


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
