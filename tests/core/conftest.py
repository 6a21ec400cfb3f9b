"""Shared by the tests of the core."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The machines are shared: how long one example takes says nothing about the code.
settings.register_profile("core", deadline=None)
settings.load_profile("core")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with real data: winds, depths, wave spectra, ocean fields."""
    root = Path(os.environ.get("ROMPY_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
    folder = root / "real"
    if not folder.is_dir():
        reason = f"REAL DATA ARE NOT TESTED: there is no {folder}; name their folder in ROMPY_TEST_DATA"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
