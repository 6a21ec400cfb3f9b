"""A manifest that cannot be relied on is refused, and the reader says why."""

import json

import pytest

from rompy.core.sealed import sealed, write_sealed
from rompy.core.workspace import Workspace
from rompy.errors import ReproducibilityError, WorkspaceError
from rompy.manifest import ManifestError, read_manifest
from rompy.manifest.layout import SCHEMA


@pytest.fixture
def workspace(tmp_path):
    place = Workspace(tmp_path / "run")
    place.hidden.mkdir(parents=True)
    return place


def _write(workspace, **values):
    write_sealed(workspace.manifest, {"schema": SCHEMA, "run_id": "tide", "files": {}, **values})


def test_a_manifest_is_read_as_types(workspace):
    _write(
        workspace,
        files={"INPUT": {"bytes": 1, "sha256": "00"}, "mesh": {"link": "../mesh"}},
        inputs=[{"uri": "wind.nc", "kind": "file", "sha256": "11"}],
        outputs={"x.nc": {"bytes": 2, "sha256": "22", "variables": {"u": {"count": 3, "mean": 0.5}}}},
        phases={
            "generate": {"started": "2023-02-01T00:00:00Z"},
            "run": [{"attempt": 1, "state": "succeeded", "later": 1}],
        },
    )
    found = read_manifest(workspace)
    assert found.run_id == "tide"
    assert found.files["mesh"].link == "../mesh"
    assert found.inputs[0].uri == "wind.nc"
    assert found.outputs["x.nc"].variables["u"].mean == 0.5
    assert found.phases.run[0].state == "succeeded"
    assert not found.is_edited
    assert read_manifest(workspace.manifest) == read_manifest(workspace.root) == found


def test_what_it_does_not_know_is_kept(workspace):
    _write(workspace, more={"x": 1}, phases={"run": [{"attempt": 1, "state": "failed", "extra": 2}]})
    plain = read_manifest(workspace).model_dump(mode="json", by_alias=True)
    assert plain["more"] == {"x": 1}
    assert plain["phases"]["run"][0]["extra"] == 2
    assert plain["schema"] == SCHEMA


def test_a_folder_without_one_is_no_run_directory(tmp_path):
    with pytest.raises(WorkspaceError, match="no run directory of rompy"):
        read_manifest(tmp_path)
    with pytest.raises(WorkspaceError, match="no run directory of rompy"):
        read_manifest(tmp_path / "none")


def test_an_edited_one_is_refused_unless_asked_for(workspace):
    _write(workspace)
    text = workspace.manifest.read_text()
    workspace.manifest.write_text(text.replace("tide", "time"))
    with pytest.raises(ManifestError, match="was edited since rompy wrote it") as caught:
        read_manifest(workspace)
    assert isinstance(caught.value, ReproducibilityError)
    assert caught.value.exit_status == 11
    assert read_manifest(workspace, allow_edited=True).is_edited


def test_one_that_lost_its_own_digest_is_refused(workspace):
    workspace.manifest.write_text(json.dumps({"schema": SCHEMA, "files": {}}))
    with pytest.raises(ManifestError, match="stripped of its own digest"):
        read_manifest(workspace)


def test_one_of_a_later_schema_asks_for_an_update(workspace):
    _write(workspace, schema=SCHEMA + 1)
    with pytest.raises(ManifestError, match=f"schema {SCHEMA + 1}") as caught:
        read_manifest(workspace, allow_edited=True)
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "no JSON"),
        (b'{"schema": 2, "files": {', "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "states no version"),
        (b'{"schema": "2"}', "states no version"),
        (b'{"schema": true}', "states no version"),
        (json.dumps(sealed({"schema": 2, "files": 3})).encode(), "damaged.*dict"),
        (json.dumps(sealed({"schema": 2, "inputs": [{"uri": "x"}]})).encode(), "kind"),
    ],
)
def test_a_damaged_one_is_refused_with_the_reason(workspace, text, reason):
    workspace.manifest.write_bytes(text)
    with pytest.raises(ManifestError, match=reason) as caught:
        read_manifest(workspace)
    assert caught.value.file == workspace.manifest


def test_one_of_the_first_schema_is_understood(workspace):
    old = {
        "schema": 1,
        "rompy": "0.9",
        "python": "3.10.1",
        "host": "vm",
        "generated_at": "2025-01-01T00:00:00+00:00",
    }
    workspace.manifest.write_text(json.dumps({**old, "files": {"INPUT": {"bytes": 1, "sha256": "00"}}}))
    found = read_manifest(workspace)
    assert (found.schema_, found.code.rompy, found.host["name"]) == (1, "0.9", "vm")
    assert found.phases.generate.ended.startswith("2025")
    assert found.files["INPUT"].sha256 == "00"
