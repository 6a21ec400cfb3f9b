"""Hostile and damaged archives. Each test makes sure that nothing was written."""

import json
import stat
import time
import zipfile
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rompy.errors import ArchiveError, MissingFileError, WorkspaceError
from rompy.provenance.archive import archive
from rompy.provenance.archive_index import ArchiveIndex, Member
from rompy.provenance.restore import restore

INDEX = ".rompy/archive.json"


def index_of(files, /, **changes):
    told = {n: {"bytes": len(d), "sha256": sha256(d).hexdigest()} for n, d in files.items()}
    whole = {"format": "rompy-archive/1", "title": "x", "inputs": "by-reference", "files": told, "links": {}}
    return json.dumps({**whole, "copies": {}, "references": [], **changes}).encode()


def make(path, files, /, index=None, members=None, **changes):
    """An archive of ``files``; ``members`` are (name or ZipInfo, data) written instead of them."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members if members is not None else files.items():
            file.writestr(name, data)
        file.writestr(INDEX, index_of(files, **changes) if index is None else index)
    return path


@pytest.fixture
def refused(tmp_path):
    """``refused(path, words)``: it cannot be restored, and leaves nothing behind, nowhere."""

    def refused(path, words=None, **options):
        place = tmp_path / "place"
        place.mkdir(exist_ok=True)
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(ArchiveError, match=words) as error:
            restore(path, place / "sub" / "target", **options)
        assert str(path) in str(error.value)
        assert sorted(tmp_path.rglob("*")) == before

    return refused


def info(name, mode=stat.S_IFREG | 0o644, **fields):
    found = zipfile.ZipInfo(name)
    found.external_attr = mode << 16
    for key, value in fields.items():
        setattr(found, key, value)
    return found


def test_a_good_one_is_unpacked(tmp_path):
    make(tmp_path / "a.zip", {"a/b.txt": b"hello", "c": b""})
    done = restore(tmp_path / "a.zip", tmp_path / "new" / "folder")
    assert (tmp_path / "new/folder/a/b.txt").read_bytes() == b"hello"
    assert (done.files, done.bytes) == (2, 5)


@pytest.mark.parametrize(
    "name", ["../evil", "/evil", "a/../../evil", "C:\\evil", "..\\evil", "a/./b", "a//b"]
)
def test_names_that_lead_out_are_refused(tmp_path, refused, name):
    refused(make(tmp_path / "a.zip", {name: b"x"}))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["..", ".", "", "a", "A", "/", "\\", "c:", "x\0", "~root", "é"]),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_the_names_are_nothing_is_written_outside(tmp_path, parts):
    place = tmp_path / "fence"
    place.mkdir(exist_ok=True)
    name = "/".join(parts) or "."
    path = make(tmp_path / "a.zip", {name: b"x"})
    (tmp_path / "witness").write_text("untouched")
    outside = sorted(p for p in tmp_path.rglob("*") if place not in p.parents)
    try:
        restore(path, place / "target")
    except ArchiveError:
        assert list(place.iterdir()) == []
    else:
        inside = [p for p in (place / "target").rglob("*") if p.is_file()]
        assert [p.relative_to(place / "target").as_posix() for p in inside] == [name]
        import shutil

        shutil.rmtree(place / "target")
    assert sorted(p for p in tmp_path.rglob("*") if place not in p.parents) == outside


@pytest.mark.parametrize(
    "mode",
    [stat.S_IFLNK | 0o777, stat.S_IFCHR | 0o666, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFDIR],
)
def test_links_devices_and_folders_among_the_members_are_refused(tmp_path, refused, mode):
    refused(make(tmp_path / "a.zip", {"a": b"x"}, members=[(info("a", mode), b"x")]), "not a regular file")


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside", "nothing", "other", ".."])
def test_links_that_lead_out_or_to_links_are_refused(tmp_path, refused, target):
    links = {"link": target, "other": "a"}
    refused(make(tmp_path / "a.zip", {"a": b"x"}, links=links), "link")


def test_no_file_is_written_through_a_link(tmp_path, refused):
    (tmp_path / "outside").mkdir()
    refused(
        make(tmp_path / "a.zip", {"d/x": b"x", "e/y": b""}, links={"d": "e"}),
        "two files, or a file and a folder",
    )


@pytest.mark.parametrize("names", [["a", "A"], ["a", "a/b"], ["A/x", "a/y"], ["é", "e\u0301"]])
def test_names_that_collide_are_refused(tmp_path, refused, names):
    refused(make(tmp_path / "a.zip", dict.fromkeys(names, b"x")))


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_member_twice_is_refused(tmp_path, refused):
    refused(make(tmp_path / "a.zip", {"a": b"x"}, members=[("a", b"x"), ("a", b"y")]), "two files")


def test_more_or_less_than_the_list_says_is_refused(tmp_path, refused):
    refused(
        make(tmp_path / "more.zip", {"a": b"x"}, members=[("a", b"x"), ("b", b"")]),
        "'b', which is not in its list",
    )
    refused(make(tmp_path / "less.zip", {"a": b"x", "b": b""}, members=[("a", b"x")]), "lacks the file 'b'")


def test_a_changed_file_is_refused(tmp_path, refused):
    refused(make(tmp_path / "a.zip", {"a": b"good"}, members=[("a", b"evil")]), "changed or damaged")
    refused(make(tmp_path / "b.zip", {"a": b"good"}, members=[("a", b"longer")]), "not the size")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, refused, monkeypatch):
    zeros = bytes(50_000_000)
    path = make(tmp_path / "bomb.zip", {"zeros": zeros})
    assert path.stat().st_size < 100_000
    monkeypatch.setattr("rompy.provenance.restore.ALWAYS", 1_000_000)
    refused(path, "50,000,000 bytes, the limit is")
    refused(path, "the limit is 1,000", max_bytes=1000)
    assert restore(path, tmp_path / "trusted", max_bytes=10**9).bytes == 50_000_000


def test_a_bomb_that_states_a_small_size_is_stopped(tmp_path, refused):
    path = make(tmp_path / "bomb.zip", {"a": bytes(10)}, members=[("a", bytes(30_000_000))])
    data = bytearray(path.read_bytes())
    # The size in the directory of the archive, at its end, is what is believed first.
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"PK\x01\x02"))
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    refused(path)


def test_a_list_that_is_itself_a_bomb_is_refused(tmp_path, refused, monkeypatch):
    monkeypatch.setattr("rompy.provenance.archive_index.LARGEST", 1000)
    refused(make(tmp_path / "a.zip", {}, index=b" " * 5000), "list of contents is too large")


def test_a_list_that_is_much_larger_than_its_archive_is_refused_unread(tmp_path, refused):
    whole = index_of({})
    refused(make(tmp_path / "a.zip", {}, index=whole + b" " * 30_000_000), "list of contents is too large")


def test_many_links_and_copies_are_checked_in_no_time(tmp_path):
    names = [f"{i // 100}/{i}" for i in range(5000)]
    many = ArchiveIndex(
        title="x",
        members=dict.fromkeys(names, Member(0, sha256(b"").hexdigest())),
        links={f"links/{i}": f"../{name}" for i, name in enumerate(names)},
        copies={name: name for name in names},
    )
    started = time.process_time()
    assert ArchiveIndex.from_json(many.to_json()) == many
    assert time.process_time() - started < 10  # for each to look at all takes far longer


def test_more_than_the_disk_has_is_refused(tmp_path):
    files = {"a": {"bytes": 10**18, "sha256": "0" * 64}}
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("a", b"")
        file.writestr(INDEX, index_of({}, files=files))
    with pytest.raises(ArchiveError, match="not the size"):
        restore(tmp_path / "a.zip", tmp_path / "target", max_bytes=10**19)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.floats(0, 0.999))
def test_a_truncated_archive_is_refused(runs, tmp_path, share):
    whole = tmp_path / "whole.zip"
    if not whole.exists():
        archive(runs.pond, whole)
    data = whole.read_bytes()
    (tmp_path / "cut.zip").write_bytes(data[: int(share * len(data))])
    with pytest.raises(ArchiveError):
        restore(tmp_path / "cut.zip", tmp_path / "target")
    assert not (tmp_path / "target").exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(st.floats(0, 0.9999), st.integers(1, 255))
def test_a_flipped_byte_never_goes_unnoticed(tmp_path, share, change):
    whole = make(tmp_path / "whole.zip", {"a/b": b"hello " * 50, "c": b"world"})
    data = bytearray(whole.read_bytes())
    data[int(share * len(data))] ^= change
    (tmp_path / "bad.zip").write_bytes(data)
    try:
        done = restore(tmp_path / "bad.zip", tmp_path / "target")
    except ArchiveError:
        assert not (tmp_path / "target").exists()
        return
    # Times and versions of the zip format itself mean nothing to us.
    assert (done.root / "a/b").read_bytes() == b"hello " * 50
    assert (done.root / "c").read_bytes() == b"world"
    import shutil

    shutil.rmtree(tmp_path / "target")


@pytest.mark.parametrize(
    "index",
    [b"", b"no json", b"[]", b"{}", b'{"format": "rompy-archive/1"}', b"[" * 100_000,
     index_of({}, files={"a": {"bytes": -1, "sha256": "0" * 64}}),
     index_of({}, files={"a": {"bytes": 1.5, "sha256": ""}}),
     index_of({}, files=[]), index_of({}, links=[1]), index_of({}, inputs="both"), index_of({}, copies={"u": "gone"})],
)  # fmt: skip
def test_a_damaged_list_of_contents_is_refused(tmp_path, refused, index):
    refused(make(tmp_path / "a.zip", {}, index=index))


def test_another_version_of_the_format_is_refused(tmp_path, refused):
    refused(make(tmp_path / "a.zip", {}, format="rompy-archive/9"), "rompy-archive/9")


def test_what_is_no_archive_of_ours_is_refused(tmp_path, refused):
    (tmp_path / "text").write_text("hello")
    refused(tmp_path / "text", "not an archive")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        file.writestr("a", "b")
    refused(tmp_path / "other.zip", "rompy did not make it")
    with pytest.raises(MissingFileError):
        restore(tmp_path / "nothing.zip", tmp_path / "target")


@pytest.mark.parametrize("field", [{"flag_bits": 1}, {"compress_type": zipfile.ZIP_BZIP2}])
def test_encrypted_and_strangely_compressed_members_are_refused(tmp_path, refused, field):
    path = tmp_path / "a.zip"
    make(
        path, {"a": b"x"}, members=[(info("a", **{k: v for k, v in field.items() if k != "flag_bits"}), b"x")]
    )
    if "flag_bits" in field:
        data = bytearray(path.read_bytes())
        data[data.index(b"PK\x01\x02") + 8] |= 1
        path.write_bytes(data)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as file:
            file.writestr("a", b"x")
            file.writestr(zipfile.ZipInfo(INDEX), index_of({"a": b"x"}))
    refused(path, "encrypted|compressed in a way")


@pytest.mark.parametrize("there", ["file", "full", "link"])
def test_nothing_that_is_there_is_overwritten(tmp_path, there):
    target = tmp_path / "target"
    if there == "file":
        target.write_text("mine")
    elif there == "full":
        target.mkdir()
        (target / "mine").write_text("mine")
    else:
        target.symlink_to(tmp_path / "nowhere")
    make(tmp_path / "a.zip", {"a": b"x"})
    with pytest.raises(WorkspaceError, match="nothing is overwritten"):
        restore(tmp_path / "a.zip", target)
    assert there != "full" or [p.name for p in target.iterdir()] == ["mine"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "target").mkdir()
    restore(make(tmp_path / "a.zip", {"a": b"x"}), tmp_path / "target")
    assert (tmp_path / "target" / "a").read_bytes() == b"x"


def test_a_target_that_comes_into_being_meanwhile_is_left_alone(tmp_path, monkeypatch):
    from rompy.provenance import restore as module

    unpack = module._unpack

    def meanwhile(*arguments):
        unpack(*arguments)
        (tmp_path / "target").mkdir()
        (tmp_path / "target" / "theirs").write_text("theirs")

    monkeypatch.setattr(module, "_unpack", meanwhile)
    with pytest.raises(WorkspaceError):
        restore(make(tmp_path / "a.zip", {"a": b"x"}), tmp_path / "target")
    assert [p.name for p in (tmp_path / "target").iterdir()] == ["theirs"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip", "target"]
