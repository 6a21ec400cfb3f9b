"""Everybody has a cache folder, also who has no home."""

import pwd
import tempfile
from pathlib import Path

import pytest

from rompy.cache_folder import cache_folder
from rompy.digest import DigestCache, digests_of
from rompy.jobs.store import state_folder


@pytest.fixture
def homeless(tmp_path, monkeypatch):
    """As a user without a name in a container."""

    def unknown(_):
        raise KeyError

    for name in ("HOME", "ROMPY_CACHE_DIR", "ROMPY_STATE_DIR", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_without_a_home_it_is_a_private_one_among_temporary_files(homeless, tmp_path):
    first, state = cache_folder(), state_folder()
    assert first == cache_folder()
    assert first.is_relative_to(tmp_path)
    assert state.is_relative_to(tmp_path)
    assert first.parent.stat().st_mode & 0o77 == 0
    assert not Path("~").exists()


def test_what_somebody_else_put_there_is_not_used(homeless, tmp_path, monkeypatch):
    used = cache_folder()
    used.parent.rmdir()
    used.parent.symlink_to(tmp_path)
    assert cache_folder() != used


@pytest.mark.parametrize("where", ["/proc/none", "/dev/null/none"])
def test_where_nothing_can_be_kept_files_are_read_instead(where, tmp_path, monkeypatch):
    monkeypatch.setenv("ROMPY_CACHE_DIR", where)
    (tmp_path / "x").write_text("1")
    assert digests_of([tmp_path / "x"], cache=DigestCache())[0].bytes == 1
