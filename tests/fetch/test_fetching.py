"""Remote files come once, and again as soon as they have changed; what fails leaves everything as it was."""

import hashlib
import logging
import os
import threading
import tracemalloc
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from rompy.errors import MissingFileError, TransferError
from rompy.fetch import Cache, CacheError, bring, fetch, fetch_all
from rompy.testing import contents
from rompy.testing.transfer import CONTENT
from rompy.transfer.checksum import ChecksumError
from rompy.transfer.part import DiskFullError

OTHER = CONTENT[::-1]


def _statuses(web):
    return len(
        [asked for asked in web.asked if "If-None-Match" not in asked and "If-Modified-Since" not in asked]
    )


def test_the_second_use_comes_from_the_cache_after_one_question(web):
    url = web.put_version("a/data.nc", CONTENT)
    first = fetch(url)
    assert (first.read_bytes(), first.suffix) == (CONTENT, ".nc")
    assert fetch(url) == first
    assert (len(web.requests), web.asked[1]["If-None-Match"]) == (2, '"1"')


def test_a_changed_file_is_never_served_stale(web):
    url = web.put_version("data.nc", CONTENT)
    fetch(url)
    web.put_version("data.nc", OTHER, etag='"2"')
    assert fetch(url).read_bytes() == OTHER


@pytest.mark.parametrize("moment", ["none", "not yet past", "long ago"])
def test_without_a_tag_only_a_time_that_is_past_tells_versions_apart(moment, web):
    url = web.put("data.nc", CONTENT)
    if moment != "none":
        when = (
            datetime.now(timezone.utc) + timedelta(minutes=5)
            if moment == "not yet past"
            else datetime(2020, 1, 1, tzinfo=timezone.utc)
        )
        web.versions["data.nc"] = {"Last-Modified": format_datetime(when, usegmt=True)}
    assert fetch(url).read_bytes() == CONTENT
    if moment != "long ago":
        web.put("data.nc", OTHER)
        assert fetch(url).read_bytes() == OTHER
    else:
        assert fetch(url).read_bytes() == CONTENT
        assert web.asked[1]["If-Modified-Since"] == "Wed, 01 Jan 2020 00:00:00 GMT"


def test_addresses_that_differ_in_their_query_are_different_things(web, cache):
    url = web.put_version("data.nc", CONTENT)
    fetch(f"{url}?lon=1&key=geheim")
    fetch(f"{url}?lon=2&key=geheim")
    assert len(cache.entries()) == 2
    assert {entry.address for entry in cache.entries()} == {url}
    assert not any(b"geheim" in path.read_bytes() for path in cache.root.rglob("*.json"))
    assert not any("geheim" in str(path) for path in cache.root.rglob("*"))


def test_equal_contents_are_kept_once(web, cache):
    paths = {fetch(web.put_version(f"{name}.nc", CONTENT)) for name in "ab"}
    assert len(paths) == 1
    assert (len(cache.entries()), cache.size) == (2, len(CONTENT))


def test_a_checksum_is_checked_and_then_nobody_is_asked(web):
    url = web.put_version("data.nc", CONTENT)
    checksum = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    fetch(url, checksum=checksum)
    fetch(url, checksum=checksum)
    assert len(web.requests) == 1
    with pytest.raises(ChecksumError, match="wrong checksum: md5"):
        fetch(url, checksum="md5:" + "0" * 32)


def test_a_wrong_checksum_leaves_the_cache_as_it_was(web, cache):
    before = contents(cache.root)
    with pytest.raises(ChecksumError):
        fetch(web.put_version("data.nc", CONTENT), checksum="sha256:" + "0" * 64)
    after = {name: value for name, value in contents(cache.root).items() if not name.endswith("lock")}
    assert after.keys() - before.keys() == set()
    assert cache.entries() == []


def test_offline_uses_what_came_last_without_asking(web, monkeypatch, caplog):
    url = web.put_version("data.nc", CONTENT)
    fetch(url)
    web.put_version("data.nc", OTHER, etag='"2"')
    fetch(url)
    monkeypatch.setenv("ROMPY_OFFLINE", "1")
    caplog.set_level(logging.INFO)
    assert fetch(url).read_bytes() == OTHER
    assert len(web.requests) == 2
    assert "offline" in caplog.text
    with pytest.raises(MissingFileError, match="not in the cache"):
        fetch(f"{web.url}/other.nc")


