"""Frames, rules and bullets, in Unicode or plain ASCII."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from rompy.logging.settings import LoggingConfig

WIDTH = 70
"""Columns of a box in Unicode."""
ASCII_WIDTH = 72
"""Columns of a box in ASCII."""


class BoxStyle(str, Enum):
    """Frames to choose from; all look alike in ASCII."""

    SINGLE = "single"
    DOUBLE = "double"
    ROUNDED = "rounded"
    HEAVY = "heavy"


@dataclass(frozen=True)
class UnicodeGlyphs:
    """Signs for terminals that can show them."""

    bullet: str = "•"
    arrow: str = "→"
    success: str = "✓"
    warning: str = "⚠"
    error: str = "✗"
    info: str = "ℹ"
    rule: str = "━"


@dataclass(frozen=True)
class AsciiGlyphs(UnicodeGlyphs):
    """The same in seven bits."""

    bullet: str = "*"
    arrow: str = ">"
    success: str = "[OK]"
    warning: str = "[!]"
    error: str = "[X]"
    info: str = "[i]"
    rule: str = "="


_UNICODE, _ASCII = UnicodeGlyphs(), AsciiGlyphs()

# Corners from the top left clockwise, then horizontal, vertical, and the two tees of the line under the title.
_FRAMES = {
    BoxStyle.SINGLE: tuple("┌┐┘└─│├┤"),
    BoxStyle.DOUBLE: tuple("╔╗╝╚═║╠╣"),
    BoxStyle.ROUNDED: tuple("╭╮╯╰─│├┤"),
    BoxStyle.HEAVY: tuple("┏┓┛┗━┃┣┫"),
}
_ASCII_FRAME = tuple("++++-|++")


def glyphs(use_ascii: bool | None = None) -> UnicodeGlyphs:
    """The signs in force; None asks the configuration."""
    return _ASCII if _ascii(use_ascii) else _UNICODE


class BoxFormatter:
    """Draws boxes as text, without logging anything."""

    def box(
        self,
        content: str | Iterable[str] = "",
        title: str | None = None,
        style: BoxStyle | str = BoxStyle.SINGLE,
        *,
        use_ascii: bool | None = None,
        width: int | None = None,
    ) -> str:
        """Text (several lines if need be) in a frame, below a centred title. The frame widens for long lines."""
        plain = _ascii(use_ascii)
        frame = _ASCII_FRAME if plain else _FRAMES[BoxStyle(style)]
        lines = content.splitlines() if isinstance(content, str) else [str(line) for line in content]
        wished = width or (ASCII_WIDTH if plain else WIDTH)
        inner = max([wished - 4, len(title or ""), *map(len, lines)])
        nw, ne, se, sw, horizontal, vertical, west, east = frame
        rows = [f"{nw}{horizontal * (inner + 2)}{ne}"]
        if title:
            rows.append(f"{vertical} {title:^{inner}} {vertical}")
        if title and lines:
            rows.append(f"{west}{horizontal * (inner + 2)}{east}")
        rows += [f"{vertical} {line:<{inner}} {vertical}" for line in lines]
        rows.append(f"{sw}{horizontal * (inner + 2)}{se}")
        return "\n".join(rows)

    def status_box(self, message: str, status: str = "info", *, use_ascii: bool | None = None) -> str:
        """A box whose first line carries the sign of ``success``, ``warning``, ``error`` or ``info``."""
        sign = getattr(glyphs(use_ascii), status.lower(), None)
        if sign is None or status.lower() not in ("success", "warning", "error", "info"):
            raise ValueError(f"no status {status!r}: use success, warning, error or info")
        return self.box(f"{sign} {message}", use_ascii=use_ascii)

    def bullet_list(
        self, items: Iterable[Any], indent: int = 2, *, use_ascii: bool | None = None
    ) -> list[str]:
        """One indented line an item, behind a bullet."""
        return [f"{' ' * indent}{glyphs(use_ascii).bullet} {item}" for item in items]


formatter = BoxFormatter()
"""The one that loggers use."""

box = formatter.box
status_box = formatter.status_box
bullet_list = formatter.bullet_list


def _ascii(use_ascii: bool | None) -> bool:
    return LoggingConfig().use_ascii if use_ascii is None else use_ascii
