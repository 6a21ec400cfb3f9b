import json
import os
import zipfile

import pytest

from rompy.core.workspace import Workspace
from rompy.errors import ArchiveError, DataError, WorkspaceError
from rompy.jobs.lock import WorkspaceLock
from rompy.manifest import ManifestError
from rompy.provenance.archive import archive
from rompy.provenance.crate import write_crate
from rompy.provenance.restore import restore


def test_an_archive_restores_to_the_same_files(runs, tmp_path, unchanged):
    with unchanged(runs.pond):
        done = archive(runs.pond, tmp_path / "pond.zip")
    restored = restore(tmp_path / "pond.zip", tmp_path / "back")
    for name in ("pond.nc", "results/summary.json", ".rompy/manifest.json", ".rompy/job.json"):
        assert (tmp_path / "back" / name).read_bytes() == (runs.pond / name).read_bytes()
    assert restored.files == len(done.index.members)
    assert restored.title == "pond"
    assert done.warnings == ()


def test_the_same_run_gives_the_same_archive(ran, tmp_path):
    archive(ran, tmp_path / "a.zip")
    for path in ran.rglob("*"):
        os.utime(path, (1, 1))
    archive(ran, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_locks_and_beats_of_processes_stay_behind(ran, tmp_path):
    (ran / ".rompy" / "lock").write_text("somebody")
    index = archive(ran, tmp_path / "a.zip").index
    assert not {".rompy/lock", ".rompy/job.lock", ".rompy/manifest.lock"} & set(index.members)


def test_the_right_to_execute_is_kept_and_others_are_not(ran, tmp_path):
    (ran / "run.sh").write_text("#!/bin/sh\n")
    (ran / "run.sh").chmod(0o4777)
    archive(ran, tmp_path / "a.zip")
    restore(tmp_path / "a.zip", tmp_path / "back")
    assert (tmp_path / "back" / "run.sh").stat().st_mode & 0o7111 == 0o111
    assert (tmp_path / "back" / "pond.nc").stat().st_mode & 0o111 == 0


def test_links_inside_stay_links(ran, tmp_path):
    (ran / "sub").mkdir()
    (ran / "sub" / "latest.nc").symlink_to("../pond.nc")
    archive(ran, tmp_path / "a.zip")
    restore(tmp_path / "a.zip", tmp_path / "back")
    assert str((tmp_path / "back" / "sub" / "latest.nc").readlink()) == "../pond.nc"
    assert (tmp_path / "back" / "sub" / "latest.nc").read_bytes() == (ran / "pond.nc").read_bytes()


def test_a_link_to_elsewhere_becomes_a_copy_or_a_reference(ran, tmp_path):
    (tmp_path / "tide.csv").write_text("1,2\n")
    (ran / "tide.csv").symlink_to(tmp_path / "tide.csv")
    archive(ran, tmp_path / "value.zip", inputs="by-value")
    restore(tmp_path / "value.zip", tmp_path / "value")
    assert (tmp_path / "value" / "tide.csv").read_text() == "1,2\n"
    assert not (tmp_path / "value" / "tide.csv").is_symlink()
    archive(ran, tmp_path / "reference.zip")
    restored = restore(tmp_path / "reference.zip", tmp_path / "reference")
    assert not (tmp_path / "reference" / "tide.csv").exists()
    assert "tide.csv" in [reference.name for reference in restored.references]


def test_inputs_come_along_by_value_and_are_named_by_reference(runs, tmp_path):
    bed = runs.folder / "bed.nc"
    copy = f".rompy/inputs{bed.as_posix()}"
    done = archive(runs.pond, tmp_path / "value.zip", inputs="by-value")
    assert copy in done.index.members
    assert done.index.copies[str(bed)] == copy
    done = archive(runs.pond, tmp_path / "reference.zip")
    assert copy not in done.index.members
    assert [(r.uri, r.bytes) for r in done.index.references] == [(str(bed), bed.stat().st_size)]


def test_an_input_that_is_gone_or_changed_is_not_copied(pond, tmp_path):
    root = pond().generate()
    bed = tmp_path / "bed.nc"
    bed.write_bytes(bed.read_bytes() + b"\0")
    with pytest.raises(DataError, match="has changed"):
        archive(root, tmp_path / "a.zip", inputs="by-value")
    bed.unlink()
    with pytest.raises(DataError, match="not there any more"):
        archive(root, tmp_path / "a.zip", inputs="by-value")
    assert not (tmp_path / "a.zip").exists()


def test_what_the_manifest_knows_otherwise_is_told(ran, tmp_path):
    (ran / "gauge.txt").write_text("0 0\n")
    (ran / "bed.nc").unlink()
    with (ran / ".rompy" / "run.yml").open("a") as description:
        description.write("# edited\n")
    warnings = archive(ran, tmp_path / "a.zip").warnings
    assert warnings == (
        "not as the manifest says: .rompy/run.yml, gauge.txt",
        "missing, though the manifest has it: bed.nc",
    )
    crated = write_crate([ran], tmp_path / "crate", licence="CC0-1.0").warnings
    assert crated == tuple(f"pond: {words}" for words in warnings)


def test_nothing_is_overwritten_and_nothing_packed_into_itself(ran, tmp_path):
    (tmp_path / "a.zip").write_text("mine")
    with pytest.raises(WorkspaceError, match="nothing is overwritten"):
        archive(ran, tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_text() == "mine"
    with pytest.raises(WorkspaceError, match="own folder"):
        archive(ran, ran / "a.zip")


def test_a_run_that_is_going_on_is_not_packed(ran, tmp_path):
    with WorkspaceLock(Workspace(ran)), pytest.raises(WorkspaceError, match="a model runs"):
        archive(ran, tmp_path / "a.zip")


@pytest.mark.parametrize("fault", ["pipe", "capitals", "dangling"])
def test_what_cannot_be_unpacked_everywhere_is_not_packed(ran, tmp_path, fault):
    if fault == "pipe":
        os.mkfifo(ran / "pipe")
    elif fault == "capitals":
        (ran / "POND.nc").write_text("")
    else:
        (ran / "link").symlink_to("nothing")
    with pytest.raises((WorkspaceError, ArchiveError)):
        archive(ran, tmp_path / "a.zip")
    assert list(tmp_path.glob("*.zip")) == []


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(WorkspaceError, match="no run directory"):
        archive(tmp_path, tmp_path / "a.zip")


def test_a_manifest_of_a_later_schema_is_refused(ran, tmp_path):
    path = ran / ".rompy" / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 99}))
    with pytest.raises(ManifestError, match="schema 99"):
        archive(ran, tmp_path / "a.zip")


def test_any_zip_program_opens_it(ran, tmp_path):
    archive(ran, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        assert file.testzip() is None
        assert "pond.nc" in file.namelist()


def test_records_that_lie_elsewhere_are_not_left_out_in_silence(ran, tmp_path):
    (ran / ".rompy").rename(tmp_path / "elsewhere")
    (ran / ".rompy").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceError, match="a link to elsewhere"):
        archive(ran, tmp_path / "a.zip")