def test_a_server_that_fails_is_an_error_and_no_reason_to_serve_an_old_copy(web):
    url = web.put_version("data.nc", CONTENT)
    fetch(url)
    web.statuses["data.nc"] = [503] * 4
    with pytest.raises(TransferError, match=r"503(.|\n)*ROMPY_OFFLINE=1 uses it"):
        fetch(url)
    assert fetch(url).read_bytes() == CONTENT


def test_what_broke_off_is_continued_by_the_next_call(web, cache):
    url = web.put_version("data.nc", CONTENT)
    web.cut["data.nc"] = [1000] * 4
    with pytest.raises(TransferError, match="cannot fetch"):
        fetch(url)
    assert cache.entries() == []
    assert fetch(url).read_bytes() == CONTENT
    assert web.asked[-1]["Range"] == "bytes=4000-"
    assert list((cache.root / "parts").glob("*.part")) == []


def test_what_broke_off_and_cannot_be_continued_is_not_kept(web, cache):
    url = web.put("data.nc", CONTENT)
    web.cut["data.nc"] = [1000] * 4
    with pytest.raises(TransferError):
        fetch(url)
    assert [path.name for path in (cache.root / "parts").iterdir() if path.suffix != ".lock"] == []


def test_a_damaged_copy_is_fetched_again(web):
    url = web.put_version("data.nc", CONTENT)
    path = fetch(url)
    path.chmod(0o644)
    path.write_bytes(OTHER)
    assert fetch(url).read_bytes() == CONTENT
    os.truncate(path, 10)
    assert fetch(url).read_bytes() == CONTENT
    path.unlink()
    assert fetch(url).read_bytes() == CONTENT


def test_what_has_gone_is_missing_although_it_was_here(web):
    url = web.put_version("data.nc", CONTENT)
    fetch(url)
    web.statuses["data.nc"] = [404]
    with pytest.raises(MissingFileError):
        fetch(url)


@pytest.mark.parametrize("stated", [True, False])
def test_a_full_disk_leaves_the_cache_as_it_was(stated, web, tiny_disk, tmp_path):
    cache = Cache(tiny_disk)
    small = fetch(web.put_version("small.nc", CONTENT), cache=cache)
    web.put_version("big.nc", os.urandom(400_000))
    if not stated:
        web.headers["big.nc"] = {"Content-Length": None, "Connection": "close"}
    before = contents(cache.root / "objects") | contents(cache.root / "entries")
    with pytest.raises(DiskFullError, match=r"disk full(.|\n)*rompy cache prune"):
        fetch(f"{web.url}/big.nc", cache=cache)
    assert contents(cache.root / "objects") | contents(cache.root / "entries") == before
    assert list((cache.root / "parts").glob("*.part")) == []
    assert fetch(f"{web.url}/small.nc", cache=cache) == small
    cache.release()


def test_a_full_disk_leaves_the_target_as_it_was(web, tiny_disk):
    target = tiny_disk / "run" / "data.nc"
    target.parent.mkdir()
    target.write_bytes(b"former")
    web.put_version("data.nc", os.urandom(400_000))
    with pytest.raises(DiskFullError, match="no space left"):
        bring(f"{web.url}/data.nc", target.parent)
    assert contents(tiny_disk).keys() == {"run/data.nc"}
    assert target.read_bytes() == b"former"


def test_memory_does_not_grow_with_the_file(web):
    big = bytes(100 * 2**20)
    url = web.put_version("big.nc", big)
    fetch(web.put_version("small.nc", b"x"))
    tracemalloc.start()
    fetch(url)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20


def test_more_than_the_cache_may_hold_is_refused(web, tmp_path):
    with pytest.raises(TransferError, match=r"larger than 1000 bytes(.|\n)*ROMPY_CACHE_LIMIT"):
        fetch(web.put_version("data.nc", CONTENT), cache=Cache(tmp_path, limit=1000))


def test_a_local_file_stays_where_it_is(tmp_path, cache):
    path = tmp_path / "data.nc"
    path.write_bytes(CONTENT)
    assert fetch(path) == path
    assert fetch(path.as_uri()) == path
    with pytest.raises(ChecksumError):
        fetch(path, checksum="0" * 64)
    with pytest.raises(MissingFileError):
        fetch(tmp_path / "nothing")
    assert cache.entries() == []


