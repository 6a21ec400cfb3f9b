"""Digests are remembered until a file changes; whatever is wrong with the memory, digests are right."""

import hashlib
import os
import subprocess
import sys
import time

import pytest

from rompy.digest import DigestCache, digests_of
from rompy.digest import files as reading


@pytest.fixture
def cache(tmp_path):
    return DigestCache(tmp_path / "cache" / "digests.sqlite")


@pytest.fixture
def read(monkeypatch):
    """Paths of the files that are read."""
    paths = []
    real = reading._read
    monkeypatch.setattr(reading, "_read", lambda path, *rest: paths.append(str(path)) or real(path, *rest))
    return paths


@pytest.fixture
def settled(monkeypatch):
    """Every change counts as long past."""
    monkeypatch.setattr("rompy.digest.cache.RACY", -1e9)


def _sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def _digests(cache, *paths):
    return [one.sha256 for one in digests_of(paths, cache=cache)]


def test_a_file_is_read_once(tmp_path, cache, read, settled):
    (tmp_path / "x").write_text("1")
    assert _digests(cache, tmp_path / "x") == [_sha("1")]
    assert _digests(cache, tmp_path / "x") == [_sha("1")]
    assert _digests(DigestCache(cache.path), tmp_path / "x") == [_sha("1")]
    assert len(read) == 1


def test_a_file_that_was_just_written_is_not_remembered(tmp_path, cache, read):
    (tmp_path / "x").write_text("1")
    for _ in range(2):
        assert _digests(cache, tmp_path / "x") == [_sha("1")]
    assert len(read) == 2


def test_a_change_that_keeps_size_and_date_is_found(tmp_path, cache, settled):
    path = tmp_path / "x"
    path.write_text("1")
    os.utime(path, (1e9, 1e9))
    assert _digests(cache, path) == [_sha("1")]
    time.sleep(0.02)  # the clock of the file system has to tick once
    path.write_text("2")
    os.utime(path, (1e9, 1e9))
    assert _digests(cache, path) == [_sha("2")]


def test_a_file_that_changes_while_it_is_read_is_not_remembered(tmp_path, cache, monkeypatch, settled):
    path = tmp_path / "x"
    path.write_text("1")
    real = reading._read

    def slow(name, *rest):
        found = real(name, *rest)
        path.write_text("longer")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(reading, "_read", slow)
        assert _digests(cache, path) == [_sha("1")]
    assert _digests(cache, path) == [_sha("longer")]


def test_another_file_in_the_place_of_a_known_one_is_read(tmp_path, cache, settled):
    (tmp_path / "x").write_text("1")
    (tmp_path / "y").write_text("2")
    assert _digests(cache, tmp_path / "x") == [_sha("1")]
    (tmp_path / "y").replace(tmp_path / "x")
    assert _digests(cache, tmp_path / "x") == [_sha("2")]


@pytest.mark.parametrize("content", [b"this is no database" * 100, b""])
def test_a_damaged_memory_is_made_anew(tmp_path, cache, read, settled, content):
    (tmp_path / "x").write_text("1")
    cache.path.parent.mkdir()
    cache.path.write_bytes(content)
    for _ in range(3):
        assert _digests(cache, tmp_path / "x") == [_sha("1")]
    assert len(read) < 3


def test_a_memory_that_cannot_be_written_costs_nothing_but_time(tmp_path, settled):
    (tmp_path / "file").write_text("")
    (tmp_path / "x").write_text("1")
    for place in (tmp_path / "file" / "digests.sqlite", tmp_path):
        assert _digests(DigestCache(place), tmp_path / "x") == [_sha("1")]


def test_several_processes_use_it_at_once(tmp_path, cache, read, settled):
    folder = tmp_path / "files"
    folder.mkdir()
    for i in range(40):
        (folder / str(i)).write_text(str(i))
    program = (
        "import sys, pathlib, rompy.digest.cache as c; c.RACY = -1e9\n"
        "from rompy.digest import digests_of\n"
        "for _ in range(5):\n"
        "    paths = sorted(pathlib.Path(sys.argv[2]).iterdir())\n"
        "    found = digests_of(paths, cache=c.DigestCache(pathlib.Path(sys.argv[1])))\n"
        "    assert len(found) == 40 and all(hasattr(one, 'sha256') for one in found)\n"
    )
    command = [sys.executable, "-c", program, str(cache.path), str(folder)]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    paths = sorted(folder.iterdir())
    assert _digests(cache, *paths) == [_sha(path.name) for path in paths]
    assert read == []


def test_it_does_not_grow_for_ever(tmp_path, cache, monkeypatch, settled):
    monkeypatch.setattr("rompy.digest.cache.MOST", 10)
    for i in range(30):
        (tmp_path / str(i)).write_text(str(i))
        _digests(cache, tmp_path / str(i))
        time.sleep(0.005)
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(cache.path)) as database:
        assert database.execute("select count(*) from digests").fetchone()[0] <= 11
