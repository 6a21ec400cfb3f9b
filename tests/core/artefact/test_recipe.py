"""A recipe tells two artefacts apart when anything differs that could change their bytes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from pydantic import PrivateAttr

from rompy.core.artefact.recipe import recipe_of
from rompy.core.source import SourceFile, SourceZarr
from rompy.core.time import Duration, TimeRange
from rompy.core.types import RompyBaseModel
from rompy.provenance.plan.shelf import recipe_sha256


class Piece(RompyBaseModel):
    source: Any = None
    scale: float = 1.0
    gap: Duration | None = None
    _kept: Any = PrivateAttr(default=None)


@dataclass(frozen=True)
class Outline:
    points: Any


def sha(piece, needs=None, **kwargs):
    return recipe_sha256(recipe_of(piece, needs or {}, by_values=True, **kwargs))


@pytest.fixture
def wind(tmp_path):
    path = tmp_path / "wind.nc"
    path.write_bytes(b"CDF wind")
    return path


def test_the_same_is_the_same_however_it_was_written():
    assert sha(Piece(gap="1h")) == sha(Piece(gap=3600, scale=1.0)) is not None
    start, end, length = "2024-02-01", "2024-02-03", "2d"
    one, other = TimeRange(start=start, end=end), TimeRange(start=start, duration=length)
    assert sha(Piece(), {"time": one}) == sha(Piece(), {"time": other})


@pytest.mark.parametrize(
    "needs",
    [
        {"time": TimeRange(start="2024-02-01", end="2024-02-04")},
        {"points": np.arange(4.0)},
        {"points": np.arange(4.0).reshape(2, 2)},
        {"points": np.arange(4)},
        {"outline": Outline(np.zeros(3))},
        {"outline": Outline(np.ones(3))},
        {"moment": np.datetime64("2024-02-01")},
        {"moment": np.datetime64("2024-02-02")},
        {"scale": np.float64(1.5)},
        {"names": {"b", "a"}},
    ],
)
def test_anything_that_is_needed_besides_counts(needs):
    assert sha(Piece(), needs) not in (None, sha(Piece()), sha(Piece(), {"points": np.zeros(9)}))
    assert sha(Piece(), needs) == sha(Piece(), dict(needs))


def test_which_fields_were_given_counts_unless_only_values_do():
    plain, written_out = recipe_of(Piece(), {}), recipe_of(Piece(scale=1.0), {})
    assert recipe_sha256(plain) != recipe_sha256(written_out)
    assert sha(Piece()) == sha(Piece(scale=1.0))


def test_a_field_without_part_in_it_does_not_count():
    assert sha(Piece(scale=2), without=("scale",)) == sha(Piece(scale=3), without=("scale",))
    assert sha(Piece(scale=2)) != sha(Piece(scale=3))


def test_a_file_counts_by_its_content_wherever_it_lies(wind, tmp_path):
    before = sha(Piece(source=SourceFile(uri=wind)))
    moved = wind.rename(tmp_path / "other.nc")
    assert sha(Piece(source=SourceFile(uri=moved))) == before
    moved.write_bytes(b"CDF gust")
    assert sha(Piece(source=SourceFile(uri=moved))) not in (before, None)


def test_the_name_of_a_file_counts_where_nobody_says_that_it_does_not(wind, tmp_path):
    before = sha(Piece(source=str(wind)))
    assert sha(Piece(source=str(wind.rename(tmp_path / "other.nc")))) not in (before, None)


def test_private_state_counts():
    piece, other = Piece(), Piece()
    piece._kept = {"rows": [1, 2]}
    assert sha(piece) not in (None, sha(other))


@pytest.mark.parametrize(
    ("piece", "why"),
    [
        (lambda _: Piece(source=object()), "a object cannot be compared"),
        (lambda folder: Piece(source=str(folder)), "something else may be meant by the folder"),
        (lambda folder: Piece(source=f"{folder}/*.nc"), "something else may be meant by the pattern"),
        (lambda _: Piece(source=SourceZarr(uri="s3://b/wind.zarr")), "a source of kind zarr may find more"),
        (
            lambda _: Piece(source=xr.Dataset({"u": ("x", np.ones(3))}).chunk()),
            "a DataArray cannot be compared",
        ),
    ],
)
def test_what_nobody_can_compare_is_in_doubt(piece, why, tmp_path):
    recipe = recipe_of(piece(tmp_path), {})
    assert any(why in doubt for doubt in recipe.doubts), recipe.doubts
    assert recipe_sha256(recipe) is None


def test_a_file_that_vanished_leaves_no_digest(wind):
    recipe = recipe_of(Piece(source=str(wind)), {})
    wind.unlink()
    assert recipe_sha256(recipe) is None


def test_addresses_are_told_apart_from_files():
    recipe = recipe_of(Piece(source="https://example.org/wind.nc"), {})
    assert recipe.read == ["https://example.org/wind.nc"]
    assert not recipe.named
    assert Path("https://example.org/wind.nc") not in recipe.named
