"""Which failures of a web server another attempt may change, and how long to wait before it."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import httpx

LONGEST_PAUSE = 30.0
"""Limit (s) to the pause that a server may ask for in Retry-After."""
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that another attempt may change."""


def may_pass(error: Exception) -> bool:
    """Whether another attempt may succeed."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in PASSING
    return not isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError))


def asked_pause(error: Exception) -> float:
    """Seconds that the server asks to wait, as a number or until a date, within bounds."""
    if not isinstance(error, httpx.HTTPStatusError):
        return 0.0
    asked = error.response.headers.get("Retry-After", "").strip()
    seconds = float(asked) if asked.isdecimal() else _seconds_until(asked)
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def reason_of(error: Exception) -> str:
    """The failure in a few words."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"status {error.response.status_code}"
    return str(error) or type(error).__name__


def _seconds_until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return (moment - datetime.now(timezone.utc)).total_seconds()
