"""Downloads arrive whole or not at all, and are tried again only where that can help."""

import logging
import time
from types import SimpleNamespace

import httpx
import pytest

from rompy.core.http_handler import download_http_file, extract_filename_from_url
from rompy.testing import contents
from rompy.transfer import download

BODY = b"0123456789" * 10_000


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """Pauses between attempts, recorded instead of waited for."""
    waited = []
    monkeypatch.setattr(download, "time", SimpleNamespace(sleep=waited.append))
    return waited


def test_a_file_is_downloaded_into_a_folder_that_is_made(web, tmp_path):
    path = download_http_file(web.put("a/data.nc", BODY), tmp_path / "new", timeout=5)
    assert path == tmp_path / "new" / "data.nc"
    assert path.read_bytes() == BODY
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["data.nc"]


def test_an_existing_file_is_reused(web, tmp_path):
    (tmp_path / "data.nc").write_bytes(b"here already")
    assert download_http_file(web.put("data.nc", BODY), tmp_path).read_bytes() == b"here already"
    assert web.requests == []


def test_an_empty_file_is_not_reused(web, tmp_path):
    (tmp_path / "data.nc").touch()
    assert download_http_file(web.put("data.nc", BODY), tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_what_another_attempt_cannot_change_fails_at_once(status, web, tmp_path, pauses):
    url = web.put("data.nc", BODY)
    web.statuses["data.nc"] = [status]
    with pytest.raises(httpx.HTTPStatusError, match=str(status)) as caught:
        download_http_file(url, tmp_path)
    assert caught.value.response.status_code == status
    assert (len(web.requests), pauses) == (1, [])
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status, web, tmp_path, pauses):
    url = web.put("data.nc", BODY)
    web.statuses["data.nc"] = [status, status]
    assert download_http_file(url, tmp_path).read_bytes() == BODY
    assert pauses == [1, 2]


def test_three_further_attempts_are_made_and_no_more(web, tmp_path, pauses):
    url = web.put("data.nc", BODY)
    web.statuses["data.nc"] = [500] * 10
    with pytest.raises(httpx.HTTPStatusError, match="500"):
        download_http_file(url, tmp_path)
    assert (len(web.requests), pauses) == (4, [1, 2, 4])
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(("asked", "waited"), [("3", 3), ("86400", 30), ("Fri, 31 Dec 1999 23:59:59 GMT", 1)])
def test_a_server_may_ask_for_a_longer_pause_within_bounds(asked, waited, web, tmp_path, pauses):
    url = web.put("data.nc", BODY)
    web.statuses["data.nc"] = [503]
    web.headers["data.nc"] = {"Retry-After": asked}
    download_http_file(url, tmp_path)
    assert pauses == [waited]


def test_a_truncated_body_is_noticed_and_tried_again(web, tmp_path):
    url = web.put("data.nc", BODY)
    web.cut["data.nc"] = [len(BODY) // 2]
    assert download_http_file(url, tmp_path).read_bytes() == BODY
    assert len(web.requests) == 2


def test_a_body_that_is_always_truncated_is_never_kept(web, tmp_path):
    (tmp_path / "data.nc").touch()
    url = web.put("data.nc", BODY)
    web.cut["data.nc"] = [10] * 4
    with pytest.raises(httpx.TransportError):
        download_http_file(url, tmp_path)
    assert (tmp_path / "data.nc").read_bytes() == b""
    assert [p.name for p in tmp_path.iterdir()] == ["data.nc"]


def test_a_silent_server_does_not_hold_us_for_ever(web, tmp_path, wait_for):
    url = web.put("data.nc", BODY)
    web.delay["data.nc"] = 600
    began = time.monotonic()
    with pytest.raises(httpx.TimeoutException):
        download_http_file(url, tmp_path, timeout=0.1)
    assert time.monotonic() - began < 300
    wait_for(lambda: len(web.requests) == 4)  # it may read the last one later


def test_nobody_listening_is_tried_again_and_reported(tmp_path, pauses):
    with pytest.raises(httpx.ConnectError):
        download_http_file("http://127.0.0.1:9/data.nc", tmp_path, timeout=1)
    assert pauses == [1, 2, 4]


@pytest.mark.parametrize("stated", [True, False])
def test_what_is_too_large_is_refused(stated, web, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MAX_BYTES", 1000)
    url = web.put("data.nc", BODY)
    if not stated:
        web.headers["data.nc"] = {"Content-Length": None, "Connection": "close"}
    with pytest.raises(ValueError, match="larger than"):
        download_http_file(url, tmp_path)
    assert contents(tmp_path) == {}


def test_redirects_are_followed(web, tmp_path):
    url = web.put("data.nc", BODY)
    web.statuses["old.nc"] = [302]
    web.headers["old.nc"] = {"Location": url}
    path = download_http_file(f"{web.url}/old.nc", tmp_path)
    assert (path.name, path.read_bytes()) == ("old.nc", BODY)


def test_secrets_of_the_address_stay_out_of_messages_and_logs(web, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    web.statuses["data.nc"] = [500, 403]
    web.put("data.nc", BODY)
    with pytest.raises(httpx.HTTPStatusError) as caught:
        download_http_file(f"{web.url}/data.nc?token=geheim", tmp_path)
    assert {record.name.partition(".")[0] for record in caplog.records} == {"rompy", "httpx"}
    assert "geheim" not in str(caught.value) + caplog.text


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://host/a/data.nc", "data.nc"),
        ("https://host/a/data.nc?x=1&y=/z#f", "data.nc"),
        ("https://host/two%20words.nc", "two words.nc"),
        ("https://host/folder/", "download"),
        ("https://host", "download"),
        ("https://host/..", "download"),
        ("https://host/%2e%2e%2fpasswd", "download"),
        ("https://host/a%00b", "download"),
    ],
)
def test_name_in_a_url(url, name):
    assert extract_filename_from_url(url) == name
