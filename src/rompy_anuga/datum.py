"""Levels of another vertical datum than that of the run are refused, unless the difference is stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rompy.core.adapting.datum import datum_of, same_datum
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr


class Stated(Protocol):
    """Settings that know which of them were stated, as models do."""

    @property
    def model_fields_set(self) -> set[str]:
        """Names of the fields that were given."""


def check_datum(levels: xr.DataArray, wanted: str | None, settings: Stated, what: str, field: str) -> None:
    """Check that levels which say what they are above are above the datum of the run.

    Args:
        wanted: datum of the run; None if it states none.
        settings: where ``offset`` may be given, which states the difference, even where that is 0.

    Raises:
        DataError: they are above another one; names both.
    """
    stated = datum_of(levels)
    if (
        stated is None
        or wanted is None
        or same_datum(stated, wanted)
        or "offset" in settings.model_fields_set
    ):
        return
    raise DataError(
        f"{what} is above {stated}, the run above {wanted} (config.vertical_datum)",
        field=field,
        hint=f"Give the height of {stated} above {wanted} there (m) as offset; 0 if they are the same.",
    )
