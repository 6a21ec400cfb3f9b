"""Files from elsewhere come beside each other, once, and what cannot be had is left to who asks for it."""

import threading

import pytest

from rompy.core.ahead import fetch_ahead
from rompy.core.data import DataBlob
from rompy.core.parts import parts_of
from rompy.core.source.grib import SourceGrib
from rompy.fetch import Cache, bring
from rompy.fetch.turns import while_waiting


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ROMPY_WORKERS", raising=False)
    return Cache()


def _blobs(web, names):
    return {name: DataBlob(source=web.put_version(name, name.encode())) for name in names}


def test_files_come_at_once_and_only_once(web, tmp_path, monkeypatch):
    from rompy.fetch import fetching

    together, fetch = threading.Barrier(3), fetching.fetch

    def meet(address):
        with while_waiting():
            together.wait(30)
        return fetch(address)

    monkeypatch.setattr("rompy.fetch.fetch", meet)
    blobs = _blobs(web, ["a", "b", "c"])
    fetch_ahead(parts_of({"data": blobs, "again": blobs["a"]}))
    assert sorted(web.requests) == ["a", "b", "c"]
    web.asked.clear()
    assert bring(blobs["a"].source, tmp_path).read_bytes() == b"a"
    assert web.asked[0]["If-None-Match"] == '"1"'


def test_what_is_here_or_may_not_be_needed_is_not_fetched(web, tmp_path):
    (tmp_path / "here").touch()
    blob = _blobs(web, ["a"])["a"]
    here = DataBlob(source=tmp_path / "here")
    grib = SourceGrib(uri=web.put_version("b.grib", b"b"))
    places = [
        ("config.blob", here),
        ("config.wind.alternatives.0.source", grib),
        ("config.x.alternatives.1", blob),
    ]
    fetch_ahead(places)
    assert web.requests == []


def test_what_cannot_be_fetched_is_left_to_who_needs_it(web, cache):
    blobs = {**_blobs(web, ["a", "b"]), "c": DataBlob(source=f"{web.url}/not there")}
    blobs["d"] = DataBlob(source="gopher://host/x")
    fetch_ahead(parts_of(blobs))
    assert len(cache.entries()) == 2
