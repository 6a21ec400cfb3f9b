"""The handlers that rompy installed itself: the only ones it ever changes or removes."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from rompy.logging import family
from rompy.logging.console import ConsoleFormatter, ConsoleHandler, LineFormatter, wants_colour
from rompy.logging.level import LogFormat

_installed: list[logging.Handler] = []
_levels: dict[str, int] = {}
"""Level of each of our loggers before rompy set it."""
_level: int | None = None
"""Level in force, None while nothing is configured."""


def install(level: int, shape: LogFormat, file: Path | None = None) -> None:
    """Renew rompy's handlers at the root logger and set the level of its loggers.

    Raises:
        OSError: the log file cannot be opened. The console handler works by then.
    """
    global _level
    uninstall()
    _level = level
    for logger in family.members():
        _set_level(logger)
    if not _has_console():
        console = ConsoleHandler()
        console.setFormatter(ConsoleFormatter(shape, colour=wants_colour()))
        _add(console)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        log = logging.FileHandler(file, encoding="utf-8")
        log.setFormatter(LineFormatter(LogFormat.VERBOSE))
        _add(log)


def uninstall() -> None:
    """Take away what `install` did."""
    global _level
    _level = None
    while _installed:
        handler = _installed.pop()
        logging.getLogger().removeHandler(handler)
        handler.close()
    for name, level in _levels.items():
        logging.getLogger(name).setLevel(level)
    _levels.clear()


def _add(handler: logging.Handler) -> None:
    logging.getLogger().addHandler(handler)
    _installed.append(handler)


def _set_level(logger: logging.Logger) -> None:
    if _level is not None:
        _levels.setdefault(logger.name, logger.level)
        logger.setLevel(_level)


def _has_console() -> bool:
    consoles = (sys.stderr, sys.stdout)
    return any(getattr(handler, "stream", None) in consoles for handler in logging.getLogger().handlers)


family.when_joined(_set_level)
