"""Weights on disk: costly ones are made once for two grids and a method, wherever the grids come from."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rompy import foresight
from rompy.core.regrid.places import Places
from rompy.core.regrid.weights import Weights
from rompy.foresight import Deed

if TYPE_CHECKING:
    from scipy.sparse import csr_array

logger = logging.getLogger(__name__)

_FORMAT = "1"
"""Of the key: other weights for the same key need another one."""
LIMIT = 2 * 2**30
"""Size of the folder beyond which the weights that have not been used for longest are deleted (bytes)."""


def cached(source: Places, target: Places, method: str, make: Callable[[], Weights]) -> Weights:
    """The weights for a key of both places and the method: from disk if they are there, else made and kept.

    A folder that cannot be written, or a file that cannot be read, costs time only.
    """
    key = hashlib.sha256(" ".join([_FORMAT, source.digest(), target.digest(), method]).encode()).hexdigest()
    path = weights_folder() / f"{key}.npz"
    size = path.stat().st_size if path.is_file() else None
    foresight.tell(Deed("weights", method, bytes=size, is_kept=size is not None))
    matrix = _read(path)
    if matrix is not None and matrix.shape == (target.size, source.size):
        return Weights(matrix, source.shape, target.shape)
    weights = make()
    _write(path, weights.matrix)
    return weights


def weights_folder() -> Path:
    """``weights`` in the cache folder, beside what has been fetched."""
    from rompy.fetch.settings import cache_folder

    return cache_folder() / "weights"


def _read(path: Path) -> csr_array | None:
    from scipy.sparse import csr_array, load_npz

    try:
        with path.open("rb") as file:
            matrix = csr_array(load_npz(file))
        path.touch()
    except FileNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the file, the weights can be made again
        logger.warning("weights in %s cannot be read and are made again: %s", path, error)
        return None
    return matrix


def _write(path: Path, matrix: csr_array) -> None:
    from scipy.sparse import save_npz

    from rompy.core.atomic import replacing

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary, temporary.open("wb") as file:
            save_npz(file, matrix, compressed=False)
        _prune(path)
    except OSError as error:
        logger.warning("weights cannot be kept in %s: %s", path.parent, error)


def _prune(newest: Path) -> None:
    files = sorted(newest.parent.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
    size = 0
    for path in files:
        size += path.stat().st_size
        if size > LIMIT and path != newest:
            path.unlink(missing_ok=True)
