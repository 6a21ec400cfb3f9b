"""A program that generates a run in other circumstances than it was started in; ``elsewhere`` starts it.

It reads what to do from standard input, and ends with a line that says where the workspace is.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack, suppress
from functools import reduce
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

FAR = 1_900_000_000.0
"""Some day in March 2030, in seconds since 1970."""


def _main() -> None:
    told = json.load(sys.stdin)
    sys.path += [place for place in told["path"] if place not in sys.path]
    number, description = told["number"], told["description"]
    if number:
        _be_plain_about(number)
    from rompy.model import ModelRun
    from rompy.testing.entry_points import faked_plugins

    with ExitStack() as stack:
        for group, name, place in told["points"]:
            stack.enter_context(faked_plugins({group: {name: _class_at(*place)}}))
        description = _reversed(description) if number else description
        run = ModelRun(**description)
        if number:
            _pretend_another_host(f"host{number}")
            _pretend_another_user()
            _pretend_another_day()
            _by_command_line(description)
        else:
            run.generate()
        print(run.staging_dir)  # noqa: T201 - this is a program


def _by_command_line(description: dict[str, Any]) -> None:
    """Generate what is described from a file, as the command that is installed does."""
    (command,) = entry_points(group="console_scripts", name="rompy")
    file = Path("run.json")
    file.write_text(json.dumps(description), encoding="utf-8")
    try:
        command.load()(["generate", str(file)], prog_name="rompy")
    except SystemExit as ended:
        if ended.code:
            raise


def _class_at(module: str, file: str, name: str) -> Any:
    """A class by where it is defined; its file need not be one that Python would find."""
    from importlib import import_module, util

    try:
        found = import_module(module)
    except ImportError:
        spec = util.spec_from_file_location(module, file)
        assert spec is not None
        assert spec.loader is not None
        found = sys.modules[module] = util.module_from_spec(spec)
        spec.loader.exec_module(found)
    return reduce(getattr, name.split("."), found)


def _be_plain_about(number: int) -> None:
    """Another mask of new files, a single processor where there is a choice, folders listed in another order."""
    os.umask(0o077)
    with suppress(AttributeError, OSError):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.listdir = _backwards(os.listdir)
    os.scandir = _Scan.of(os.scandir)


def _backwards(real: Any) -> Any:
    return lambda *place: sorted(real(*place), reverse=True)


class _Scan:
    """What ``os.scandir`` gives, from the last name to the first."""

    def __init__(self, found: Any) -> None:
        self._found = found
        self._entries = iter(sorted(found, key=lambda entry: entry.name, reverse=True))

    @classmethod
    def of(cls, real: Any) -> Any:
        return lambda *place: cls(real(*place))

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        return next(self._entries)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._found.close()


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
