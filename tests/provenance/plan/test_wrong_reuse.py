"""What might be taken for a part of a former run, and is not: a wrong reuse is worse than none."""

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from threading import Barrier
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rompy.core.artefact import preparing, using
from rompy.core.artefact.index import ArtefactIndex
from rompy.core.config import BaseConfig
from rompy.core.data import DataBase, DataGrid
from rompy.core.grid import RegularGrid
from rompy.core.sealed import write_sealed
from rompy.core.workspace import Workspace
from rompy.errors import WorkspaceError
from rompy.manifest import read_manifest
from rompy.model import ModelRun
from rompy.provenance.plan import plan_of
from rompy.provenance.plan.shelf import FormerArtefacts
from rompy.templating import render_templates

GRID = {"x0": 0, "y0": 0, "dx": 1, "dy": 1, "nx": 3, "ny": 3}


class Piece(DataBase):
    """Does whatever a test wants."""

    do: ClassVar[Any]
    number: Any = 1
    place: Any = None

    def get(self, destdir, grid=None):
        return type(self).do(self, Path(destdir))


class Odd(BaseConfig):
    """One part."""

    template: None = None
    piece: Piece
    afterwards: ClassVar[Any] = None

    def __call__(self, runtime):
        value = self.piece.get(runtime.staging_dir)
        if type(self).afterwards:
            type(self).afterwards(runtime.staging_dir)
        return {"value": value}

    def render(self, context, output_dir):
        """Nothing."""


