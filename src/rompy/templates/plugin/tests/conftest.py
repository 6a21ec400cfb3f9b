"""Data for the tests."""

from pathlib import Path

import pytest


@pytest.fixture
def wind():
    """The table of the example."""
    return Path(__file__).parents[1] / "examples" / "wind.txt"
