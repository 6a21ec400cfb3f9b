"""A download that breaks off is continued where the server can, and never put together from two versions."""

import hashlib
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from types import SimpleNamespace

import httpx
import pytest

from rompy.errors import ConfigError
from rompy.transfer import download as module
from rompy.transfer.checksum import Checksum, ChecksumError
from rompy.transfer.download import download
from rompy.transfer.part import Part
from rompy.transfer.stream import Request

BODY = bytes(range(256)) * 2000
OTHER = BODY[::-1]
HALF = len(BODY) // 2


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """Pauses between attempts, recorded instead of waited for."""
    waited = []
    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=waited.append))
    return waited


@pytest.fixture
def part(tmp_path):
    return Part(tmp_path / "data.part", tmp_path / "data.json")


def _ranges(web):
    return [asked.get("Range") for asked in web.asked]


def test_only_the_rest_is_asked_for_again(web, part):
    url = web.put_version("x.nc", BODY)
    web.cut["x.nc"] = [HALF]
    version = download(Request(url), part)
    assert part.path.read_bytes() == BODY
    assert _ranges(web) == [None, f"bytes={HALF}-"]
    assert web.asked[1]["If-Range"] == '"1"'
    assert (version.etag, version.size) == ('"1"', len(BODY))


def test_a_later_process_continues_what_an_earlier_one_left(web, part):
    url = web.put_version("x.nc", BODY)
    web.cut["x.nc"] = [1000] * 4
    with pytest.raises(httpx.TransportError):
        download(Request(url), part)
    assert part.size == 4000
    again = Part(part.path, part.memo)
    download(Request(url), again)
    assert again.path.read_bytes() == BODY
    assert _ranges(web)[-1] == "bytes=4000-"


@pytest.mark.parametrize("kind", ["no ranges", "weak tag", "no version", "says none", "just modified"])
def test_what_cannot_be_continued_safely_begins_anew(kind, web, part):
    url = web.put_version(
        "x.nc", BODY, etag='W/"1"' if kind == "weak tag" else '"1"', ranges=kind != "no ranges"
    )
    if kind in ("no version", "just modified"):
        web.versions["x.nc"] = {}
    if kind == "just modified":
        web.versions["x.nc"] = {"Last-Modified": format_datetime(datetime.now(timezone.utc), usegmt=True)}
    if kind == "says none":
        web.headers["x.nc"] = {"Accept-Ranges": "none"}
    web.cut["x.nc"] = [HALF]
    download(Request(url), part)
    assert part.path.read_bytes() == BODY
    assert len(web.requests) == 2


def test_the_time_of_modification_will_do_when_it_is_past(web, part):
    url = web.put_version("x.nc", BODY)
    web.versions["x.nc"] = {"Last-Modified": "Fri, 31 Dec 1999 23:59:59 GMT"}
    web.cut["x.nc"] = [HALF]
    download(Request(url), part)
    assert part.path.read_bytes() == BODY
    assert _ranges(web)[1] == f"bytes={HALF}-"


def test_what_changes_between_two_requests_is_fetched_anew(web, part):
    url = web.put_version("x.nc", BODY)
    web.cut["x.nc"] = [HALF]
    web.then["x.nc"] = [(OTHER, {"ETag": '"2"'})]
    version = download(Request(url), part)
    assert part.path.read_bytes() == OTHER
    assert version.etag == '"2"'


@pytest.mark.parametrize(("new", "told"), [(OTHER, '"2"'), (OTHER + b"longer", '"1"')])
def test_a_server_that_ignores_if_range_is_found_out(new, told, web, part, monkeypatch):
    url = web.put_version("x.nc", BODY)
    web.cut["x.nc"] = [HALF]
    web.then["x.nc"] = [(new, {"ETag": '"1"'})]  # for the server, the tag that is asked for still holds

    def tell_otherwise(seconds):
        web.headers["x.nc"] = {"ETag": told}

    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=tell_otherwise))
    download(Request(url), part)
    assert part.path.read_bytes() == new
    assert len(web.requests) == 3


@pytest.mark.parametrize("stated", ["bytes 0-9/512000", "bytes 5-9/512000", "nonsense", None])
def test_another_part_than_asked_for_is_not_put_behind_the_first(stated, web, part):
    url = web.put_version("x.nc", BODY)
    web.cut["x.nc"] = [HALF]

    def lie(seconds):
        web.headers["x.nc"] = {} if web.headers["x.nc"] else {"Content-Range": stated}

    module.time.sleep = lie
    download(Request(url), part)
    assert part.path.read_bytes() == BODY


def test_a_file_that_has_become_shorter_begins_anew(web, part):
    url = web.put_version("x.nc", BODY)
    web.cut["x.nc"] = [HALF]
    web.then["x.nc"] = [(BODY[:100], {"ETag": '"1"'})]
    download(Request(url), part)
    assert part.path.read_bytes() == BODY[:100]


