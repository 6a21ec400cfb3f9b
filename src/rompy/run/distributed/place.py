"""The place that settings name: a scheduler that runs, or a cluster of our own that is started when it does not."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from rompy.backends.dask import DaskConfig
from rompy.core import atomic
from rompy.errors import ConfigError, SubmitError
from rompy.jobs.heartbeat import owner_is_alive
from rompy.jobs.store import state_folder
from rompy.jobs.supervise import last_words
from rompy.run.distributed.keeper import CLUSTER, LOCK, LOG, SCHEDULER
from rompy.run.distributed.kinds import kind_of
from rompy.run.distributed.scheduler import Address

START = 120.0
"""Seconds that a cluster may take until its scheduler listens."""
LOOK = 0.05
"""Seconds between two looks whether it does."""


@contextmanager
def place_of(config: DaskConfig) -> Iterator[Address]:
    """Where the settings' scheduler listens; a cluster of our own stays at least until the block has ended.

    Raises:
        SubmitError: the cluster cannot be started, or the file with the address says nothing.
    """
    files = [
        str(path.absolute()) if path is not None else None
        for path in (config.tls_ca_file, config.tls_cert_file, config.tls_key_file)
    ]
    if config.cluster is not None:
        with _kept(config, config.cluster, files) as address:
            yield replace(address, timeout=config.connect_timeout)
        return
    url = config.scheduler or _told_by(config.scheduler_file)
    yield replace(Address.at(url, files), timeout=config.connect_timeout)


def cluster_folder(config: DaskConfig) -> Path:
    """Where the keeper of a cluster and its clients meet: one for each host, Python and description of a cluster."""
    words = [socket.gethostname(), sys.prefix, json.dumps(_order(config, []), sort_keys=True)]
    words += [str(path) for path in (config.tls_ca_file, config.tls_cert_file, config.tls_key_file)]
    return state_folder() / "dask" / hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]


def _told_by(path: Path | None) -> str:
    try:
        return str(json.loads(Path(path or "").read_bytes())["address"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{path} does not tell where a scheduler listens: {error}", field="scheduler_file"
        ) from error


def _order(config: DaskConfig, files: Sequence[str | None]) -> dict[str, Any]:
    return {
        "class": config.cluster,
        "arguments": config.cluster_kwargs,
        "workers": config.workers,
        "linger": config.linger,
        "tls": list(files),
    }


@contextmanager
def _kept(config: DaskConfig, name: str, files: Sequence[str | None]) -> Iterator[Address]:
    kind_of(name)  # a missing package is told before anything is started
    folder = cluster_folder(config)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / LOCK).open("a+b") as lock:
        while True:
            # A keeper that wants to leave takes this lock for itself: it stays while anybody has a share in it.
            fcntl.flock(lock, fcntl.LOCK_SH)
            address = _listening(folder)
            if address is not None:
                yield address
                return
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _listening(folder) is None:
                _start(folder, _order(config, files), lock)


def _listening(folder: Path) -> Address | None:
    """Where the kept scheduler listens; None when its keeper has gone."""
    try:
        facts = json.loads((folder / SCHEDULER).read_bytes())
    except (OSError, ValueError):
        return None
    return Address.of(facts["address"]) if "address" in facts and owner_is_alive(facts) else None


def _start(folder: Path, order: dict[str, Any], lock: IO[bytes]) -> None:
    (folder / SCHEDULER).unlink(missing_ok=True)
    atomic.write_json(folder / CLUSTER, order)
    (folder / CLUSTER).chmod(0o600)
    command = [sys.executable or shutil.which("python3") or "python3", "-m", "rompy.run.distributed.keeper"]
    try:
        with (folder / LOG).open("wb") as log:
            keeper = subprocess.Popen(
                [*command, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                start_new_session=True,
                env={**os.environ, "PYTHONWARNINGS": "default"},
            )
    except OSError as error:
        raise SubmitError(f"the cluster could not be started: {error.strerror or error}") from error
    threading.Thread(target=keeper.wait, daemon=True).start()  # collects it when it ends before this process
    deadline = time.monotonic() + START
    while not (folder / SCHEDULER).is_file():
        if keeper.poll() is not None or time.monotonic() > deadline:
            break
        time.sleep(LOOK)
    _check(folder, order)


def _check(folder: Path, order: dict[str, Any]) -> None:
    try:
        facts = json.loads((folder / SCHEDULER).read_bytes())
    except (OSError, ValueError):
        facts = {}
    if "address" in facts:
        return
    log = folder / LOG
    why = facts.get("error") or "; ".join(last_words(str(log), 2)) or f"it did not come up within {START:g} s"
    raise SubmitError(
        f"the cluster {order['class']} could not be started: {why}",
        hint=f"Its output is in {log}",
        field="cluster_kwargs",
    )
