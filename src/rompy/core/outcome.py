"""What results of postprocessors, of whatever kind, say about themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def has_succeeded(result: Any) -> bool:
    """Whether a processor's result, of whatever kind, reports success.

    ``success`` as an attribute or key tells, then a bool itself. A result that says nothing counts as success,
    because a processor that fails raises.
    """
    if isinstance(result, bool):
        return result
    if isinstance(result, Mapping):
        return bool(result.get("success", True))
    success = getattr(result, "success", True)
    return bool(success() if callable(success) else success)


def message_of(result: Any) -> str:
    """What a result says about itself, in words; empty when it says nothing."""
    if isinstance(result, Mapping):
        return str(result.get("message") or "")
    message = getattr(result, "message", None)
    if message is None and hasattr(result, "success"):
        message = str(result)
    return str(message or "")
