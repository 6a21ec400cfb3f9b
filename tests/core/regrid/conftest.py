"""Weights are kept in a folder of the test."""

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(folder))
    return folder
