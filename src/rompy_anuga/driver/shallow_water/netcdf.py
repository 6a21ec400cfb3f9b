"""Reading the arrays of the case's netCDF files, with refusals that name the file and the variable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import netCDF4
import numpy as np
from numpy.typing import NDArray

from .case import Variable
from .problems import InputError

Floats = NDArray[np.float64]

METRES = ("m", "metre", "metres", "meter", "meters")

UNITS = {
    "level": METRES,
    "wind": ("m s-1", "m/s", "m s**-1", "m s^-1", "m.s-1", "metre s-1", "meter s-1"),
    "pressure": ("Pa", "pascal", "Pascal"),
    "rain": ("mm h-1", "mm/h", "mm hr-1", "mm/hr", "mm hour-1", "mm/hour"),
}
"""What a variable's ``units`` may say, where the file states them: the wrong unit ruins a run without a sound."""


def refusal(variable: Variable, problem: str) -> InputError:
    """The error to raise about a variable's contents."""
    return InputError(f"{variable.key}: {variable.file.name}: {problem}")


@contextmanager
def opened(variable: Variable) -> Iterator[Any]:
    """The netCDF variable, its file open as long as the context lasts.

    Files are opened for each read and not kept open: reads are few, and a run may last for days.

    Raises:
        InputError: the file is not netCDF, or there is no such variable in it.
    """
    try:
        dataset = netCDF4.Dataset(variable.file)
    except OSError as error:
        raise refusal(variable, f"not a netCDF file that can be read ({error.strerror or error})") from error
    with dataset:
        if variable.name not in dataset.variables:
            known = ", ".join(sorted(dataset.variables)) or "none"
            raise refusal(variable, f"there is no variable {variable.name!r}; in the file: {known}")
        source = dataset.variables[variable.name]
        if getattr(source.dtype, "kind", "O") not in "iuf":
            raise refusal(variable, f"{variable.name!r} does not hold numbers")
        yield source


def floats(array: Any) -> Floats:
    """An array as read, as plain floats: NaN where a value is missing."""
    return np.ma.filled(np.ma.asarray(array, dtype=np.float64), np.nan)


def check_units(variable: Variable, source: Any, kind: str | None) -> None:
    """Refuse a variable whose ``units`` say that it is something else; a variable without units is believed.

    Args:
        kind: a key of ``UNITS``; None for no check.
    """
    units = getattr(source, "units", None)
    if kind is not None and units is not None and units not in UNITS[kind]:
        raise refusal(variable, f"the units of {variable.name!r} are {units!r}, not {UNITS[kind][0]!r}")


def axis(variable: Variable, source: Any, name: str) -> Floats:
    """The coordinate of a dimension: at least two finite values (m), strictly rising or falling."""
    dataset = source.group()
    if name not in dataset.variables or dataset.variables[name].dimensions != (name,):
        raise refusal(variable, f"there is no coordinate variable {name}({name})")
    coordinate = dataset.variables[name]
    units = getattr(coordinate, "units", "m")
    if units not in METRES:
        raise refusal(variable, f"the units of {name} are {units!r}; metres of the case's system are needed")
    values = floats(coordinate[:])
    steps = np.diff(values)
    if values.size < 2 or not np.isfinite(values).all() or not ((steps > 0).all() or (steps < 0).all()):
        raise refusal(variable, f"{name} must be two or more numbers that rise or fall throughout")
    return values


def check_dimensions(variable: Variable, source: Any, wanted: tuple[str, ...]) -> None:
    """Refuse a variable over other dimensions, in whatever order."""
    if sorted(source.dimensions) != sorted(wanted):
        found, needed = ", ".join(source.dimensions), ", ".join(wanted)
        raise refusal(variable, f"{variable.name}({found}) is to be over ({needed})")
