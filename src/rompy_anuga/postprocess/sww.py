"""The model's output file: triangles, bed and, block by block in time, what happened on each triangle.

An ``.sww`` file is netCDF-3. Names that end in ``_c`` hold one value for each triangle (the mean over the cell, what
the finite-volume scheme computes); the others hold values at nodes that were interpolated from them and are not used
here. Node coordinates are 32-bit floats relative to ``xllcorner``, ``yllcorner``; our driver puts that origin at the
corner of the mesh, so that they are good to a millimetre (with an origin at zero they would be off by up to 0.25 m).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rompy.errors import PostprocessError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEEDED = ("x", "y", "volumes", "time", "elevation_c", "stage_c", "xmomentum_c", "ymomentum_c")

BYTES_PER_VALUE = 96
"""Working memory for one triangle at one time: three 32-bit fields as read and about ten 64-bit ones made of them."""


@dataclass(frozen=True)
class Block:
    """Consecutive output times; arrays have the shape (times, faces)."""

    rows: slice
    """Which output times."""
    seconds: Floats
    """Model time of each row, seconds since the start."""
    level: Floats
    """Water level above the datum, m; NaN where dry."""
    depth: Floats
    """Water depth, m, never negative; thin films on dry faces are kept."""
    x_velocity: Floats
    """Depth-averaged velocity towards +x, m/s; NaN where dry."""
    y_velocity: Floats
    wet: Bools

    @property
    def speed(self) -> Floats:
        """Magnitude of the velocity, m/s; NaN where dry."""
        return np.asarray(np.hypot(self.x_velocity, self.y_velocity))


class Sww:
    """An open ``.sww`` file. Use it as a context manager."""

    def __init__(self, path: str | Path) -> None:
        import netCDF4

        self.path = Path(path)
        try:
            self._file = netCDF4.Dataset(self.path)
        except OSError as error:
            raise PostprocessError(
                f"the model's output cannot be opened as netCDF ({error.strerror or error})", file=self.path
            ) from error
        self._file.set_auto_mask(False)
        missing = [name for name in NEEDED if name not in self._file.variables]
        if missing:
            self._file.close()
            raise PostprocessError(f"the model's output lacks {', '.join(missing)}", file=self.path)
        self.seconds: Floats = self._read("time")
        self.faces: Ints = np.asarray(self._file["volumes"][:], dtype=np.int64)

    def __enter__(self) -> Sww:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def nodes(self) -> Floats:
        """Absolute x and y of the nodes, shape (nodes, 2), m, as precise as the file has them."""
        origin = [float(getattr(self._file, name, 0.0)) for name in ("xllcorner", "yllcorner")]
        return np.asarray(np.column_stack([self._read("x"), self._read("y")]) + origin)

    @property
    def bed(self) -> Floats:
        """Bed level of each face above the datum, m, positive up."""
        return self._read("elevation_c")

    @property
    def attributes(self) -> dict[str, Any]:
        """Global attributes."""
        return {name: self._file.getncattr(name) for name in self._file.ncattrs()}

    def rows_within(self, memory: int) -> int:
        """How many output times fit in ``memory`` bytes while they are worked on; at least one."""
        return max(1, memory // (BYTES_PER_VALUE * len(self.faces)))

    def blocks(self, rows: int, dry_depth: float) -> Iterator[Block]:
        """All output times, at most ``rows`` at once. A face is wet when deeper than ``dry_depth`` (m).

        Raises:
            PostprocessError: values that are not finite, as after a numerical blow-up.
        """
        bed = self.bed
        for first in range(0, len(self.seconds), rows):
            part = slice(first, min(first + rows, len(self.seconds)))
            level, x_flow, y_flow = (
                self._read(name, part) for name in ("stage_c", "xmomentum_c", "ymomentum_c")
            )
            self._require_finite(part, level, x_flow, y_flow)
            depth = np.maximum(level - bed, 0.0)
            wet = depth > dry_depth
            divisor = np.where(wet, depth, np.nan)
            yield Block(
                rows=part,
                seconds=self.seconds[part],
                level=np.where(wet, level, np.nan),
                depth=depth,
                x_velocity=x_flow / divisor,
                y_velocity=y_flow / divisor,
                wet=wet,
            )

    def _read(self, name: str, part: slice = slice(None)) -> Floats:
        return np.asarray(self._file[name][part], dtype=np.float64)

    def _require_finite(self, part: slice, *fields: Floats) -> None:
        for values in fields:
            sound = np.isfinite(values).all(axis=1)
            if not sound.all():
                moment = self.seconds[part][~sound][0]
                raise PostprocessError(
                    f"the model's output is not finite from {moment:g} s of model time on",
                    file=self.path,
                    hint="The computation became unstable. Check bathymetry and forcing at that time.",
                )
