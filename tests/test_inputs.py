"""What is read while a run is made is noted, with what tells one content from another."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import numpy as np
import pytest

from rompy import inputs, secrets


def _sha(data):
    return hashlib.sha256(data).hexdigest()


def test_nothing_is_noted_outside_of_a_block(tmp_path):
    (tmp_path / "x").write_text("x")
    inputs.note_file(tmp_path / "x")
    inputs.note_remote("https://example.org/x")
    assert inputs.pieces_of("s3://b/x", "store") is None
    assert not inputs.is_noting()


def test_files_are_noted_once_with_size_and_digest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").write_text("wind")
    with inputs.noted() as notes:
        inputs.note_file("x", "package://p/x")
        inputs.note_file(tmp_path / "x")
        inputs.note_file(tmp_path / "none")
        inputs.note_file(tmp_path)
        found = notes.finished()
    assert found == [
        {
            "field": None,
            "uri": "package://p/x",
            "kind": "file",
            "path": str(tmp_path / "x"),
            "bytes": 4,
            "sha256": _sha(b"wind"),
        }
    ]


def test_every_file_of_a_folder_is_noted(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x").write_text("1")
    (tmp_path / "a" / "y").write_text("2")
    with inputs.noted() as notes:
        inputs.note_folder(tmp_path / "a", "data/a")
        assert [one["uri"] for one in notes.finished()] == ["data/a/b/x", "data/a/y"]


def test_an_input_belongs_to_the_part_of_the_description_that_reads_it(tmp_path):
    (tmp_path / "x").write_text("x")
    (tmp_path / "y").write_text("y")
    wind, other = object(), object()
    with inputs.noted({id(wind): "config.wind"}) as notes:
        notes.places = {str(tmp_path / "y"): "config.mesh.uri"}
        with inputs.reading_for(wind), inputs.reading_for(other):
            inputs.note_file(tmp_path / "x")
        inputs.note_file(tmp_path / "y")
        assert [one["field"] for one in notes.finished()] == ["config.wind", "config.mesh.uri"]


def test_copies_of_what_was_noted_are_not_noted(tmp_path):
    (tmp_path / "x").write_text("x")
    with inputs.noted() as notes, inputs.unnoted():
        inputs.note_file(tmp_path / "x")
        assert not inputs.is_noting()
        assert notes.finished() == []


def test_remote_things_tell_version_slice_size_and_digest():
    with inputs.noted() as notes:
        version = {"etag": '"1"', "modified": None, "size": 3}
        inputs.note_remote("https://example.org/x", version=version, part={"b": (1, 2)}, size=3, sha256="00")
        [found] = notes.finished()
    assert found["version"] == {"etag": '"1"', "size": 3}
    assert found["slice"] == {"b": [1, 2]}
    assert (found["bytes"], found["sha256"], found["kind"]) == (3, "00", "remote")


@pytest.mark.parametrize(
    "address",
    [
        "https://me:hunter22@example.org/x.nc",
        "https://example.org/x.nc?token=hunter22&a=1",
        "https://example.org/x.nc?a=1&X-Amz-Signature=hunter22",
        "https://example.org/x.nc?sig=hunter22#part",
    ],
)
def test_no_secret_of_an_address_is_noted(address):
    with inputs.noted() as notes:
        inputs.note_remote(address, part={"password": "hunter22"})
        found = str(notes.finished())
    assert "hunter22" not in found
    assert "example.org/x.nc" in found


def test_the_digest_of_pieces_does_not_depend_on_their_order():
    digests = []
    for order in ([1, 2, 3, 2], [3, 1, 2]):
        with inputs.noted() as notes:
            pieces = inputs.pieces_of("s3://bucket/x.zarr", "store", {"etag": None})
            with ThreadPoolExecutor(3) as pool:
                list(pool.map(lambda i, pieces=pieces: pieces.add(f"c/{i}", bytes([i])), order))
            [found] = notes.finished()
        assert found["bytes"] == 3
        assert found["pieces"]["c/2"] == _sha(b"\x02")
        digests.append(found["sha256"])
    assert digests[0] == digests[1]


def test_pieces_that_were_read_in_another_way_after_all_are_left_out():
    with inputs.noted() as notes:
        inputs.pieces_of("s3://b/x", "remote")
        dropped = inputs.pieces_of("s3://b/y", "remote")
        dropped.add("0-1", b"x")
        dropped.is_dropped = True
        assert notes.finished() == []


def test_threads_with_the_context_of_the_block_note_too():
    with inputs.noted() as notes:
        context = copy_context()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(context.run, inputs.note_remote, "https://example.org/x").result()
        assert len(notes.finished()) == 1


def test_what_cannot_be_told_is_a_warning(caplog):
    with inputs.noted() as notes:
        inputs.note_values("memory:x", np.ones(3))
        notes.add_later(lambda: 1 / 0)
        [found] = notes.finished()
    assert found["bytes"] == 24
    assert "could not be recorded: division by zero" in caplog.text


def test_known_secrets_are_found_under_any_name(monkeypatch):
    monkeypatch.setattr(secrets, "_known", {})
    secrets.note_secret("MY_TOKEN", "s3cr3t-value")
    secrets.note_secret("HOME", "/home/me")
    secrets.note_secret("API_KEY", "abc")  # too short to be told from other text
    assert secrets.in_text("Bearer s3cr3t-value /home/me abc") == "Bearer *** /home/me abc"
    told = {"a": ["x s3cr3t-value"], "n": 5}
    assert secrets.with_expressions(told) == {"a": ["x ${MY_TOKEN}"], "n": 5}
    assert secrets.without_secrets(told) == {"a": ["x ***"], "n": 5}
    assert secrets.is_secret("harmless", "s3cr3t-value")
    secrets.note_secret("PIN_SECRET", "123456")
    assert secrets.with_expressions({"a": 123456, "b": 12345}) == {"a": "${PIN_SECRET}", "b": 12345}


def test_what_several_parts_read_belongs_to_the_first_by_name_whoever_comes_first(tmp_path):
    (tmp_path / "x").write_text("x")
    wind, ice = object(), object()
    found = []
    for order in ((wind, ice), (ice, wind)):
        with inputs.noted({id(wind): "config.wind", id(ice): "config.ice"}) as notes:
            for one in order:
                with inputs.reading_for(one):
                    inputs.note_file(tmp_path / "x")
            found.append(notes.finished())
    assert found[0] == found[1]
    assert found[0][0]["field"] == "config.ice"


def test_what_is_kept_open_belongs_to_all_who_use_it(tmp_path):
    (tmp_path / "x").write_text("x")
    wind, ice = object(), object()
    with inputs.noted({id(wind): "config.wind", id(ice): "config.ice"}) as notes:
        with inputs.reading_for(wind), inputs.traced() as opened:
            inputs.note_file(tmp_path / "x")
        with inputs.reading_for(ice), inputs.traced() as used:
            inputs.read_again(opened)
        assert [one["field"] for one in notes.finished()] == ["config.ice"]
        assert notes.positions_of(opened) == notes.positions_of(used) == [0]


def test_what_is_used_again_belongs_to_whom_it_is_told_of(tmp_path):
    (tmp_path / "x").write_text("x")
    told = {"field": "config.bed.source", "uri": "x", "kind": "file", "path": str(tmp_path / "x")}
    with inputs.noted() as notes:
        notes.places = {"x": "config.domain.uri"}
        inputs.note_file(tmp_path / "x", "x")
        inputs.note_again(told)
        assert [one["field"] for one in notes.finished()] == ["config.bed.source"]
