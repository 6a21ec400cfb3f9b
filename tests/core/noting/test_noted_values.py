"""What is read of a service is told piece by piece, so that each can be asked for again."""

import numpy as np
import pytest
import xarray as xr

from rompy import inputs
from rompy.core.noting import noted_values
from rompy.core.noting.noted_values import digest_at, noting_answer, noting_values


@pytest.fixture
def ds():
    values = np.arange(60.0).reshape(3, 4, 5)
    axes = {"t": np.arange(3), "y": np.arange(4.0), "x": list("abcde")}
    return xr.Dataset({"u": (tuple(axes), values, {"units": "m"}), "n": ("x", list("vwxyz"))}, axes)


@pytest.fixture
def lazy(ds, tmp_path):
    ds.to_netcdf(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc", engine="netcdf4") as opened:
        yield opened


def read(ds, use):
    """The pieces that are told of a dataset after something was read of it."""
    with inputs.noted() as notes:
        use(noting_values(lambda: ds, inputs.pieces_of("x", "remote", of_values=True)))
        [found] = notes.finished()
    assert (found["digest_of"], found["kind"]) == ("values", "remote")
    return found["pieces"]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ({}, "u[0:3,0:4,0:5]"),
        ({"t": 1}, "u[1,0:4,0:5]"),
        ({"t": slice(1, 3), "x": slice(0, 5, 2)}, "u[1:3,0:4,0:5:2]"),
        ({"y": slice(None, None, -1)}, "u[0:3,0:4,0:5]"),
        ({"y": [3, 1], "x": [2]}, "u[0:3,1 3,2:3]"),
    ],
)
def test_a_piece_bears_its_place_and_is_found_again_by_it(lazy, ds, part, name):
    pieces = read(lazy, lambda found: found.u.isel(part).load())
    assert list(pieces) == [name]
    assert digest_at(ds, name) == pieces[name]
    assert digest_at(ds.assign(u=ds.u + 1), name) != pieces[name]


def test_values_units_and_labels_count(lazy, ds):
    [(name, digest)] = read(lazy, lambda found: found.u.isel(t=0).load()).items()
    assert digest_at(ds, name) == digest
    in_feet = ds.copy(deep=True)
    in_feet.u.attrs["units"] = "ft"
    for other in (in_feet, ds.assign_coords(x=list("abcdf")), ds.isel(x=slice(4)), ds.drop_vars("u")):
        assert digest_at(other, name) != digest


def test_nothing_but_the_axes_is_told_when_nothing_else_was_read(lazy):
    assert sorted(read(lazy, lambda found: found.t.values)) == ["t", "x", "y"]
    assert sorted(read(lazy, lambda found: found.n.load())) == ["n[0:5]"]


def test_the_axes_are_not_told_besides_a_part_of_the_same(lazy):
    with inputs.noted() as notes:
        noting_values(lambda: lazy, inputs.pieces_of("x", "remote", of_values=True))
        inputs.note_remote("x", part={"t": [0, 1]}, size=1, sha256="00")
        assert [one["sha256"] for one in notes.finished()] == ["00"]


def test_what_is_opened_twice_is_told_once_with_all_pieces(lazy):
    with inputs.noted() as notes:
        for t in (0, 2, 0):
            pieces = inputs.pieces_of("x", "remote", of_values=True)
            noting_values(lambda: lazy, pieces).u.isel(t=t).load()
        [found] = notes.finished()
    assert list(found["pieces"]) == ["u[0,0:4,0:5]", "u[2,0:4,0:5]"]


def test_blocks_of_dask_are_told_as_they_are_computed_unless_they_are_huge(ds, monkeypatch):
    for largest, expected in ((noted_values._LARGEST_BLOCK, ["n", "u[1:2,0:4,0:5]"]), (8, ["n"])):
        monkeypatch.setattr(noted_values, "_LARGEST_BLOCK", largest)
        with inputs.noted() as notes:
            found = noting_answer(ds.assign(u=ds.u.chunk(t=1)), "x")
            np.testing.assert_array_equal(found.u[1].values, ds.u[1])
            [told] = notes.finished()
        assert list(told["pieces"]) == expected
        assert all(digest_at(ds, name) == digest for name, digest in told["pieces"].items())


def test_nothing_is_wrapped_while_nothing_is_noted(ds):
    assert noting_answer(ds, "x") is ds