@pytest.mark.parametrize("by", [-1000, 1000])
def test_a_lie_about_the_length_is_found_out(by, web, part):
    url = web.put_version("x.nc", BODY)
    web.stated["x.nc"] = [len(BODY) + by] * 4
    checksum = Checksum("sha256", hashlib.sha256(BODY).hexdigest())
    with pytest.raises((httpx.TransportError, ChecksumError)):
        download(Request(url), part, checksum=checksum)


def test_a_length_is_not_believed_against_what_has_been_told_before(web, part):
    url = web.put_version("x.nc", BODY)
    web.cut["x.nc"] = [HALF]
    web.stated["x.nc"] = [len(BODY), 10]
    download(Request(url), part)
    assert part.path.read_bytes() == BODY
    assert len(web.requests) == 3


def test_a_server_that_drips_is_given_up(web, part):
    url = web.put_version("x.nc", BODY)
    web.drip["x.nc"] = (10, 0.05)
    began = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        download(Request(url, timeout=0.2), part)
    assert time.monotonic() - began < 300  # all of it would take three quarters of an hour


def test_a_server_that_falls_silent_in_the_middle_is_given_up_and_continued(web, part):
    url = web.put_version("x.nc", BODY)
    web.drip["x.nc"] = (HALF, 600)
    began = time.monotonic()
    download(Request(url, timeout=0.2), part)
    assert part.path.read_bytes() == BODY
    assert time.monotonic() - began < 300


def test_progress_that_need_not_be_made_again_earns_further_attempts(web, part, monkeypatch, pauses):
    monkeypatch.setattr(module, "WORTHWHILE", 50_000)
    url = web.put_version("x.nc", BODY)
    web.cut["x.nc"] = [60_000] * 8
    download(Request(url), part)
    assert part.path.read_bytes() == BODY
    assert pauses == [1] * 8


def test_a_date_in_retry_after_is_understood(web, part, pauses):
    url = web.put_version("x.nc", BODY)
    web.statuses["x.nc"] = [429]
    later = datetime.now(timezone.utc) + timedelta(seconds=25)
    web.headers["x.nc"] = {"Retry-After": format_datetime(later, usegmt=True)}
    download(Request(url), part)
    assert 1 < pauses[0] <= 25


def test_progress_is_told_and_can_end_the_transfer(web, part):
    url = web.put_version("x.nc", BODY) + "?token=geheim"
    web.cut["x.nc"] = [HALF]
    told = []
    download(Request(url), part, on_progress=told.append)
    assert told[-1].is_complete
    assert (told[-1].total, told[-1].attempt) == (len(BODY), 2)
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert "geheim" not in str(told)

    def cancel(progress):
        raise KeyboardInterrupt

    part.discard()
    with pytest.raises(KeyboardInterrupt):
        download(Request(url), part, on_progress=cancel)


def test_what_is_known_is_not_sent_again(web, part):
    url = web.put_version("x.nc", BODY)
    known = download(Request(url), part)
    part.discard()
    assert download(Request(url, known=known), part) is None
    assert web.asked[-1]["If-None-Match"] == '"1"'
    assert part.size == 0


def test_a_server_without_conditional_requests_still_need_not_send_it_again(web, part):
    url = web.put_version("x.nc", BODY, etag='W/"1"')
    known = download(Request(url), part)
    web.versions["x.nc"], web.headers["x.nc"] = {}, {"ETag": 'W/"1"'}
    assert download(Request(url, known=known), part) is None
    web.headers["x.nc"] = {"ETag": 'W/"2"'}
    assert download(Request(url, known=known), part).etag == 'W/"2"'


def test_a_wrong_checksum_is_an_error_with_the_numbers_in_it(web, part):
    url = web.put_version("x.nc", BODY)
    wrong = "0" * 64
    with pytest.raises(ChecksumError, match=f"{hashlib.sha256(BODY).hexdigest()} instead of {wrong}"):
        download(Request(url), part, checksum=Checksum.parse(wrong))
    assert part.size == 0
    assert len(web.requests) == 1


def test_pieces_that_do_not_fit_together_are_fetched_anew(web, part):
    url = web.put_version("x.nc", BODY)
    part.path.write_bytes(OTHER[:HALF])
    part.version = module.Version('"1"', None, len(BODY))
    download(Request(url), part, checksum=Checksum.parse(hashlib.md5(BODY).hexdigest()))
    assert part.path.read_bytes() == BODY


@pytest.mark.parametrize("text", ["", "sha256:xyz", "sha256:" + "0" * 32, "crc:00000000", "z" * 64])
def test_what_is_no_checksum_is_refused(text):
    with pytest.raises(ConfigError, match="not a checksum"):
        Checksum.parse(text)
