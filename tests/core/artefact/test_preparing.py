"""Artefacts are made once, recorded with what was read for them, and taken from former runs byte for byte."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from rompy import inputs
from rompy.core.artefact import Found, prepared
from rompy.core.artefact.preparing import Bench, on_bench
from rompy.core.artefact.record import records_of
from rompy.core.types import RompyBaseModel


class Piece(RompyBaseModel):
    name: str = "wind"
    state: Any = None


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


class OnShelf:
    """Has one artefact, whatever is asked for."""

    def __init__(self, found):
        self.found = found

    def find(self, field, recipe):
        return self.found


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def told(bench, notes, root):
    return records_of(bench.ready, root, notes, notes.finished())


def test_without_a_run_it_is_just_made(folder):
    assert prepared(Piece(), folder, lambda: 7) == 7


def test_files_value_and_what_was_read_are_recorded(folder, tmp_path):
    (tmp_path / "x").write_text("x")

    def make():
        inputs.note_file(tmp_path / "x", "data/x")
        (folder / "d").mkdir()
        (folder / "d" / "wind.nc").write_text("wind")
        return folder / "d" / "wind.nc"

    with inputs.noted() as notes, on_bench() as bench:
        (folder / "before.txt").write_text("not of it")
        assert prepared(Piece(), folder, make) == folder / "d" / "wind.nc"
        (folder / "after.txt").write_text("not of it")
        [record] = told(bench, notes, folder)
    assert record["files"] == ["d/wind.nc"]
    assert record["value"] == {"path": {"below": "d/wind.nc"}}
    assert (record["inputs"], record["besides"]) == ([0], [0])
    assert len(record["recipe_sha256"]) == 64


def test_what_is_prepared_within_another_is_part_of_that(folder):
    def make():
        return prepared(Piece(name="inner"), folder, lambda: (folder / "x").write_text("x"))

    with inputs.noted(), on_bench() as bench:
        prepared(Piece(), folder, make)
    assert [list(one.files) for one in bench.ready] == [["x"]]


def test_one_on_the_shelf_is_copied_and_nothing_is_made(folder, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "wind.nc").write_text("wind")
    value = {"path": {"below": "wind.nc"}}
    packages = {"utide": "0.4.0"}
    found = Found(tmp_path / "old", tmp_path / "old", {"wind.nc": sha("wind")}, value, packages=packages)
    with inputs.noted() as notes, on_bench(Bench(OnShelf(found))) as bench:
        assert prepared(Piece(), folder, pytest.fail) == folder / "wind.nc"
        [record] = told(bench, notes, folder)
    assert (folder / "wind.nc").read_text() == "wind"
    assert record["origin"] == str(tmp_path / "old")
    assert bench.packages == packages


@pytest.mark.parametrize("name", ["wind.nc", "../out.nc", "/out.nc", "none.nc"])
def test_one_that_is_not_as_recorded_is_made_instead_and_leaves_nothing(folder, tmp_path, name):
    old = tmp_path / "old"
    old.mkdir()
    (old / "first.nc").write_text("first")
    (old / "wind.nc").write_text("tampered with")
    found = Found(old, old, {"first.nc": sha("first"), name: sha("wind")}, None)

    def make():
        assert list(folder.iterdir()) == []
        (folder / "made.nc").write_text("made")

    with inputs.noted(), on_bench(Bench(OnShelf(found))) as bench:
        prepared(Piece(), folder, make)
    assert [list(one.files) for one in bench.ready] == [["made.nc"]]
    assert not (tmp_path / "out.nc").exists()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda folder, piece: object(), "what it gives is a object"),
        (lambda folder, piece: (folder / "before.txt").unlink(), "files of others were removed for it"),
        (
            lambda folder, piece: setattr(piece, "state", (folder / "x").write_text("x")),
            "objects of the description, or files that they find, change while it is made",
        ),
        (lambda folder, piece: (folder / "x").symlink_to("before.txt"), "x is a link"),
    ],
)
def test_what_has_other_effects_is_in_doubt(folder, make, why):
    piece = Piece()
    (folder / "before.txt").write_text("x")
    with inputs.noted() as notes, on_bench() as bench:
        prepared(piece, folder, lambda: make(folder, piece))
        [record] = told(bench, notes, folder)
    assert why in record["doubts"]
    assert record["recipe_sha256"] is None


def test_what_is_changed_afterwards_is_in_doubt(folder):
    with inputs.noted() as notes, on_bench() as bench:
        prepared(Piece(), folder, lambda: (folder / "x").write_text("x"))
        (folder / "x").write_text("other")
        assert told(bench, notes, folder)[0]["doubts"] == ["x was changed after it was made"]


def test_an_address_of_which_it_is_not_known_what_was_read_is_in_doubt(folder):
    address = "https://example.org/wind.nc"

    def read():
        inputs.note_remote(address, sha256="0" * 64)
        (folder / "y").write_text("y")

    with inputs.noted() as notes, on_bench() as bench:
        prepared(Piece(name=address), folder, lambda: (folder / "x").write_text("x"))
        prepared(Piece(name=address), folder, read)
        doubts = [record["doubts"] for record in told(bench, notes, folder)]
    assert doubts == [[f"it is not recorded what was read of {address}"], []]


def test_files_outside_of_the_workspace_are_in_doubt(folder, tmp_path):
    with inputs.noted() as notes, on_bench() as bench:
        prepared(Piece(), tmp_path, lambda: Path(tmp_path, "x").write_text("x"))
        assert "its files lie outside of the workspace" in told(bench, notes, folder)[0]["doubts"]
