"""How much is logged, and what a line looks like."""

from __future__ import annotations

import logging
from enum import Enum


class LogLevel(str, Enum):
    """Names of the standard levels."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"

    @property
    def number(self) -> int:
        """The number that the ``logging`` module uses, such as 20 for INFO."""
        return int(getattr(logging, self.value))

    @classmethod
    def parse(cls, value: str | int) -> LogLevel:
        """A level from its name in any case or from its number.

        Raises:
            ValueError: there is no such level.
        """
        name = logging.getLevelName(value) if isinstance(value, int) else str(getattr(value, "value", value))
        try:
            return cls[name.strip().upper()]
        except KeyError:
            raise ValueError(f"no log level {value!r}: use one of {', '.join(cls.__members__)}") from None


class LogFormat(str, Enum):
    """Shapes of a line."""

    SIMPLE = "simple"
    """The message alone."""
    STANDARD = "standard"
    """``LEVEL: message``"""
    VERBOSE = "verbose"
    """``2023-02-01 00:00:00 [LEVEL] name: message``, the time in UTC."""

    @property
    def template(self) -> str:
        """The format string for a ``logging.Formatter``."""
        return {
            "simple": "%(message)s",
            "standard": "%(levelname)s: %(message)s",
            "verbose": "%(asctime)s [%(levelname)s] %(name)s: %(message)s",
        }[self.value]

    @classmethod
    def parse(cls, value: str) -> LogFormat:
        """A format from its name in any case.

        Raises:
            ValueError: there is no such format.
        """
        try:
            return cls[str(getattr(value, "value", value)).strip().upper()]
        except KeyError:
            names = ", ".join(member.value for member in cls)
            raise ValueError(f"no log format {value!r}: use one of {names}") from None