class Windy(BaseConfig):
    """Wind on a grid."""

    template: None = None
    wind: DataGrid
    again: DataGrid | None = None

    def __call__(self, runtime):
        grid = RegularGrid(**GRID)
        for one in filter(None, (self.wind, self.again)):
            one.get(runtime.staging_dir, grid)
        return {}

    def render(self, context, output_dir):
        """Nothing."""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("ROMPY_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(Odd, "afterwards", None)
    write_wind(tmp_path / "wind.nc")


def write_wind(path, factor=1.0):
    axis = np.arange(-1.0, 5.0)
    values = factor * np.add.outer(axis, axis)
    xr.Dataset({"u": (("lat", "lon"), values)}, {"lat": axis, "lon": axis}).to_netcdf(path)


def windy(tmp_path, name="one", file="wind.nc", **more):
    wind = {
        "id": "wind",
        "source": {"model_type": "file", "uri": str(tmp_path / file)},
        "coords": {"x": "lon", "y": "lat"},
    }
    again = {**wind, "id": "again"} if more.pop("twice", False) else None
    return ModelRun(
        run_id=name, output_dir=tmp_path / "runs", config=Windy(wind={**wind, **more}, again=again)
    )


def taken(model_run, *workspaces):
    """Parts that a run took from former ones."""
    with using(FormerArtefacts(*workspaces)):
        return {one.field for one in read_manifest(model_run.generate()).artefacts if one.origin}


def odd(tmp_path, do, name="one", **fields):
    Piece.do = staticmethod(do)
    return ModelRun(run_id=name, output_dir=tmp_path / "runs", config=Odd(piece=Piece(**fields)))


def writes(name="x", text="x", value=None):
    def do(piece, folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        return value

    return do


def test_what_is_the_same_is_taken_byte_for_byte(tmp_path, files_of):
    one = windy(tmp_path).generate()
    other = windy(tmp_path, "other")
    assert taken(other) == {"config.wind"}
    assert files_of(other.staging_dir) == files_of(one)


def test_a_file_changed_in_place_with_its_size_and_time_is_another(tmp_path):
    windy(tmp_path).generate()
    path = tmp_path / "wind.nc"
    before = path.stat()
    content = bytearray(path.read_bytes())
    with xr.open_dataset(path) as ds:
        needle = np.asarray(ds.u.values[0], dtype="<f8").tobytes()
    place = content.find(needle)
    content[place] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert taken(windy(tmp_path, "other")) == set()


def test_a_link_counts_by_what_it_leads_to(tmp_path, files_of):
    windy(tmp_path).generate()
    write_wind(tmp_path / "gust.nc", 2.0)
    (tmp_path / "wind.nc").rename(tmp_path / "kept.nc")
    (tmp_path / "wind.nc").symlink_to("gust.nc")
    assert taken(windy(tmp_path, "gust")) == set()
    (tmp_path / "wind.nc").unlink()
    (tmp_path / "wind.nc").symlink_to("kept.nc")
    assert taken(windy(tmp_path, "linked")) == {"config.wind"}


def test_a_value_of_the_environment_counts(tmp_path, monkeypatch):
    write_wind(tmp_path / "gust.nc", 2.0)

    def of(which, name):
        monkeypatch.setenv("WHICH", which)
        return windy(tmp_path, name, file=render_templates("${WHICH}"))

    of("wind.nc", "one").generate()
    assert taken(of("wind.nc", "same")) == {"config.wind"}
    assert taken(of("gust.nc", "other")) == set()


def test_each_of_two_parts_with_one_source_is_recorded_with_all_that_was_read(tmp_path):
    manifest = read_manifest(windy(tmp_path, twice=True).generate())
    assert [len(one.inputs) for one in manifest.artefacts] == [1, 1]
    assert taken(windy(tmp_path, "other", twice=True)) == {"config.wind", "config.again"}
    write_wind(tmp_path / "wind.nc", 2.0)
    assert taken(windy(tmp_path, "later", twice=True)) == set()


@pytest.mark.parametrize("how", ["edited", "resealed size", "deleted", "link", "pipe", "folder"])
def test_a_former_run_that_is_not_as_it_was_gives_nothing(tmp_path, files_of, how):
    root = windy(tmp_path).generate()
    fresh = files_of(root)
    path = root / "wind.nc"
    content = path.read_bytes()
    path.unlink()
    if how == "edited":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif how == "resealed size":
        path.write_bytes(content + b"x")
    elif how == "link":
        path.symlink_to("/dev/zero")
    elif how == "pipe":
        os.mkfifo(path)
    elif how == "folder":
        path.mkdir()
    other = windy(tmp_path, "other")
    steps = {step.what: step for step in plan_of(other).steps}
    assert steps["config.wind"].action == "built"
    assert any(words in steps["config.wind"].reasons[0] for words in ("not as it was", "not there any more"))
    assert taken(other) == set()
    assert files_of(other.staging_dir) == fresh


@pytest.mark.parametrize(
    "change",
    [
        {"besides": [99]},
        {"besides": [-1]},
        {"value": {"path": {"below": "../../../x"}}},
        {"value": {"text": ["x"]}},
        {"value": {"a": 1, "b": 2}},
        {"value": [1]},
    ],
)
def test_an_odd_record_gives_nothing(tmp_path, files_of, change):
    root = windy(tmp_path).generate()
    values = json.loads(Workspace(root).manifest.read_text())
    values["artefacts"][0].update(change)
    write_sealed(Workspace(root).manifest, values)
    other = windy(tmp_path, "other")
    assert taken(other) == set()
    assert files_of(other.staging_dir) == files_of(root)
    assert plan_of(windy(tmp_path, "third"), against=root).steps


def test_a_part_that_the_rest_of_the_generation_overwrites_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(Odd, "afterwards", staticmethod(lambda root: (root / "x").write_text("y")))
    root = odd(tmp_path, writes()).generate()
    assert read_manifest(root).artefacts[0].doubts == ["x was changed after it was made"]
    assert taken(odd(tmp_path, writes(), "other")) == set()


def _remembers(piece, folder):
    piece.number = 5
    writes()(piece, folder)


def _deletes(piece, folder):
    (folder.parent / "mine.txt").unlink(missing_ok=True)


def _links(piece, folder):
    (folder / "real").mkdir()
    (folder / "real" / "x").write_text("x")
    (folder / "x").symlink_to("real", target_is_directory=True)


def _makes_a_program(piece, folder):
    writes()(piece, folder)
    (folder / "x").chmod(0o755)


def _holds_itself(piece, folder):
    writes()(piece, folder)
    value = []
    value.append(value)
    return value


def _leaves_a_folder(piece, folder):
    writes()(piece, folder)
    (folder / "empty").mkdir()


@pytest.mark.parametrize(
    ("do", "why"),
    [
        (_remembers, "objects of the description, or files that they find, change while it is made"),
        (lambda piece, folder: None, "it leaves no files"),
        (_deletes, "it leaves no files"),
        (lambda piece, folder: (folder.parent / "outside.txt").write_text("x"), "it leaves no files"),
        (_links, "x is a link"),
        (_makes_a_program, "x is a program"),
        (_holds_itself, "what it gives holds itself, or is very deep"),
        (_leaves_a_folder, "it leaves empty folders"),
        (writes(value=np.float64(1)), "what it gives is a float64"),
        (writes(value=["x" * 100_000]), "what it gives is more than a record can hold"),
        (lambda piece, folder: writes(text=f"READ '{folder}/w.grd'")(piece, folder), "x names the run"),
        (lambda piece, folder: writes(text=f"PROJ '{folder.name}'")(piece, folder), "x names the run"),
        (lambda piece, folder: writes(value=os.path.relpath(folder))(piece, folder), ""),
        (lambda piece, folder: writes(value=f"{folder.parent}/{folder.name}/")(piece, folder), ""),
    ],
)
def test_what_a_plugin_does_besides_keeps_its_part_from_being_taken(tmp_path, do, why):
    for name in ("one", "other"):
        assert taken(odd(tmp_path, do, name)) == set()
    doubts = read_manifest(tmp_path / "runs" / "one").artefacts[0].doubts
    assert any(why in doubt for doubt in doubts) or not why, doubts


def test_a_part_in_a_folder_of_its_own_is_taken_with_what_it_gives(tmp_path, files_of):
    def do(piece, folder):
        writes("a/b/x")(piece, folder)
        return [folder / "a", "READ x", str(folder / "a/b/x")]

    one = odd(tmp_path, do).generate()
    other = odd(tmp_path, do, "other")
    assert taken(other) == {"config.piece"}
    assert files_of(other.staging_dir) == files_of(one)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"number": 1}, {"number": 1.0}),
        ({"number": True}, {"number": 1}),
        ({"number": {"a": [1, 2]}}, {"number": {"a": [2, 1]}}),
        ({"number": np.array([1.0, 2.0])}, {"number": np.array([1.0, 2.0000000001])}),
        ({"number": {"1": 1}}, {"number": {"1": 1, "2": None}}),
        ({}, {"number": 1}),
    ],
)
def test_anything_that_was_given_otherwise_is_another(tmp_path, before, after):
    odd(tmp_path, writes(), **before).generate()
    assert taken(odd(tmp_path, writes(), "same", **before)) == {"config.piece"}
    assert taken(odd(tmp_path, writes(), "other", **after)) == set()


