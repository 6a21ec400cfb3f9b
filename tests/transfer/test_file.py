"""Files and folders of this machine are copied and linked whole, and their sources survive everything."""

import os
import stat
import tracemalloc

import pytest

from rompy.errors import MissingFileError, TransferError
from rompy.testing import contents
from rompy.transfer import FileTransfer

transfer = FileTransfer()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source" / "data.nc"
    path.parent.mkdir()
    path.write_bytes(b"precious")
    return path


def test_permission_bits_are_kept_without_the_dangerous_ones(source, tmp_path):
    source.chmod(0o4751)
    assert stat.S_IMODE(transfer.get(source, tmp_path / "out").stat().st_mode) == 0o751


def test_a_read_only_copy_can_be_replaced(source, tmp_path):
    source.chmod(0o444)
    transfer.get(source, tmp_path / "out")
    assert transfer.get(source, tmp_path / "out").read_bytes() == b"precious"


def test_a_copy_counts_as_new(source, tmp_path):
    os.utime(source, (0, 0))
    assert transfer.get(source, tmp_path / "out").stat().st_mtime > 1e9


def test_memory_does_not_grow_with_the_file(tmp_path):
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(200 * 2**20)
    tracemalloc.start()
    transfer.get(big, tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20


def test_getting_a_file_onto_itself_changes_nothing(source):
    for link in (False, True):
        assert transfer.get(source, source.parent, link=link) == source
        assert not source.is_symlink()
        assert source.read_bytes() == b"precious"


def test_getting_a_link_onto_the_file_it_leads_to_changes_nothing(source, tmp_path):
    alias = tmp_path / "alias.nc"
    alias.symlink_to(source)
    for link in (False, True):
        transfer.get(alias, source.parent, name="data.nc", link=link)
        assert not source.is_symlink()
        assert source.read_bytes() == b"precious"


def test_a_link_is_not_chained_to_another_link(source, tmp_path):
    """A chain could become a ring when its first link is replaced."""
    alias = tmp_path / "alias.nc"
    alias.symlink_to(source)
    link = transfer.get(alias, tmp_path / "out", link=True)
    assert link.readlink() == type(link)("../source/data.nc")


def test_a_relative_link_holds_where_the_folder_is_reached_through_a_link(source, tmp_path):
    deep = tmp_path / "very" / "deep" / "folder"
    deep.mkdir(parents=True)
    (tmp_path / "short").symlink_to(deep)
    assert transfer.get(source, tmp_path / "short", link=True).read_bytes() == b"precious"


def test_a_link_survives_a_move_of_both_ends(source, tmp_path):
    (tmp_path / "project").mkdir()
    source.parent.rename(tmp_path / "project" / "source")
    transfer.get(tmp_path / "project" / "source" / "data.nc", tmp_path / "project" / "run", link=True)
    (tmp_path / "project").rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "run" / "data.nc").read_bytes() == b"precious"


def test_a_copy_over_a_hard_link_leaves_the_source_alone(source, tmp_path):
    (tmp_path / "out").mkdir()
    os.link(source, tmp_path / "out" / "data.nc")
    other = tmp_path / "other.nc"
    other.write_bytes(b"other")
    transfer.get(other, tmp_path / "out", name="data.nc")
    assert source.read_bytes() == b"precious"


@pytest.mark.parametrize("link", [False, True])
def test_a_folder_that_holds_the_source_is_not_replaced(link, source, tmp_path):
    with pytest.raises(TransferError, match="is inside it"):
        transfer.get(source, tmp_path, name="source", link=link)
    assert source.read_bytes() == b"precious"


@pytest.mark.parametrize("link", [False, True])
def test_a_folder_is_not_put_into_itself(link, source):
    with pytest.raises(TransferError, match="into itself"):
        transfer.get(source.parent, source.parent / "deeper", link=link)
    assert contents(source.parent).keys() == {"data.nc"}


def test_a_copied_folder_stands_on_its_own(source, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.nc").write_bytes(b"b")
    (source.parent / "alias.nc").symlink_to("data.nc")
    (source.parent / "linked").symlink_to(outside)
    (source.parent / "empty").mkdir(mode=0o555)
    copy = transfer.get(source.parent, tmp_path / "out")
    assert contents(copy).keys() == {"data.nc", "alias.nc", "linked/b.nc", "empty"}
    assert not any(path.is_symlink() for path in copy.rglob("*"))


def test_a_folder_with_a_ring_of_links_is_refused_at_once(source, tmp_path):
    (source.parent / "again").symlink_to(source.parent)
    (source.parent / "once more").symlink_to(source.parent)
    for attempt in (transfer.get, transfer.put):
        with pytest.raises(TransferError, match="a folder above itself"):
            attempt(source.parent, tmp_path / "out")
    assert contents(tmp_path / "out") in ({}, {"data.nc": contents(source.parent)["data.nc"]})


@pytest.mark.parametrize("kind", ["pipe", "dead link"])
def test_what_is_no_file_inside_a_folder_is_refused_and_leaves_nothing(kind, source, tmp_path):
    if kind == "pipe":
        os.mkfifo(source.parent / "odd")
    else:
        (source.parent / "odd").symlink_to("nowhere")
    with pytest.raises(TransferError, match="odd is neither"):
        transfer.get(source.parent, tmp_path / "out")
    assert contents(tmp_path / "out") == {}


def test_a_dead_link_is_missing_and_can_be_deleted(tmp_path):
    dead = tmp_path / "dead"
    dead.symlink_to("nowhere")
    assert not transfer.exists(dead)
    with pytest.raises(MissingFileError):
        transfer.get(dead, tmp_path / "out")
    transfer.delete(dead)
    assert not dead.is_symlink()


def test_deleting_a_link_spares_what_it_leads_to(source, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(source.parent)
    transfer.delete(link, recursive=True)
    assert source.read_bytes() == b"precious"


def test_an_empty_folder_is_deleted_without_asking_twice(tmp_path):
    (tmp_path / "empty").mkdir()
    transfer.delete(tmp_path / "empty")
    assert not (tmp_path / "empty").exists()


def test_the_root_is_never_deleted(monkeypatch):
    monkeypatch.setattr("shutil.rmtree", lambda path: pytest.fail(f"would have deleted {path}"))
    for address in ("/", "file:///", "/tmp/.."):
        with pytest.raises(TransferError, match="root of the file system"):
            transfer.delete(address, recursive=True)


def test_a_file_does_not_replace_a_folder_of_the_user(source, tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "mine.txt").write_text("mine")
    with pytest.raises(TransferError, match="results is a folder"):
        transfer.put(source, tmp_path / "results")
    assert contents(tmp_path / "results").keys() == {"mine.txt"}


def test_putting_an_empty_folder_makes_it(tmp_path):
    (tmp_path / "empty").mkdir()
    transfer.put(tmp_path / "empty", tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_an_unreadable_source_raises_and_leaves_nothing(source, tmp_path):
    if os.geteuid() == 0:
        pytest.skip("nothing is unreadable to root")
    source.chmod(0)
    with pytest.raises(PermissionError):
        transfer.get(source, tmp_path / "out")
    assert contents(tmp_path / "out") == {}


def test_an_address_of_another_scheme_is_refused(tmp_path):
    with pytest.raises(TransferError, match="not a file on this machine"):
        transfer.get("s3://bucket/x", tmp_path)
