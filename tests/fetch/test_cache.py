"""The cache keeps to its limit, notices damage, and is shared by processes without harm."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rompy.errors import ConfigError
from rompy.fetch import Cache, fetch
from rompy.fetch.settings import size_in_bytes
from rompy.testing import contents
from rompy.transfer.version import Version

KB = 1000


def _keep(cache, name, size=10 * KB, tag='"1"', part=None):
    address = f"https://host/{name}"
    with cache.fetching(address, part) as room:
        room.path.write_bytes(name.encode().ljust(size, b"."))
        return cache.keep(address, Version(tag), room, ".nc", part)


def _names(cache):
    return [entry.address.rpartition("/")[2] for entry in cache.entries()]


def test_what_was_used_longest_ago_goes_first(cache):
    small = Cache(limit=35 * KB)
    entries = [_keep(small, name) for name in "abc"]
    small.path(entries[0])
    small.release()
    _keep(small, "d")
    assert _names(small) == ["d", "a", "c"]
    assert small.size == 30 * KB
    assert small.path(entries[1]) is None


def test_what_a_process_holds_stays_although_the_limit_is_passed(cache, caplog):
    small = Cache(limit=15 * KB)
    _keep(small, "a")
    _keep(small, "b")
    assert _names(small) == ["b", "a"]
    assert "more than its limit" in caplog.text
    assert small.prune(0) == []
    small.release()
    assert [entry.address[-1] for entry in small.prune()] == ["a"]


def test_what_another_process_holds_stays_until_that_ends(cache, web):
    url = web.put_version("a.nc", b"a" * KB)
    code = (
        "import sys; from rompy.fetch import fetch; print(fetch(sys.argv[1]), flush=True);"
        "sys.stdin.readline()"
    )
    command = [sys.executable, "-c", code, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        path = other.stdout.readline().strip()
        assert cache.prune(0) == []
        assert Path(path).exists()
        other.kill()
        other.wait()
    assert len(cache.prune(0)) == 1
    assert not Path(path).exists()


def test_processes_that_want_the_same_file_fetch_it_once(cache, web):
    url = web.put_version("a.nc", b"a" * 300 * KB)
    web.delay["a.nc"] = 0.3
    code = "import sys; from rompy.fetch import fetch; sys.exit(fetch(sys.argv[1]).stat().st_size != 300000)"
    others = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(4)]
    assert [other.wait(120) for other in others] == [0] * 4
    assert sum("If-None-Match" not in asked for asked in web.asked) == 1


def test_processes_that_fetch_and_prune_at_once_do_no_harm(cache, web):
    """Each fetches eight files through a cache that has room for three, and reads what it is handed."""
    for n in range(8):
        web.put_version(f"{n}.nc", bytes([n]) * 10 * KB)
    code = (
        "import sys\nfrom rompy.fetch import Cache, fetch\ncache = Cache(limit=30000)\n"
        "for n in [*range(8)] * 2:\n"
        "    assert fetch(f'{sys.argv[1]}/{n}.nc', cache=cache).read_bytes() == bytes([n]) * 10000\n"
        "    cache.release()\n    cache.prune()\n"
    )
    others = [
        subprocess.Popen([sys.executable, "-c", code, web.url], stderr=subprocess.PIPE) for _ in range(3)
    ]
    errors = [other.communicate(timeout=120)[1].decode() for other in others]
    assert [error for error in errors if "Error" in error] == []
    assert [other.returncode for other in others] == [0, 0, 0]
    assert cache.verify() == []
    assert cache.size <= 30 * KB


def test_a_process_that_is_killed_leaves_a_cache_that_works(cache, web):
    url = web.put_version("a.nc", b"a" * 100 * KB)
    web.drip["a.nc"] = (50 * KB, 600)
    code = (
        "import sys; from rompy.fetch import fetch;"
        "fetch(sys.argv[1], on_progress=lambda p: p.done < 50000 or print(1, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        other.kill()
    web.drip.clear()
    assert fetch(url).stat().st_size == 100 * KB
    assert web.asked[-1]["Range"].startswith("bytes=")


def test_versions_and_slices_are_different_things(cache):
    _keep(cache, "a", 10, '"1"')
    _keep(cache, "a", 20, '"2"')
    part = _keep(cache, "a", 30, '"2"', {"lon": [0, 5]})
    assert len(cache.entries()) == 3
    assert cache.latest("https://host/a").size == 20
    assert cache.latest("https://host/a", {"lon": [0, 5]}) == part
    assert cache.latest("https://host/a", {"lon": [0, 6]}) is None


def test_verify_finds_every_damage_and_repairs_it(cache):
    entries = [_keep(cache, name) for name in "abcd"]
    paths = [cache.path(entry) for entry in entries]
    paths[0].chmod(0o644)
    paths[0].write_bytes(b"x" * 10 * KB)
    paths[1].unlink()
    next(cache.root.rglob(entries[2].name)).write_text("{")
    reasons = sorted(
        damage.reason.partition(" ")[0] + " " + damage.reason.split()[1] for damage in cache.verify()
    )
    assert reasons == ["no record", "the content", "the content", "the record"]
    assert len(cache.verify(repair=True)) == 4
    assert cache.verify() == []
    assert _names(cache) == ["d"]


def test_records_are_readable_and_contents_are_protected(cache):
    entry = _keep(cache, "a.nc")
    record = json.loads(next(cache.root.rglob(entry.name)).read_text())
    assert record["address"] == "https://host/a.nc"
    assert record["version"]["etag"] == '"1"'
    assert cache.path(entry).stat().st_mode & 0o777 == 0o444


def test_a_full_disk_while_the_record_is_written_changes_nothing(tiny_disk):
    cache = Cache(tiny_disk)
    with pytest.raises(OSError, match="disk full"), cache.fetching("https://host/a") as room:
        room.path.write_bytes(b"a" * 1000)
        free = os.statvfs(tiny_disk)
        (tiny_disk / "filler").write_bytes(b"x" * (free.f_bavail * free.f_bsize))
        cache.keep("https://host/a", Version('"1"'), room)
    assert cache.entries() == []
    assert not any(kind == "file" for kind in contents(cache.root / "objects").values())
    cache.release()


def test_unfinished_downloads_are_dropped_when_they_are_old(cache):
    with cache.fetching("https://host/a") as room, room.written(Version('"1"'), continued=False) as file:
        file.write(b"a")
    part = room.path
    cache.prune()
    assert part.exists()
    os.utime(part, (0, 0))
    cache.prune()
    assert not part.exists()


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("500 MB", 5e8), ("2.5GiB", 2.5 * 2**30), ("1k", 1000), ("3 tb", 3e12)]
)
def test_sizes(text, size):
    assert size_in_bytes(text) == size


@pytest.mark.parametrize("text", ["", "much", "-1", "1 XB", "1e9"])
def test_what_is_no_size_is_refused(text, monkeypatch):
    with pytest.raises(ConfigError, match="not a size"):
        size_in_bytes(text)


def test_many_small_files_come_without_counting_all_each_time(cache, monkeypatch):
    for n in range(20):
        _keep(cache, str(n), 100)
    monkeypatch.setattr(Cache, "size", property(lambda self: pytest.fail("counted")))
    _keep(cache, "20", 100)
    assert len(cache.entries()) == 21
