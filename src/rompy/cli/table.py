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
    cells = [list(columns), *([_text(row.get(column)) for column in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    widths[-1] = 0
    lines = [[f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)] for line in cells]
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
    return "" if value is None else " ".join(str(value).split())
