"""Moments in result files: ISO 8601, and no clock but ``SOURCE_DATE_EPOCH``.

Files that are made again from the same run must be the same files, so the moment of writing is left out unless
``SOURCE_DATE_EPOCH`` (https://reproducible-builds.org/specs/source-date-epoch/) fixes it.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from rompy.errors import PostprocessError

if TYPE_CHECKING:
    import numpy as np


def written_at() -> str | None:
    """The moment that ``SOURCE_DATE_EPOCH`` gives as ISO 8601; None when it is not set.

    Raises:
        PostprocessError: it is no number of seconds since 1970.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return None
    try:
        return iso(datetime.fromtimestamp(int(epoch), timezone.utc))
    except (ValueError, OverflowError, OSError):
        raise PostprocessError(
            f"SOURCE_DATE_EPOCH is {epoch!r}, which is not a number of seconds since 1970",
            hint="Unset it, or set it to a whole number.",
        ) from None


def iso(moment: datetime | np.datetime64) -> str:
    """A UTC moment in ISO 8601 to the second, ending in Z."""
    if isinstance(moment, datetime):
        return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{moment.astype('datetime64[s]')!s}Z"
