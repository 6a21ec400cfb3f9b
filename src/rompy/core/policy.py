"""What becomes of data that lack something that a run needs."""

from typing import Literal

Policy = Literal["raise", "warn", "ignore"]
"""Refuse them, use them with a warning, or without one."""
