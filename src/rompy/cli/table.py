"""Tables as plain columns, so that they can be searched and cut; coloured on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from rompy.logging.console import wants_colour


def table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    colours: Mapping[str, Mapping[str, str]] | None = None,
) -> list[str]:
    """Lines for standard output, the first with the names of the columns.

    ``colours`` gives the colour of values by column. The last column is not padded, so long texts belong there.
    """
    texts = [[name, *(_text(row.get(name)) for row in rows)] for name in columns]
    widths = [max(map(len, column)) for column in texts]
    widths[-1] = 0
    padded = [[cell.ljust(width) for cell in column] for column, width in zip(texts, widths, strict=True)]
    lines = [list(line) for line in zip(*padded, strict=True)]
    if wants_colour(sys.stdout):
        _paint(lines, columns, colours or {})
    return ["  ".join(line).rstrip() for line in lines]


def _paint(lines: list[list[str]], columns: Sequence[str], colours: Mapping[str, Mapping[str, str]]) -> None:
    lines[0] = [click.style(cell, bold=True) for cell in lines[0]]
    for line in lines[1:]:
        for i, column in enumerate(columns):
            colour = colours.get(column, {}).get(line[i].strip())
            line[i] = click.style(line[i], fg=colour) if colour else line[i]


def _text(value: Any) -> str:
    """In one line. Lists of runs are long, and most of their texts are in one line already."""
    text = "" if value is None else str(value)
    return text if text.isalnum() or (text.isprintable() and "  " not in text) else " ".join(text.split())