@pytest.mark.parametrize(
    "value",
    [
        np.ma.masked_array([1.0, 2.0], [True, False]),
        pd.Series([1.0, 2.0]),
        np.array([{"a": 1}], dtype=object),
        xr.DataArray([1.0], attrs={"units": "m"}),
        {1: "a", "1": "b"},
        lambda: 1,
    ],
)
def test_values_whose_digest_would_not_tell_all_are_not_compared(tmp_path, value):
    root = odd(tmp_path, writes(), number=value).generate()
    assert read_manifest(root).artefacts[0].recipe_sha256 is None


def test_files_that_keys_name_count(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    number = {str(tmp_path / "a.txt"): 1}
    odd(tmp_path, writes(), number=number).generate()
    assert taken(odd(tmp_path, writes(), "same", number=number)) == {"config.piece"}
    (tmp_path / "a.txt").write_text("b")
    assert taken(odd(tmp_path, writes(), "other", number=number)) == set()


def test_secrets_are_not_recorded_and_keep_a_part_from_being_taken(tmp_path):
    number = {"api_token": "s3cr3t-value", "url": "https://me:pass99@example.org/x?sig=abcdef"}
    root = odd(tmp_path, writes(), number=number).generate()
    [part] = read_manifest(root).artefacts
    text = json.dumps(part.model_dump())
    assert not any(secret in text for secret in ("s3cr3t-value", "pass99", "abcdef"))
    assert part.recipe_sha256 is None


@pytest.mark.parametrize("name", ["SOURCE_DATE_EPOCH", "ROMPY_AS_OF"])
def test_variables_that_files_may_depend_on_count(tmp_path, monkeypatch, name):
    value = "1700000000" if name == "SOURCE_DATE_EPOCH" else "2024-01-01T00:00"
    windy(tmp_path).generate()
    monkeypatch.setenv(name, value)
    assert taken(windy(tmp_path, "other")) == set()
    assert taken(windy(tmp_path, "same")) == {"config.wind"}


def test_a_file_beyond_the_limit_of_digests_is_not_read_for_nothing(tmp_path, monkeypatch):
    with (tmp_path / "wind.nc").open("ab") as file:
        file.truncate(2**26)
    monkeypatch.setenv("ROMPY_DIGEST_LIMIT", "1 MB")
    root = windy(tmp_path).generate()
    assert any("not known by its whole content" in one for one in read_manifest(root).artefacts[0].doubts)
    assert taken(windy(tmp_path, "other")) == set()


def test_a_file_that_changes_while_it_is_read_leaves_a_doubt(tmp_path):
    def do(piece, folder):
        (tmp_path / "a.txt").write_text("later")
        writes()(piece, folder)

    (tmp_path / "a.txt").write_text("a")
    root = odd(tmp_path, do, place=str(tmp_path / "a.txt")).generate()
    assert any("was changed meanwhile" in one for one in read_manifest(root).artefacts[0].doubts)


def test_parts_that_are_made_beside_each_other_are_in_doubt_however_they_overlap(tmp_path):
    from rompy import inputs
    from rompy.core.artefact.preparing import on_bench, prepared

    meet, part = Barrier(2, timeout=120), Barrier(2, timeout=120)

    def long():
        meet.wait()
        part.wait()
        (tmp_path / "long").write_text("x")

    def short():
        meet.wait()
        (tmp_path / "short").write_text("x")

    Piece.do = None
    with inputs.noted(), on_bench() as bench, ThreadPoolExecutor(2) as pool:
        first = pool.submit(copy_context().run, prepared, Piece(number=1), tmp_path, long)
        second = pool.submit(copy_context().run, prepared, Piece(number=2), tmp_path, short)
        second.result()
        part.wait()
        first.result()
    assert all("it was made beside others" in one.recipe.doubts for one in bench.ready)


def test_a_class_that_no_file_holds_is_in_doubt(tmp_path, monkeypatch):
    monkeypatch.setattr(Piece, "__module__", "__main__")
    root = odd(tmp_path, writes()).generate()
    assert any("code that makes it" in one for one in read_manifest(root).artefacts[0].doubts)


def test_a_get_of_any_form_still_works(tmp_path):
    class Free(DataBase):
        def get(self, *args, **kwargs):
            return args, kwargs

    assert Free().get(tmp_path, grid=1) == ((tmp_path,), {"grid": 1})
    with pytest.raises(TypeError):
        Piece().get()


def test_a_part_of_a_former_run_that_is_being_generated_anew_is_taken_from_where_that_waits(tmp_path):
    windy(tmp_path).generate()
    found = []

    def meanwhile(root):
        found.append(taken(windy(tmp_path, "other")))
        with pytest.raises(WorkspaceError, match="is being generated"):
            plan_of(windy(tmp_path, "third"), against=root)
        raise RuntimeError("broken off")

    again = windy(tmp_path).model_copy(update={"delete_existing": True})
    with pytest.raises(RuntimeError, match="broken off"):
        again.generate(check=lambda _: meanwhile(again.staging_dir))
    assert found == [{"config.wind"}]
    assert taken(windy(tmp_path, "fourth")) == {"config.wind"}


def test_another_build_of_the_code_is_other_code(tmp_path, monkeypatch):
    windy(tmp_path).generate()
    monkeypatch.setattr("rompy.provenance.plan.other_code.builds_sha256", lambda: "f" * 64)
    assert taken(windy(tmp_path, "other")) == set()


def test_a_former_run_that_was_moved_away_is_missed_and_named(tmp_path):
    root = windy(tmp_path).generate()
    root.rename(tmp_path / "moved")
    steps = {step.what: step for step in plan_of(windy(tmp_path, "other")).steps}
    assert "no record of a run can be read any more" in steps["config.wind"].reasons[0]
    assert str(root) in steps["config.wind"].reasons[0]
    assert taken(windy(tmp_path, "other")) == set()
    assert taken(windy(tmp_path, "third"), tmp_path / "moved") == {"config.wind"}


def test_a_place_that_cannot_even_be_looked_at_fails_nothing(tmp_path):
    manifest = read_manifest(windy(tmp_path).generate())
    nowhere = tmp_path / ("x" * 300)  # an error other than that there is nothing
    with pytest.raises(OSError):
        (nowhere / "manifest.json").is_file()
    ArtefactIndex().add(nowhere, [one.model_dump() for one in manifest.artefacts])
    steps = {step.what: step for step in plan_of(windy(tmp_path, "other")).steps}
    assert steps["config.wind"].action == "reused"
    assert taken(windy(tmp_path, "other")) == {"config.wind"}


def test_a_disk_that_fails_while_a_part_is_copied_leaves_nothing_of_it(
    tmp_path, monkeypatch, files_of, caplog
):
    root = windy(tmp_path).generate()
    copied = preparing._copied

    def failing(source, target):
        copied(source, target)
        raise OSError(errno.EIO, "Input/output error", str(source))

    monkeypatch.setattr(preparing, "_copied", failing)
    other = windy(tmp_path, "other")
    assert taken(other) == set()
    assert files_of(other.staging_dir) == files_of(root)
    assert "is not used" in caplog.text


def test_two_runs_take_from_the_same_one_at_the_same_time(tmp_path, files_of):
    root = windy(tmp_path).generate()
    others = [windy(tmp_path, name) for name in ("other", "third")]
    meet = Barrier(2, timeout=60)

    def take(model_run):
        meet.wait()
        return taken(model_run)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(take, others)) == [{"config.wind"}] * 2
    assert all(files_of(one.staging_dir) == files_of(root) for one in others)
