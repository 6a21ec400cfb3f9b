"""Digests that are made beside other work, within a limit."""

import hashlib

from rompy.digest import DigestCache
from rompy.digest.background import SAMPLE, SAMPLES, BackgroundDigests, sampled


def test_files_are_read_beside_other_work(tmp_path):
    paths = []
    for i in range(50):
        (tmp_path / str(i)).write_text(str(i))
        paths.append(str(tmp_path / str(i)))
    digests = BackgroundDigests(10**9, DigestCache(tmp_path / "cache.sqlite"))
    for path in [*paths, str(tmp_path / "none")]:
        digests.begin(path)
    found = digests.results()
    assert found == {
        path: {"bytes": len(str(i)), "sha256": hashlib.sha256(str(i).encode()).hexdigest()}
        for i, path in enumerate(paths)
    }
    assert digests.results() == found


def test_beyond_the_limit_files_are_known_by_samples(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(SAMPLE * SAMPLES * 4)
    digests = BackgroundDigests(1000, DigestCache(tmp_path / "cache.sqlite"))
    digests.begin(str(path))
    found = digests.results()[str(path)]
    assert found == sampled(path)
    assert found["bytes"] == SAMPLE * SAMPLES * 4
    assert "sha256" not in found
    with path.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"x")
    assert sampled(path) != found


def test_what_is_stopped_begins_nothing_more_and_does_not_hang(tmp_path):
    digests = BackgroundDigests(10)
    digests.stop()
    digests.begin(str(tmp_path / "x"))
    assert digests.results() == {}
    assert BackgroundDigests(10).results() == {}


def test_what_goes_wrong_in_the_background_is_a_warning(tmp_path, monkeypatch, caplog):
    (tmp_path / "x").touch()
    digests = BackgroundDigests(1000, DigestCache(tmp_path / "cache"))

    def broken(paths):
        raise RuntimeError("what now")

    monkeypatch.setattr(digests._cache, "look_up", broken)
    digests.begin(str(tmp_path / "x"))
    assert digests.results() == {}
    assert "digests of inputs could not be made: RuntimeError: what now" in caplog.text
