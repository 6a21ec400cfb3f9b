"""Files that a run needs from elsewhere, fetched beside each other before they are asked for one after the other."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from rompy.core.workers import at_once
from rompy.errors import RompyError
from rompy.inputs import unnoted

logger = logging.getLogger(__name__)

_ALTERNATIVES = ".alternatives."
"""In the places of what may not be needed: of several sources one is taken."""


def fetch_ahead(parts: Iterable[tuple[str, Any]]) -> None:
    """Bring the files that a description copies from elsewhere into the cache, several at once.

    Model plugins ask for their input one by one; then it is here. What cannot be fetched is left to them: it may not be
    needed, and if it is, they say so.

    Args:
        parts: the models that a description consists of, with their places.
    """
    addresses = sorted({address for place, part in parts if (address := _address(place, part)) is not None})
    if len(addresses) > 1:
        at_once([partial(_fetch, address) for address in addresses])


def _address(place: str, part: Any) -> str | None:
    """Where the file of a part is, if all of it is needed and it is not on this machine."""
    from rompy.core.data import DataBlob
    from rompy.core.resolve import resolve
    from rompy.core.source.grib import SourceGrib

    if not isinstance(part, (DataBlob, SourceGrib)) or _ALTERNATIVES in place:
        return None
    uri = part.source if isinstance(part, DataBlob) else part.uri
    try:
        found = resolve(uri)
    except RompyError:
        return None
    return None if isinstance(found, Path) else found


def _fetch(address: str) -> None:
    from rompy.fetch import fetch, is_cached
    from rompy.fetch.turns import while_waiting

    try:
        with unnoted(), while_waiting():
            if is_cached(address):
                fetch(address)
    except (RompyError, OSError) as error:
        logger.debug("%s was not fetched ahead: %s", address, error)
