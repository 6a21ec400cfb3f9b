"""A batch keeps account of every file at every destination."""

import threading
import time

import pytest

from rompy.errors import ConfigError, TransferError
from rompy.testing import faked_plugins
from rompy.transfer import FileTransfer, TransferFailurePolicy, TransferManager


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / "ww3 out.nc", tmp_path / "b.nc"]
    for path in paths:
        path.write_text(path.name)
    return paths


def test_each_file_goes_to_each_destination_under_its_new_name(files, tmp_path):
    result = TransferManager().transfer_files(
        files=files,
        destinations=[str(tmp_path / "x"), (tmp_path / "y").as_uri()],
        name_map={files[0]: "a/renamed.nc", files[1]: "100%.nc"},
        policy=TransferFailurePolicy.FAIL_FAST,
    )
    assert (result.total, result.succeeded, result.failed, result.all_succeeded()) == (4, 4, 0, True)
    for folder in ("x", "y"):
        assert (tmp_path / folder / "a" / "renamed.nc").read_text() == "ww3 out.nc"
        assert (tmp_path / folder / "100%.nc").read_text() == "b.nc"
    first = result.items[0]
    assert (first.local_path, first.target_name, first.ok, first.error) == (
        files[0],
        "a/renamed.nc",
        True,
        None,
    )
    assert first.dest_uri == str(tmp_path / "x" / "a" / "renamed.nc")


def test_a_file_without_a_new_name_keeps_its_own(files, tmp_path):
    result = TransferManager().transfer_files(files=map(str, files), destinations=[str(tmp_path / "x")])
    assert [item.target_name for item in result.items] == ["ww3 out.nc", "b.nc"]


def test_going_on_after_a_failure_records_it(files, tmp_path):
    missing = tmp_path / "missing.nc"
    result = TransferManager().transfer_files(
        files=[missing, files[1]],
        destinations=["gopher://host", str(tmp_path / "x")],
        name_map={missing: "m.nc"},
        policy=TransferFailurePolicy.CONTINUE,
    )
    assert (result.total, result.succeeded, result.failed) == (4, 1, 3)
    assert not result.all_succeeded()
    assert not result
    errors = [item.error for item in result.items]
    assert errors[0].startswith("UnknownSchemeError: No transfer registered for scheme 'gopher'")
    assert errors[2].startswith("MissingFileError: ")
    assert errors[3] is None
    assert [item.dest_uri for item in result.items[:3]] == [None] * 3


def test_failing_fast_raises_and_tries_nothing_more(files, tmp_path):
    with pytest.raises(FileNotFoundError):
        TransferManager().transfer_files(
            files=[tmp_path / "missing.nc", files[1]],
            destinations=[str(tmp_path / "x")],
            name_map={},
            policy=TransferFailurePolicy.FAIL_FAST,
        )
    assert not (tmp_path / "x").exists()


def test_policies_go_by_their_values():
    assert TransferFailurePolicy("continue") is TransferFailurePolicy.CONTINUE
    assert TransferFailurePolicy["FAIL_FAST"].value == "fail_fast"
    with pytest.raises(ValueError, match="sometimes"):
        TransferManager().transfer_files(files=[], destinations=[], name_map={}, policy="sometimes")


def test_a_destination_that_cannot_be_written_is_an_error(files):
    with pytest.raises(TransferError, match="put"):
        TransferManager().transfer_files(
            files=files[:1], destinations=["http://127.0.0.1:9"], policy=TransferFailurePolicy.FAIL_FAST
        )


class SlowTransfer(FileTransfer):
    """Takes its time, and counts how many do so at once."""

    at_once = []
    most = expected = 0
    more = threading.Condition()

    def put(self, local_path, uri):
        with self.more:
            self.at_once.append(uri)
            SlowTransfer.most = max(SlowTransfer.most, len(self.at_once))
            self.more.notify_all()
            self.more.wait_for(lambda: self.most >= self.expected, timeout=60)
        time.sleep(0.05)  # so that one too many would come in now
        self.at_once.remove(uri)
        if "bad" in str(uri):
            raise TransferError("bad")
        return str(uri)


@pytest.mark.parametrize(("workers", "most"), [(None, 4), (2, 2), (1, 1), (50, 8)])
def test_several_files_are_under_way_at_once_within_a_bound(workers, most, files):
    SlowTransfer.most, SlowTransfer.expected = 0, most
    with faked_plugins({"rompy.transfer": {"slow": SlowTransfer}}):
        result = TransferManager(workers).transfer_files(files * 2, ["slow://a", "slow://b"])
    assert [item.dest_uri for item in result.items] == [
        f"slow://{place}/{file.name}" for place in "ab" for file in files * 2
    ]
    assert SlowTransfer.most == most


def test_the_first_failure_ends_a_parallel_batch(files):
    SlowTransfer.expected = 0
    names = {file: f"{n}-{'bad' if n == 0 else 'good'}" for n, file in enumerate(files)}
    with (
        faked_plugins({"rompy.transfer": {"slow": SlowTransfer}}),
        pytest.raises(TransferError, match="bad"),
    ):
        TransferManager(2).transfer_files(files, ["slow://a"], names, TransferFailurePolicy.FAIL_FAST)


def test_no_workers_are_too_few():
    with pytest.raises(ConfigError, match="at least one"):
        TransferManager(0)
