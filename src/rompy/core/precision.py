"""Numbers with more digits than are kept, where processors of different kinds do not agree on the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr


def finer(values: Any | xr.DataArray) -> Any:
    """An array in the next precision: double for single, extended for all others.

    numpy computes arc tangents, powers and the like with instructions that only some processors have. What comes out
    is good to the last digit or two; worked out more finely and then cut, it is the same everywhere.
    """
    import numpy as np

    return values.astype("float64" if values.dtype in ("float16", "float32") else np.longdouble)
