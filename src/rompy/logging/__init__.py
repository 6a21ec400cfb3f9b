"""Logging for those who ask for it: importing this package configures nothing.

The library itself logs through the standard ``logging`` module. This package adds loggers that can draw lists and
boxes (`get_logger`), one configuration for the whole process (`LoggingConfig`, `configure_logging`) and a log file
for one run (`run_log`).
"""

from __future__ import annotations

from rompy.logging.box import (
    AsciiGlyphs,
    BoxFormatter,
    BoxStyle,
    UnicodeGlyphs,
    box,
    bullet_list,
    formatter,
    status_box,
)
from rompy.logging.console import ConsoleFormatter, ConsoleHandler
from rompy.logging.level import LogFormat, LogLevel
from rompy.logging.logger import RompyLogger, get_logger
from rompy.logging.run_log import run_log
from rompy.logging.settings import LoggingConfig, configure_logging

config = LoggingConfig()
"""The configuration, the same object as every ``LoggingConfig()``. It reads the environment at first use."""

__all__ = [
    "AsciiGlyphs",
    "BoxFormatter",
    "BoxStyle",
    "ConsoleFormatter",
    "ConsoleHandler",
    "LogFormat",
    "LogLevel",
    "LoggingConfig",
    "RompyLogger",
    "UnicodeGlyphs",
    "box",
    "bullet_list",
    "config",
    "configure_logging",
    "formatter",
    "get_logger",
    "run_log",
    "status_box",
]
