"""A cache of its own for each test, and disks that are soon full."""

import os
import subprocess
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


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 256 kB."""
    target = tmp_path / "disk"
    target.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(target)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("SKIPPED: mounting a small file system needs root and the right to mount")
    yield target
    subprocess.run(["umount", str(target)], check=True)
