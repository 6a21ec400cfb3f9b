"""Keeps a cluster of Dask for as long as it has something to do: a process that outlives the client.

Usage: python -m rompy.run.distributed.keeper FOLDER

The folder holds ``cluster.json`` (what to start) and gets ``scheduler.json`` (where it listens, or why it does not).
The workers have the environment of whoever started the keeper.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from rompy.core import atomic
from rompy.jobs import supervise
from rompy.run.distributed.kinds import arguments_for, kind_of
from rompy.run.distributed.scheduler import Address, SchedulerGone, connected
from rompy.run.truth import PlaceSilent

CLUSTER, SCHEDULER, LOCK, LOG = "cluster.json", "scheduler.json", "lock", "keeper.log"
LOOK = 0.5
"""Seconds between two questions whether the cluster has something to do."""
SILENT = 60.0
"""Seconds without an answer of its own scheduler after which a cluster is given up."""


def main(folder: Path) -> int:
    """Start the cluster, wait until it is not needed any more, end it."""
    signal.signal(signal.SIGTERM, _leave)
    order = json.loads((folder / CLUSTER).read_bytes())
    try:
        cluster, files = _started(folder, order)
    except Exception as error:  # noqa: BLE001 - whatever it is: the client waits for an answer
        atomic.write_json(folder / SCHEDULER, {"error": f"{type(error).__name__}: {error}"})
        return 1
    with cluster:
        address = Address.at(str(cluster.scheduler_address), files)
        atomic.write_json(folder / SCHEDULER, {"address": address.facts, **_own_facts()})
        try:
            _stay(folder, address, float(order["linger"]))
        finally:
            (folder / SCHEDULER).unlink(missing_ok=True)
    return 0


def _started(folder: Path, order: dict[str, Any]) -> tuple[Any, Sequence[str | None]]:
    """The cluster, and the files of TLS: authorities, certificate, key."""
    from distributed.security import Security

    name, arguments = order["class"], dict(order["arguments"])
    kind = kind_of(name)
    arguments = arguments_for(name, arguments, order.get("workers"))
    files: Sequence[str | None] = order["tls"]
    if not any(files) and "security" not in arguments and kind_of("LocalCluster") is kind:
        files = _own_credentials(folder)
    if any(files) and "security" not in arguments:
        ca, cert, own = files
        arguments["security"] = Security(
            require_encryption=True,
            tls_ca_file=ca,
            **{f"tls_{role}_cert": cert for role in ("client", "scheduler", "worker")},
            **{f"tls_{role}_key": own for role in ("client", "scheduler", "worker")},
        )
        arguments.setdefault("protocol", "tls://")
    return kind(**arguments), files


def _own_credentials(folder: Path) -> Sequence[str]:
    """Certificate and key for a cluster on this machine: whoever can reach its port can run programs as its owner."""
    from distributed.security import Security

    made = Security.temporary()
    texts = {"cert.pem": made.tls_client_cert, "own.pem": made.tls_client_key}
    for name, text in texts.items():
        path = folder / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    cert, own = str(folder / "cert.pem"), str(folder / "own.pem")
    return cert, cert, own


def _own_facts() -> dict[str, Any]:
    pid = os.getpid()
    return {
        "pid": pid,
        "pid_start": supervise.start_mark(pid),
        "boot_id": supervise.boot_id(),
        "host": socket.gethostname(),
    }


def _stay(folder: Path, address: Address, linger: float) -> None:
    """Until there has been nothing to do for a while, and nobody is about to bring something."""
    with connected(address) as scheduler, (folder / LOCK).open("r+b") as lock:
        idle_since: float | None = None
        heard = time.monotonic()
        while True:
            time.sleep(LOOK)
            now = time.monotonic()
            try:
                idle = scheduler.is_idle()
            except PlaceSilent:
                if now > heard + SILENT:
                    return
                continue
            heard = now
            idle_since = (idle_since or now) if idle else None
            if idle_since is None or now < idle_since + linger:
                continue
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if scheduler.is_idle():
                (folder / SCHEDULER).unlink(missing_ok=True)
                return  # who waits for the lock finds no scheduler and starts another one
            fcntl.flock(lock, fcntl.LOCK_UN)
            idle_since = None


def _leave(number: int, frame: Any) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except (PlaceSilent, SchedulerGone) as problem:
        sys.exit(f"rompy: the scheduler of this cluster has gone: {problem}")
