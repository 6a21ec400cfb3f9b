"""What a program of this machine says."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from rompy.run.scheduler import call
from rompy.run.truth import PlaceSilent

logger = logging.getLogger(__name__)


def answer(command: Sequence[str], *, errors_too: bool = False) -> str | None:
    """Output of a program; None when there is none of that name, or it fails.

    Args:
        errors_too: whether what it says on standard error belongs to the answer, and its exit status does not count.
    """
    try:
        status, output, errors = call(command)
    except PlaceSilent as silence:
        logger.debug("%s", silence)
        return None
    if errors_too:
        return output + errors
    if status != 0:
        logger.debug("%s ended with %d: %s", command[0], status, errors.strip())
        return None
    return output
