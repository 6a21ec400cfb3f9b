"""Every test starts with logging as a fresh process has it."""

import logging

import pytest

from rompy.logging import LoggingConfig


@pytest.fixture(autouse=True)
def _untouched_logging(monkeypatch, tmp_path):
    for name in (
        "LEVEL",
        "LOG_LEVEL",
        "FORMAT",
        "LOG_FORMAT",
        "LOG_DIR",
        "LOG_FILE",
        "USE_ASCII",
        "ASCII_ONLY",
    ):
        monkeypatch.delenv(f"ROMPY_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    LoggingConfig.reset()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    LoggingConfig.reset()
    assert (root.handlers[:], root.level) == before
