"""Boxes, rules and values as text, for logs and summaries.

The constants ``ARROW`` and ``BULLET`` follow the ASCII setting at the moment they are imported.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from rompy.logging.box import ASCII_WIDTH, WIDTH, BoxStyle, formatter, glyphs
from rompy.logging.settings import LoggingConfig

if TYPE_CHECKING:
    ARROW: str
    BULLET: str

__all__ = [
    "ARROW",
    "BULLET",
    "format_table_row",
    "format_value",
    "get_formatted_box",
    "get_formatted_header_footer",
    "get_status_box",
    "log_box",
    "log_horizontal_line",
    "log_status",
]


def __getattr__(name: str) -> str:
    if name == "ARROW":
        return glyphs().arrow
    if name == "BULLET":
        return glyphs().bullet
    raise AttributeError(f"module 'rompy.formatting' has no attribute {name!r}")


def get_formatted_header_footer(
    title: str | None = None, use_ascii: bool | None = None, width: int | None = None
) -> tuple[str, str, str]:
    """Header, footer and bullet of a section.

    The header is a rule, the centred title and another rule, or one rule alone without a title; the footer is a rule.
    ``use_ascii=None`` asks the logging configuration.
    """
    rule = _rule(use_ascii, width)
    header = f"{rule}\n{title:^{len(rule)}}\n{rule}" if title else rule
    return header, rule, glyphs(use_ascii).bullet


def get_formatted_box(
    title: str | None = None,
    content: str | None = None,
    use_ascii: bool | None = None,
    width: int | None = None,
) -> str:
    """A framed title, framed text, or both."""
    return formatter.box(content or "", title, BoxStyle.HEAVY, use_ascii=use_ascii, width=width)


def get_status_box(message: str, status: str = "info", use_ascii: bool | None = None) -> str:
    """A framed message marked as ``success``, ``warning``, ``error`` or ``info``."""
    return formatter.status_box(message, status, use_ascii=use_ascii)


def log_box(
    title: str | None,
    logger: logging.Logger | None = None,
    use_ascii: bool | None = None,
    width: int | None = None,
    add_empty_line: bool = True,
) -> None:
    """Log a framed title at INFO, one record a line, then an empty line."""
    _log_lines(
        get_formatted_box(title, use_ascii=use_ascii, width=width).splitlines(), logger, add_empty_line
    )


def log_status(message: str, status: str = "info", logger: logging.Logger | None = None) -> None:
    """Log a marked, framed message at INFO."""
    _log_lines(get_status_box(message, status).splitlines(), logger, add_empty_line=False)


def log_horizontal_line(logger: logging.Logger | None = None, use_ascii: bool | None = None) -> None:
    """Log a rule at INFO."""
    _log_lines([_rule(use_ascii)], logger, add_empty_line=False)


def format_table_row(key: str, value: object, key_width: int = 20) -> str:
    """A key and its value, the values of several rows below one another."""
    return f"{key:<{key_width}} {value}"


def format_value(obj: Any) -> str | None:
    """Paths, times and durations as people write them; None for everything else.

    >>> from datetime import timedelta
    >>> format_value(timedelta(days=2, hours=3))
    '2 days, 3 hours, 0 minutes'
    >>> format_value(3) is None
    True
    """
    if isinstance(obj, PurePath):
        return str(obj)
    if isinstance(obj, datetime):
        return obj.isoformat(" ")
    if isinstance(obj, timedelta):
        return _duration(obj)
    return None


def _duration(span: timedelta) -> str:
    if span < timedelta(0):
        return f"-{_duration(-span)}"
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    if span.days:
        return f"{span.days} days, {hours} hours, {minutes} minutes"
    if hours:
        return f"{hours} hours, {minutes} minutes"
    if minutes:
        return f"{minutes} minutes, {seconds} seconds"
    return f"{seconds} seconds"


def _rule(use_ascii: bool | None = None, width: int | None = None) -> str:
    plain = LoggingConfig().use_ascii if use_ascii is None else use_ascii
    return glyphs(plain).rule * (width or (ASCII_WIDTH if plain else WIDTH))


def _log_lines(lines: list[str], logger: logging.Logger | None, add_empty_line: bool) -> None:
    logger = logger or logging.getLogger("rompy")
    for line in [*lines, ""] if add_empty_line else lines:
        logger.info("%s", line, stacklevel=3)
