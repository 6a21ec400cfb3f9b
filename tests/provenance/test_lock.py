"""A lock pins environment and inputs, and tells every difference."""

import platform
from importlib import metadata

import pytest

from rompy.errors import ConfigError, MissingFileError
from rompy.manifest import Input
from rompy.provenance.lock import Lock, LockError

WIND = Input(uri="wind.nc", kind="file", bytes=1, sha256="aa" * 32, path="/here/wind.nc", field="config.wind")
TIDE = Input(uri="https://example.org/tide", kind="remote", version={"etag": '"1"'}, bytes=2)


@pytest.fixture
def lock(tmp_path):
    versions = {"numpy": metadata.version("numpy"), "click": metadata.version("click")}
    return Lock(platform.python_version(), versions, (WIND, TIDE), tmp_path / "rompy.lock")


def test_a_lock_is_read_as_it_was_written(lock):
    lock.write(lock.path)
    again = Lock.read(lock.path)
    assert (again.python, again.distributions) == (lock.python, lock.distributions)
    assert [one.sha256 for one in again.inputs] == [WIND.sha256, None]
    assert "/here" not in lock.path.read_text()
    before = lock.path.read_bytes()
    again.write(lock.path)
    assert lock.path.read_bytes() == before


def test_versions_that_look_like_numbers_stay_texts(lock):
    lock = Lock("3.10", {"a": "1.10", "b": "2"}, (), lock.path)
    lock.write(lock.path)
    assert Lock.read(lock.path).distributions == {"a": "1.10", "b": "2"}


def test_what_is_pinned_passes(lock):
    lock.check_environment()
    lock.check_inputs([TIDE, WIND])
    lock.check_manifest({"inputs": [WIND.model_dump(), TIDE.model_dump()]})


def test_every_difference_of_the_environment_is_told(lock):
    other = Lock("3.1.4", {**lock.distributions, "click": "0.1", "nowhere": "9"}, (), lock.path)
    with pytest.raises(LockError) as caught:
        other.check_environment()
    assert caught.value.differences == (
        f"Python {platform.python_version()} instead of 3.1.4",
        f"click {metadata.version('click')} instead of 0.1",
        "nowhere 9 is not installed",
    )
    assert caught.value.exit_status == 11
    assert "3 differences" in str(caught.value)


def test_every_difference_of_the_inputs_is_told(lock):
    changed = TIDE.model_copy(update={"version": {"etag": '"2"'}})
    new = Input(uri="new.nc", kind="file", sha256="bb")
    with pytest.raises(LockError) as caught:
        lock.check_inputs([changed, new])
    assert caught.value.differences == (
        "input wind.nc is not read any more",
        "input new.nc is not pinned",
        'input https://example.org/tide has changed: "2" instead of "1"',
    )


def test_a_digest_decides_over_a_version(lock):
    pinned = Lock(lock.python, {}, (TIDE.model_copy(update={"sha256": "cc"}),), lock.path)
    pinned.check_inputs([TIDE.model_copy(update={"sha256": "cc", "version": {"etag": '"9"'}})])
    with pytest.raises(LockError, match="1 difference"):
        pinned.check_inputs([TIDE.model_copy(update={"sha256": "dd"})])


def test_one_input_read_in_several_parts_is_compared_part_by_part(lock):
    parts = [TIDE.model_copy(update={"slice": {"x": i}, "sha256": f"{i}"}) for i in range(2)]
    pinned = Lock(lock.python, {}, tuple(parts), lock.path)
    pinned.check_inputs(reversed(parts))
    with pytest.raises(LockError, match="in other parts"):
        pinned.check_inputs(parts[:1])


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("run_id: x\n", ConfigError, "no lock of rompy"),
        ("- 1\n", ConfigError, "no lock of rompy"),
        ("lock: 9\n", ConfigError, "format 9"),
        ("lock: 1\npython: 3.11.1\n", ConfigError, "damaged"),
        ("lock: 1\npython: 3.11.1\ndistributions: [1]\n", ConfigError, "damaged"),
        ("lock: 1\npython: 3.1\ndistributions: {}\ninputs: [{uri: x}]\n", ConfigError, "damaged"),
        ("lock: {", ConfigError, "rompy.lock"),
    ],
)
def test_what_is_no_lock_is_refused(tmp_path, text, error, reason):
    (tmp_path / "rompy.lock").write_text(text)
    with pytest.raises(error, match=reason):
        Lock.read(tmp_path / "rompy.lock")


def test_a_missing_lock_says_how_to_make_one(tmp_path):
    with pytest.raises(MissingFileError, match="rompy lock FILE"):
        Lock.read(tmp_path / "rompy.lock")
