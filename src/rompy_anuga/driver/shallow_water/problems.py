"""The two ways in which a run ends early."""

from __future__ import annotations


class InputError(Exception):
    """Something in the case or in one of its files is wrong: one line that says what, where, and with which numbers."""


class ModelDied(Exception):  # noqa: N818  (it reads as what happened)
    """The computation cannot go on: one line with the reason, the model time and the place."""
