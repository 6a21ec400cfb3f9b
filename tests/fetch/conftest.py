"""A cache of its own for each test, and disks that are soon full."""

from types import SimpleNamespace

import pytest

from rompy.fetch import Cache
from rompy.transfer import download


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The cache that is used by default."""
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("ROMPY_OFFLINE", "ROMPY_CACHE_LIMIT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(download, "time", SimpleNamespace(sleep=lambda seconds: None))
    cache = Cache()
    yield cache
    cache.release()
