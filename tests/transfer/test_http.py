"""Trouble with a web server reaches people as an error of rompy's own."""

import httpx
import pytest

from rompy.errors import MissingFileError, TransferError
from rompy.testing import contents
from rompy.transfer import HttpTransfer, download

transfer = HttpTransfer()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(download, "PAUSES", (0,))


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_not_there_is_a_missing_file(status, web, tmp_path):
    web.statuses["x"] = [status]
    with pytest.raises(MissingFileError, match="/x does not exist"):
        transfer.get(f"{web.url}/x?token=geheim", tmp_path)


def test_a_refusal_is_a_transfer_error_that_keeps_the_status(web, tmp_path):
    web.statuses["x"] = [403]
    with pytest.raises(TransferError, match="/x: 403") as caught:
        transfer.get(f"{web.url}/x?token=geheim", tmp_path)
    assert isinstance(caught.value.__cause__, httpx.HTTPStatusError)
    assert "geheim" not in str(caught.value)


def test_a_server_that_cannot_be_reached_is_a_transfer_error(tmp_path):
    with pytest.raises(TransferError, match=r"cannot fetch http://127.0.0.1:9/x"):
        transfer.get("http://127.0.0.1:9/x", tmp_path)
    assert contents(tmp_path) == {}


def test_an_address_that_is_none_is_a_transfer_error(tmp_path):
    with pytest.raises(TransferError):
        transfer.get("http://[::/x", tmp_path, name="x")


def test_it_passes_through_an_error_of_the_server(web, tmp_path):
    web.statuses["x.nc"] = [500]
    assert transfer.get(web.put("x.nc", b"body"), tmp_path).read_bytes() == b"body"
