"""Generates a run as if by somebody else, elsewhere, on another day: its files have to be the same, byte for byte.

``generated_elsewhere`` starts this file as a program of its own, because some circumstances (the seed of hashes, the
zone of time) are fixed when Python starts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

FAR = 1_900_000_000.0
"""Some day in March 2030, in seconds since 1970."""


def generated_elsewhere(
    description: Mapping[str, Any], folder: Path, *, number: int, hash_seed: int | None = None
) -> Path:
    """Generate a run in a process of its own, and return its workspace.

    Args:
        description: for a ModelRun, as plain values; where it is put is decided here.
        folder: an empty or missing folder for it.
        number: 0 for circumstances as they are; others differ in folder, user, home, host, zone of time, language,
            day, order of keys, seed of hashes and number of workers.
        hash_seed: the seed of hashes, for models that are known to depend on it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / f"home of {number}"
    home.mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "TZ"))}
    env |= {
        "PYTHONHASHSEED": str(number if hash_seed is None else hash_seed),
        "ROMPY_CACHE_DIR": str(home / "cache"),
        "MPLBACKEND": "Agg",
    }
    if number:
        env |= {
            "HOME": str(home),
            "HOSTNAME": f"host{number}",
            "LANG": "de_DE.UTF-8",
            "LC_ALL": "C",
            "LOGNAME": f"user{number}",
            "OMP_NUM_THREADS": str(number),
            "TZ": "Pacific/Chatham",
            "USER": f"user{number}",
        }
    told = {"description": description, "output_dir": str(folder / f"runs of {number}"), "number": number}
    command = [sys.executable, __file__]
    done = subprocess.run(
        command, input=json.dumps(told), env=env, cwd=home, text=True, capture_output=True, check=False
    )
    if done.returncode:
        raise AssertionError(f"it cannot be generated in other circumstances:\n{done.stderr[-4000:]}")
    return Path(done.stdout.splitlines()[-1])


def _main() -> None:
    sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).parent]
    told = json.load(sys.stdin)
    description = {**told["description"], "output_dir": told["output_dir"]}
    from rompy.model import ModelRun

    if told["number"]:
        import dask

        dask.config.set(scheduler="threads", num_workers=told["number"])
        run = ModelRun(**_reversed(description))
        _pretend_another_host(f"host{told['number']}")
        _pretend_another_user()
        _pretend_another_day()
    else:
        run = ModelRun(**description)
    print(run.generate().absolute())  # noqa: T201 - this is a program


def _reversed(value: Any) -> Any:
    """The same with its keys in the opposite order."""
    if isinstance(value, dict):
        return {key: _reversed(item) for key, item in reversed(value.items())}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _pretend_another_day() -> None:
    """Move the clock for all that asks ``time``, and for the modules of rompy and its plugins that ask ``datetime``.

    The class itself cannot be put in the place of the real one: compiled modules would not recognise it.
    """
    import datetime
    import time

    import rompy.manifest.generation as generation

    real, monotonic = datetime.datetime, time.monotonic()

    def now() -> float:
        return FAR + time.monotonic() - monotonic

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real)

    class Datetime(real, metaclass=Kind):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return real.fromtimestamp(now(), tz)

        today = now

    time.time = now
    for name in ("gmtime", "localtime", "ctime"):
        setattr(time, name, _at_present(getattr(time, name), now))
    for name, module in list(sys.modules.items()):
        if name.startswith(("rompy", "cookiecutter")) and getattr(module, "datetime", None) is real:
            vars(module)["datetime"] = Datetime
    vars(generation)["datetime"] = Datetime


def _at_present(real: Any, now: Any) -> Any:
    return lambda seconds=None: real(now() if seconds is None else seconds)


def _pretend_another_host(name: str) -> None:
    import platform
    import socket

    socket.gethostname = socket.getfqdn = lambda *_: name
    platform.node = lambda: name
    with suppress(AttributeError, OSError):
        if os.getuid() == 0:
            import ctypes

            if ctypes.CDLL(None, use_errno=True).unshare(0x04000000) == 0:  # CLONE_NEWUTS
                socket.sethostname(name)


def _pretend_another_user() -> None:
    with suppress(AttributeError, OSError):
        if os.getuid() == 0:  # who it is in name only: the files of others stay readable
            os.setresuid(65534, 0, 0)


if __name__ == "__main__":
    _main()
