"""Whatever happens to a run directory is found, and nothing in it is written."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rompy import inputs
from rompy.backends import LocalConfig
from rompy.core.config import BaseConfig
from rompy.core.sealed import write_sealed
from rompy.errors import WorkspaceError
from rompy.manifest import Input, ManifestError
from rompy.model import ModelRun
from rompy.provenance.verify import verify
from rompy.provenance.verify_inputs import check_inputs


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run that has ended, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    period = {"start": "2023-01-01", "duration": "1d", "interval": "1h"}
    run = ModelRun(run_id="r", period=period, output_dir=folder, config=BaseConfig())
    assert run.run(LocalConfig(command="echo 1 > out.txt; mkdir d; ln -s ../out.txt d/link; echo x >> INPUT"))
    return run.staging_dir


@pytest.fixture
def workspace(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "run", symlinks=True))


def _found(place, **options):
    return {(one.kind, one.what, one.name) for one in verify(place, **options).findings}


def test_a_run_as_it_was_left_is_verified(workspace):
    found = verify(workspace)
    assert found
    assert found.findings == ()
    assert found.checked == {"generated files": 3, "outputs": 3}
    assert str(found) == f"{workspace}: verified (3 generated files, 3 outputs)"


def test_a_moved_run_is_verified(workspace, tmp_path):
    assert verify(shutil.move(workspace, tmp_path / "moved elsewhere"))


def test_changed_missing_and_added_files_are_told_apart(workspace):
    size = (workspace / "INPUT").stat().st_size
    (workspace / "INPUT").write_text("other")
    (workspace / "out.txt").unlink()
    (workspace / "datasets/readme.md").write_text((workspace / "datasets/readme.md").read_text().swapcase())
    (workspace / "d/link").unlink()
    (workspace / "d/link").symlink_to("elsewhere")
    (workspace / "notes.txt").write_text("mine")
    found = verify(workspace)
    assert not found
    assert {(one.kind, one.what, one.name, one.detail) for one in found.findings} == {
        ("changed", "generated", "INPUT", f"5 bytes instead of {size}"),
        ("changed", "generated", "datasets/readme.md", "same size, other content"),
        ("changed", "output", "d/link", "it is a link to elsewhere"),
        ("missing", "output", "out.txt", ""),
        ("added", "file", "notes.txt", ""),
    }


def test_a_file_that_became_a_link_or_a_folder_is_changed(workspace, tmp_path):
    (tmp_path / "copy").write_bytes((workspace / "out.txt").read_bytes())
    (workspace / "out.txt").unlink()
    (workspace / "out.txt").symlink_to(tmp_path / "copy")
    (workspace / "INPUT").unlink()
    (workspace / "INPUT").mkdir()
    assert _found(workspace) == {("changed", "output", "out.txt"), ("missing", "generated", "INPUT")}


def test_added_files_count_only_when_that_is_asked_for(workspace):
    (workspace / "notes.txt").write_text("mine")
    assert verify(workspace)
    assert not verify(workspace, strict=True)


def test_input_that_the_model_changed_may_be_as_it_left_it(workspace):
    text = (workspace / "INPUT").read_text()
    (workspace / "INPUT").write_text(text.removesuffix("x\n"))
    assert verify(workspace)  # as it was generated


def test_an_edited_description_is_found(workspace):
    (workspace / ".rompy/run.yml").write_text((workspace / ".rompy/run.yml").read_text() + "# ?\n")
    assert _found(workspace) == {("changed", "description", ".rompy/run.yml")}
    (workspace / ".rompy/run.yml").unlink()
    assert _found(workspace) == {("missing", "description", ".rompy/run.yml")}


def test_a_forged_manifest_is_found_though_it_fits_the_files(workspace):
    manifest = workspace / ".rompy/manifest.json"
    values = json.loads(manifest.read_text())
    values["files"].pop("INPUT")
    values["outputs"].pop("INPUT")
    (workspace / "INPUT").unlink()
    manifest.write_text(json.dumps(values))
    assert _found(workspace) == {("changed", "manifest", ".rompy/manifest.json")}


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", ".rompy/../../secret"])
def test_a_manifest_cannot_lead_out_of_its_workspace(workspace, name):
    (workspace.parent / "secret").write_text("s")
    values = json.loads((workspace / ".rompy/manifest.json").read_text())
    outputs = {**values["outputs"], name: {"bytes": 1, "sha256": "00"}}
    for change in ({"outputs": outputs}, {"description": {**values["description"], "file": name}}):
        write_sealed(workspace / ".rompy/manifest.json", {**values, **change})
        with pytest.raises(ManifestError, match="is no file in the run directory"):
            verify(workspace)


def test_what_is_no_run_or_of_another_schema_is_refused(workspace, tmp_path):
    with pytest.raises(WorkspaceError, match="no run directory"):
        verify(tmp_path)
    write_sealed(workspace / ".rompy/manifest.json", {"schema": 99})
    with pytest.raises(ManifestError, match="schema 99"):
        verify(workspace)


def test_nothing_is_written(workspace):
    def state():
        return {p: (p.lstat().st_mtime_ns, p.lstat().st_ino) for p in sorted(workspace.rglob("*"))}

    before = state()
    verify(workspace, inputs=True)
    assert state() == before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_changed_byte_of_every_file_is_found(workspace, data):
    names = ["INPUT", "out.txt", "datasets/readme.md", ".rompy/run.yml", ".rompy/manifest.json"]
    path = workspace / data.draw(st.sampled_from(names))
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    flipped = before[place] ^ data.draw(st.integers(1, 255))
    path.write_bytes(before[:place] + bytes([flipped]) + before[place + 1 :])
    try:
        assert not _is_verified(workspace, path.name == "manifest.json", before)
    finally:
        path.write_bytes(before)


def _is_verified(workspace, is_manifest, before):
    try:
        found = bool(verify(workspace))
    except ManifestError:
        return False
    if found and is_manifest:  # white space of JSON means nothing
        return json.loads((workspace / ".rompy/manifest.json").read_bytes()) != json.loads(before)
    return found


def _noted(read):
    with inputs.noted() as notes:
        read()
        return [Input.model_validate(one) for one in notes.finished()]


def test_inputs_on_this_machine_are_compared_by_content(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(name)
    known = _noted(lambda: [inputs.note_file(tmp_path / name) for name in ("a", "b", "c")])
    assert check_inputs(known) == []
    (tmp_path / "a").write_text("x")
    (tmp_path / "b").unlink()
    assert {(one.kind, Path(one.uri).name) for one in check_inputs(known)} == {
        ("changed", "a"),
        ("missing", "b"),
    }


def test_a_large_input_is_compared_by_samples(tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(200 * 2**20)
    with inputs.noted(limit=10) as notes:
        inputs.note_file(tmp_path / "large")
        known = [Input.model_validate(one) for one in notes.finished()]
    assert known[0].sha256 is None
    assert check_inputs(known) == []
    os.truncate(tmp_path / "large", 199 * 2**20)
    assert [one.kind for one in check_inputs(known)] == ["changed"]


def test_inputs_from_the_web_are_asked_for(web):
    from rompy.fetch import fetch

    address = web.put_version("x", b"old", etag='"1"')
    known = _noted(lambda: fetch(address))
    assert check_inputs(known) == []
    web.put_version("x", b"new", etag='"2"')
    assert [(one.kind, one.uri) for one in check_inputs(known)] == [("changed", address)]
    del web.files["x"]
    assert [one.kind for one in check_inputs(known)] == ["missing"]


def test_of_a_store_the_objects_that_were_used_are_compared(tmp_path):
    from rompy.core.driver import open_dataset

    store = tmp_path / "x.zarr"
    ds = xr.Dataset({"u": (("t",), np.arange(4.0))})
    ds.chunk(t=1).to_zarr(store, zarr_format=2)

    def read():
        with open_dataset(store) as opened:
            opened.u.isel(t=[0, 1]).load()

    known = _noted(read)
    assert check_inputs(known) == []
    (store / "u" / "3").write_bytes(b"never read")
    assert check_inputs(known) == []
    (store / "u" / "1").write_bytes(b"other")
    [found] = check_inputs(known)
    assert (found.kind, found.detail) == ("changed", "u/1")
    shutil.rmtree(store)
    assert [one.kind for one in check_inputs(known)] == ["missing"]


def test_what_cannot_be_looked_at_is_said_and_does_not_count(made, workspace):
    values = json.loads((workspace / ".rompy/manifest.json").read_text())
    values["inputs"] = [
        {"uri": "memory:obj", "kind": "memory", "sha256": "00"},
        {"uri": "https://***@example.org/x", "kind": "remote", "sha256": "00"},
        {"uri": "datamesh://x", "kind": "remote", "slice": {"a": 1}},
    ]
    write_sealed(workspace / ".rompy/manifest.json", values)
    found = verify(workspace, inputs=True)
    assert found
    assert [one.kind for one in found.findings] == ["unchecked"] * 3