def test_several_are_fetched_at_once_within_a_bound(web, monkeypatch):
    urls = [web.put_version(f"{n}.nc", bytes([n]) * 100) for n in range(6)]
    for n in range(6):
        web.delay[f"{n}.nc"] = 0.1
    running, most = set(), []
    lock = threading.Lock()

    def watch(progress):
        with lock:
            running.add(threading.get_ident())
            most.append(len(running))

    paths = fetch_all(urls, workers=3, on_progress=watch)
    assert [path.read_bytes()[0] for path in paths] == list(range(6))
    assert 1 < max(most) <= 3


def test_one_failure_of_several_is_raised(web):
    urls = [web.put_version("0.nc", CONTENT), f"{web.url}/nothing.nc"]
    with pytest.raises(MissingFileError, match="nothing.nc"):
        fetch_all(urls)


def test_threads_that_want_the_same_file_fetch_it_once(web, cache):
    url = web.put_version("data.nc", CONTENT)
    web.delay["data.nc"] = 0.05
    assert len({*fetch_all([url] * 4)}) == 1
    assert _statuses(web) == 1


def test_bring_copies_what_is_there_now_under_its_own_name(web, tmp_path):
    url = web.put_version("two words.nc", CONTENT) + "?key=1"
    path = bring(url, tmp_path / "run")
    assert (path.name, path.read_bytes()) == ("two words.nc", CONTENT)
    path.write_bytes(b"changed by a model")  # a copy: the cache does not notice
    web.put_version("two words.nc", OTHER, etag='"2"')
    assert bring(url, tmp_path / "run").read_bytes() == OTHER
    assert bring(url, tmp_path / "run", name="hgrid.gr3").name == "hgrid.gr3"


def test_bring_never_replaces_a_folder(web, tmp_path):
    (tmp_path / "data.nc").mkdir()
    (tmp_path / "data.nc" / "mine").touch()
    with pytest.raises(TransferError, match="data.nc is a folder with files"):
        bring(web.put_version("data.nc", CONTENT), tmp_path)
    assert (tmp_path / "data.nc" / "mine").exists()


def test_bring_works_without_a_cache(web, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(CacheError, match=r"cannot be used(.|\n)*ROMPY_CACHE_DIR"):
        Cache()
    assert bring(web.put_version("data.nc", CONTENT), tmp_path / "run").read_bytes() == CONTENT


def test_bring_of_local_files_and_links_is_as_ever(web, tmp_path):
    source = tmp_path / "data.nc"
    source.write_bytes(CONTENT)
    assert bring(source, tmp_path / "run", link=True).is_symlink()
    with pytest.raises(TransferError, match="link"):
        bring(web.put_version("data.nc", CONTENT), tmp_path / "run", link=True)


def test_a_store_is_asked_for_its_version(s3, tmp_path, cache):
    s3.pipe_file("bucket/a.nc", CONTENT)
    first = fetch("s3://bucket/a.nc")
    assert first.read_bytes() == CONTENT
    assert fetch("s3://bucket/a.nc") == first
    assert len(cache.entries()) == 1
    s3.pipe_file("bucket/a.nc", OTHER)
    assert fetch("s3://bucket/a.nc").read_bytes() == OTHER
    assert bring("s3://bucket/a.nc", tmp_path / "run").read_bytes() == OTHER
    with pytest.raises(MissingFileError):
        fetch("s3://bucket/nothing.nc")


def test_a_folder_of_a_store_comes_directly(s3, tmp_path, cache):
    s3.pipe_file("bucket/store.zarr/a", b"a")
    assert contents(bring("s3://bucket/store.zarr", tmp_path / "run")).keys() == {"a"}
    assert cache.entries() == []


def test_credentials_come_from_the_users_own_file(web, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password geheim\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    fetch(web.put_version("data.nc", CONTENT))
    assert web.asked[0]["Authorization"].startswith("Basic ")
    web.statuses["other.nc"] = [401]
    with pytest.raises(TransferError, match=r"401(.|\n)*netrc") as caught:
        fetch(f"{web.url}/other.nc")
    assert "geheim" not in str(caught.value)
