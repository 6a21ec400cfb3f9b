"""Loggers that can draw lists and boxes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from rompy.logging import family
from rompy.logging.box import BoxFormatter, BoxStyle, bullet_list, formatter, glyphs


class RompyLogger(logging.Logger):
    """A standard logger with lists, boxes and marked successes, all logged at INFO, one record a line."""

    @property
    def box_formatter(self) -> BoxFormatter:
        """What draws the boxes."""
        return formatter

    def bullet_list(self, items: Iterable[Any], indent: int = 2) -> None:
        """Log each item on a line of its own, indented behind a bullet."""
        for line in bullet_list(items, indent):
            self.info("%s", line, stacklevel=2)

    def box(self, content: str, title: str | None = None, style: BoxStyle | str = BoxStyle.SINGLE) -> None:
        """Log text inside a frame."""
        for line in formatter.box(content, title, style).splitlines():
            self.info("%s", line, stacklevel=2)

    def status_box(self, message: str, status: str = "info") -> None:
        """Log a framed message that is marked as ``success``, ``warning``, ``error`` or ``info``."""
        for line in formatter.status_box(message, status).splitlines():
            self.info("%s", line, stacklevel=2)

    def success(self, msg: object, *args: object, **kwargs: Any) -> None:
        """Log a message with a tick in front."""
        kwargs.setdefault("stacklevel", 2)
        self.info(f"{glyphs().success} {msg}", *args, **kwargs)

    def warn(self, msg: object, *args: object, **kwargs: Any) -> None:
        """The old name of ``warning``, which plugins still use."""
        kwargs.setdefault("stacklevel", 2)
        self.warning(msg, *args, **kwargs)


_classes: dict[type[logging.Logger], type[RompyLogger]] = {logging.Logger: RompyLogger}


def get_logger(name: str | None = None) -> RompyLogger:
    """The standard logger of that name (``rompy`` without one), able to draw lists and boxes.

    It is the very object that ``logging.getLogger(name)`` gives. Only this logger gets the extra methods: the logger
    class of the process stays as it is.

    >>> get_logger("rompy.example") is logging.getLogger("rompy.example")
    True
    """
    name = name or "rompy"
    logger = logging.getLogger(name)
    family.join(name)
    if not isinstance(logger, RompyLogger):
        # A logger has no fields beyond those of its base, so its class can be exchanged in place.
        logger.__class__ = _drawing(type(logger))
    assert isinstance(logger, RompyLogger)
    return logger


def _drawing(base: type[logging.Logger]) -> type[RompyLogger]:
    """`RompyLogger` on top of the logger class that the application uses."""
    if base not in _classes:
        _classes[base] = type(f"Rompy{base.__name__}", (RompyLogger, base), {})
    return _classes[base]
