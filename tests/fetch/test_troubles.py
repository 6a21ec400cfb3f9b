"""Whatever goes wrong while something is fetched has an error of its own, and the cache stays as it was."""

import hashlib
import os
import resource
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest

from rompy.core.remote import explained, filesystem
from rompy.errors import DataError, MissingFileError, TransferError
from rompy.fetch import Cache, fetch, fetch_part, held_within
from rompy.transfer import asking
from rompy.transfer.checksum import ChecksumError
from rompy.transfer.part import DiskFullError
from rompy.transfer.version import Version

BODY = bytes(range(256)) * 400
FOREVER = 100


@pytest.fixture
def former(web, cache):
    """What was in the cache before, and must be in it afterwards."""
    path = fetch(web.put_version("x.nc", b"former"))
    state = _state(cache)
    yield path
    assert _state(cache) == state
    assert path.read_bytes() == b"former"


def _state(cache):
    return {
        path.relative_to(cache.root): path.read_bytes()
        for folder in ("objects", "entries", "parts")
        for path in (cache.root / folder).rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def _stall(web):
    web.delay["x.nc"] = FOREVER


def _cut(web):
    web.versions["x.nc"] = {}
    web.cut["x.nc"] = [10] * FOREVER


def _lie(web):
    web.versions["x.nc"] = {}
    web.stated["x.nc"] = [len(BODY) + 10] * FOREVER


def _refuse(status):
    def refuse(web):
        web.statuses["x.nc"] = [status] * FOREVER
        web.headers["x.nc"] = {"Retry-After": "1"}

    return refuse


def _drip(web):
    web.versions["x.nc"] = {}
    web.drip["x.nc"] = (1, 0.05)


@pytest.mark.parametrize(
    ("trouble", "error", "said"),
    [
        (_stall, TransferError, "timed out"),
        (_drip, TransferError, "bytes arrived in|timed out"),
        (_cut, TransferError, "peer closed|bytes arrived|incomplete"),
        (_lie, TransferError, "peer closed|bytes arrived|incomplete"),
        (_refuse(429), TransferError, "429(.|\n)*fewer requests"),
        (_refuse(503), TransferError, "503"),
        (_refuse(401), TransferError, "401(.|\n)*netrc"),
        (_refuse(403), TransferError, "403(.|\n)*access"),
        (_refuse(404), MissingFileError, "does not exist"),
    ],
    ids=["stalls", "drips", "cuts", "lies", "429", "503", "401", "403", "404"],
)
def test_a_server_in_trouble(trouble, error, said, web, former):
    web.put_version("x.nc", BODY, etag='"2"', ranges=False)
    trouble(web)
    with pytest.raises(error, match=said):
        fetch(f"{web.url}/x.nc", timeout=0.3 if trouble in (_stall, _drip) else 60)


def test_a_wrong_checksum(web, former):
    web.put_version("x.nc", BODY, etag='"2"')
    with pytest.raises(ChecksumError, match="wrong checksum"):
        fetch(f"{web.url}/x.nc", checksum="sha256:" + hashlib.sha256(b"other").hexdigest())


def test_a_file_that_may_not_grow_further(web, former):
    """A limit of the system, which ends writing as a full disk does, though under another name."""
    web.put_version("x.nc", BODY, etag='"2"', ranges=False)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
        with pytest.raises(DiskFullError, match="may not become larger"):
            fetch(f"{web.url}/x.nc")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("kind", ["full", "broken"])
def test_a_part_that_breaks_off(kind, cache, web, former):
    def bring(path):
        path.write_bytes(BODY[:1000])
        if kind == "full":
            with Path("/dev/full").open("wb", buffering=0) as device:
                device.write(BODY)
        raise DataError("the server answers nonsense")

    with pytest.raises(DiskFullError if kind == "full" else DataError):
        fetch_part(f"{web.url}/x.nc", {"time": [0, 1]}, bring, version=lambda: Version('"1"'))


def test_a_part_of_what_changes_all_the_time(cache, web, former):
    tags = iter(range(1000))
    with pytest.raises(TransferError, match="changed each time"):
        fetch_part(
            f"{web.url}/x.nc",
            {"time": [0, 1]},
            lambda path: path.write_bytes(BODY),
            version=lambda: Version(f'"{next(tags)}"'),
        )


def test_a_version_is_asked_for_again_where_that_can_help(web, monkeypatch):
    monkeypatch.setattr(asking, "time", SimpleNamespace(sleep=lambda seconds: None))
    url = web.put_version("x.nc", BODY)
    web.statuses["x.nc"] = [503, 429]
    assert asking.ask(url).content == BODY
    assert len(web.requests) == 3
    web.statuses["x.nc"] = [404]
    with pytest.raises(Exception, match="404"):
        asking.ask(url)
    assert len(web.requests) == 4


@pytest.mark.parametrize(("scheme", "place"), [("s3", "AWS_"), ("gs", "GOOGLE_"), ("az", "AZURE_")])
def test_no_credentials_are_told_from_other_troubles(scheme, place):
    class DefaultCredentialsError(Exception):
        """As Google's and others' libraries call it."""

    told = explained(DefaultCredentialsError("none"), f"{scheme}://bucket/x")
    assert f"no credentials for {scheme}://bucket/x" in str(told)
    assert place in str(told)
    refused = explained(PermissionError("no"), f"{scheme}://bucket/x")
    assert "refused" in str(refused)
    assert place in str(refused)


def test_no_account_of_azure_is_no_credentials(monkeypatch):
    pytest.importorskip("adlfs")
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    with pytest.raises(DataError, match="no credentials for az://container/x"):
        filesystem("az://container/x")


def test_what_was_handed_out_within_a_block_is_let_go_at_its_end(web, cache):
    url, other = web.put_version("x.nc", BODY), web.put_version("y.nc", b"other")
    fetch(other)
    with held_within():
        with held_within():
            fetch(url)
        fetch(url)
        assert cache.prune(0) == []
    assert [entry.address for entry in cache.prune(0)] == [url]
    fetch(url)
    with held_within():
        fetch(url)
    assert cache.prune(0) == []
    cache.release()
    assert len(Cache().prune(0)) == 2
