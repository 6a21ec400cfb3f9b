"""What all sources have in common: opening lazily, choosing variables, filtering, and being opened once."""

import sys
import threading
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import xarray as xr
from pydantic import ConfigDict, Field

from rompy.core.filters import Filter
from rompy.core.source import SourceBase, opened_once
from rompy.core.types import DatasetCoords
from rompy.errors import DataError

OPENED = []


class Counted(SourceBase):
    """A source that remembers how often it was opened, as a plugin would write one."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model_type: Literal["counted"] = "counted"
    size: int = 3
    options: dict[str, Any] = Field(default_factory=dict)
    path: Path | None = None
    obj: Any = None

    def _open(self):
        OPENED.append(self)
        ds = xr.Dataset(
            {"u": ("x", np.arange(float(self.size))), "v": ("x", np.ones(self.size))},
            coords={"x": np.arange(self.size)},
        )
        ds.set_close(lambda: OPENED.append("closed"))
        return ds


@pytest.fixture(autouse=True)
def _forget():
    OPENED.clear()


def test_open_gives_everything():
    assert set(Counted().open().variables) == {"u", "v", "x"}


@pytest.mark.parametrize("variables", ["u", ["u"], ("u",)])
def test_open_keeps_the_variables_asked_for(variables):
    assert list(Counted().open(variables=variables).data_vars) == ["u"]


def test_open_filters_after_choosing_and_ignores_what_others_need():
    ds = Counted().open(variables=["u"], filters=Filter(crop={"x": slice(1, 2)}), coords=DatasetCoords())
    assert ds.u.values.tolist() == [1, 2]
    assert Counted().open([], {}).sizes["x"] == 3


def test_unknown_variables_are_listed_with_those_there_are():
    with pytest.raises(
        ValueError, match=r"(?s)no 'w', 'uu'.*Asked for: u, w, uu\. Available: u, v, x"
    ) as caught:
        Counted().open(variables=["u", "w", "uu"])
    assert isinstance(caught.value, DataError)


def test_variables_that_the_filter_would_make_are_told_apart_from_unknown_ones():
    filters = Filter(derived={"derived_variables": {"speed": "hypot(u, v)"}})
    with pytest.raises(DataError, match="speed is made by the filter, which comes after"):
        Counted().open(variables=["speed"], filters=filters)


def test_coordinates():
    coordinates = Counted().coordinates
    assert "x" in coordinates
    assert coordinates["x"].size == 3
    assert coordinates["x"].to_index().tolist() == [0, 1, 2]


def test_a_mixin_may_stand_in_front():
    class Mixin:
        def open(self, variables=[], filters={}, **kwargs):  # noqa: B006 - as plugins have it
            return super().open(variables=variables, filters=filters, **kwargs).assign_attrs(crs="EPSG:4326")

    class WithCrs(Mixin, Counted):
        model_type: Literal["with_crs"] = "with_crs"

    assert WithCrs().open(variables=["u"], filters=Filter(), coords=DatasetCoords()).attrs == {
        "crs": "EPSG:4326"
    }


def test_outside_the_block_every_open_is_a_new_one():
    source = Counted()
    source.open()
    source.open()
    assert [source, source] == OPENED


def test_equal_sources_are_opened_once_and_closed_at_the_end():
    with opened_once():
        for source in (Counted(), Counted(), Counted(size=3)):
            source.open(variables=["u"])
            _ = source.coordinates
        assert len(OPENED) == 1
        with opened_once():
            Counted().open()
        assert len(OPENED) == 1
    assert OPENED[1:] == ["closed"]
    Counted().open()
    assert len(OPENED) == 3


class Other(Counted):
    model_type: Literal["other"] = "other"


@pytest.mark.parametrize(
    "others",
    [
        [Counted(size=4)],
        [Other()],
        [
            Counted(options={"a": 1}),
            Counted(options={"a": 1.5}),
            Counted(options={"a": [1]}),
            Counted(options={"a": True}),
        ],
        [Counted(path=Path("a")), Counted(path=Path("b"))],
        [Counted(obj=xr.Dataset({"a": 1})), Counted(obj=xr.Dataset({"a": 2})), Counted(obj=np.zeros(3))],
        [
            Counted(options={"chunks": {"time": 1}}),
            Counted(options={"chunks": {"x": 1}}),
            Counted(options={"s": slice(3)}),
        ],
    ],
)
def test_different_sources_are_never_taken_for_one(others):
    with opened_once():
        for source in [Counted(), *others]:
            source.open()
        assert len(OPENED) == 1 + len(others)


def test_the_order_of_keys_makes_no_difference():
    with opened_once():
        Counted(options={"a": 1, "b": 2}).open()
        Counted(options={"b": 2, "a": 1}).open()
    assert OPENED.count("closed") == 1


def test_what_one_does_to_its_dataset_is_not_seen_by_the_next():
    with opened_once():
        ds = Counted().open()
        ds["extra"] = 1
        ds.attrs["who"] = "first"
        ds.u.encoding["dtype"] = "float32"
        ds["u"].values = np.zeros(3)
        again = Counted().open()
        assert "extra" not in again
        assert again.attrs == {}
        assert again.u.encoding == {}
        assert again.u.values.tolist() == [0, 1, 2]


def test_all_are_closed_after_a_failure_too():
    with pytest.raises(RuntimeError), opened_once():
        Counted().open()
        raise RuntimeError
    assert OPENED[-1] == "closed"


def test_a_dataset_that_a_source_was_given_is_not_closed():
    class Given(Counted):
        def _open(self):
            return self.obj

    given = Counted().open()
    with opened_once():
        Given(obj=given).open()
    assert "closed" not in OPENED


def test_a_dataset_that_cannot_be_closed_fails_nothing():
    class Stubborn(Counted):
        model_type: Literal["stubborn"] = "stubborn"

        def _open(self):
            ds = super()._open()
            ds.set_close(lambda: 1 / 0)
            return ds

    with opened_once():
        Stubborn().open()


def test_wave_spectra_come_with_their_accessor(monkeypatch, tmp_path):
    import subprocess

    code = """
import sys
from typing import Literal
import numpy as np, xarray as xr
from rompy.core.source import SourceBase
class Spectra(SourceBase):
    model_type: Literal["spectra"] = "spectra"
    def _open(self):
        return xr.Dataset({"efth": (("freq", "dir"), np.ones((2, 3)))}, {"freq": [0.1, 0.2], "dir": [0.0, 90.0, 180.0]})
before = "wavespectra" in sys.modules
print(before, hasattr(Spectra().open(), "spec"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_sources_are_abstract_and_have_no_type_by_default():
    with pytest.raises(TypeError, match="_open"):
        SourceBase(model_type="base_source")
    assert SourceBase.model_fields["model_type"].is_required()


def test_no_base_class_has_what_plugins_take_for_something_else():
    for name in ("get", "stride", "timestride", "set_default_dates", "get_template_context", "render", "cmd"):
        assert not hasattr(SourceBase, name)


def test_threads_open_a_source_once_between_them_and_let_go_of_the_cache(monkeypatch):
    from rompy.core.workers import at_once
    from rompy.fetch import pins
    from rompy.fetch.turns import while_waiting

    started = threading.Barrier(4)

    def use():
        with while_waiting():
            started.wait(30)
        assert pins._scope.get() is not None
        return Counted().open().u.values.sum()

    with opened_once():
        assert at_once([use] * 4, 4) == [3.0] * 4
    assert len(OPENED) == 2
    assert OPENED[-1] == "closed"
