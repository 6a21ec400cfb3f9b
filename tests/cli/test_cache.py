import json
from pathlib import Path

import pytest

from rompy.fetch import Cache, fetch


@pytest.fixture
def cached(web, folder, tmp_path, monkeypatch):
    """Three files in a cache of their own."""
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    cache = Cache()
    urls = [web.put_version(f"{name}.nc", name.encode() * 1000) for name in "abc"]
    paths = [fetch(f"{url}?token=geheim") for url in urls]
    cache.release()
    return paths


def test_the_list_tells_what_is_there_without_secrets(cached, rompy):
    result = rompy("cache", "list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["size", "fetched", "used", "version", "slice", "address"]
    assert [line.rpartition("/")[2] for line in lines[1:4]] == ["c.nc", "b.nc", "a.nc"]
    assert lines[4].startswith("3 kB of at most 21.5 GB in ")
    assert "geheim" not in result.output


def test_the_list_for_programs(cached, rompy):
    document = json.loads(rompy("cache", "list", "--json").stdout)
    assert (document["size"], len(document["entries"])) == (3000, 3)
    assert document["entries"][0]["digest"].startswith("sha256:")


def test_an_empty_cache(rompy, tmp_path, monkeypatch):
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "none"))
    assert rompy("cache", "list", "-q").stdout == "the cache is empty\n"
    assert rompy("cache", "verify").exit_code == 0


def test_prune_drops_what_was_used_longest_ago(cached, rompy):
    result = rompy("cache", "prune", "--to", "2kB")
    assert result.stdout == "dropped 1, 1 kB; 2 kB are left\n"
    assert [path.exists() for path in cached] == [False, True, True]
    assert rompy("cache", "prune").stdout == "dropped 0, 0 B; 2 kB are left\n"
    assert json.loads(rompy("cache", "prune", "--all", "--json").stdout)["freed"] == 2000


@pytest.mark.parametrize(("options", "status"), [(["--to", "much"], 3), (["--to", "1", "--all"], 2)])
def test_wrong_options(options, status, cached, rompy):
    assert rompy("cache", "prune", *options).exit_code == status
    assert all(path.exists() for path in cached)


def test_verify_tells_damage_by_its_status_and_repairs_it(cached, rompy):
    assert rompy("cache", "verify").stdout == "everything is as it came\n"
    cached[0].chmod(0o644)
    cached[0].write_bytes(b"x" * 1000)
    result = rompy("cache", "verify")
    assert (result.exit_code, "has the SHA-256" in result.stdout) == (10, True)
    assert rompy("cache", "verify", "--repair").exit_code == 0
    assert rompy("cache", "verify").exit_code == 0
    assert not Path(cached[0]).exists()


def test_a_folder_that_cannot_be_used_is_explained(rompy, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "file"))
    result = rompy("cache", "list")
    assert result.exit_code == 10
    assert "ROMPY_CACHE_DIR" in result.stderr
