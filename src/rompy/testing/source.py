"""What every source of data must do, from its description to the values."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from pydantic import ValidationError

from rompy import plugins
from rompy.core.describing.dump import plain, to_yaml
from rompy.core.filters import Filter
from rompy.core.source.base import SourceBase, opened_once
from rompy.core.types import DatasetCoords
from rompy.core.yaml_loader import safe_load_with_includes

if TYPE_CHECKING:
    import xarray as xr

Description = dict[str, Any]
Opened = Callable[..., "xr.Dataset"]


class SourceSuite:
    """Tests of a subclass of SourceBase, made from its description and opened as data objects do."""

    lazy: ClassVar[bool] = True
    """Whether values stay on disk until they are used. Only for small tables and what is computed this may be False."""

    @pytest.fixture
    def source_class(self) -> type[SourceBase]:
        """The class under test."""
        raise NotImplementedError("supply a fixture `source_class`")

    @pytest.fixture
    def description(self) -> Description:
        """What stands below ``source:`` in a user's file: a mapping with ``model_type``. Use all you have."""
        raise NotImplementedError("supply a fixture `description`")

    @pytest.fixture
    def missing(self) -> Description | None:
        """A description of a file or dataset that is not there; None when no such can be written."""
        return None

    @pytest.fixture
    def source(self, source_class: type[SourceBase], description: Description) -> SourceBase:
        """The source under test."""
        return source_class(**copy.deepcopy(description))

    @pytest.fixture
    def bounds(self) -> dict[str, slice]:
        """Ranges by coordinate without which the source cannot be opened, if it has no end of its own."""
        return {}

    @pytest.fixture
    def opened(self, source: SourceBase, bounds: dict[str, slice]) -> Opened:
        """A function of ``variables`` and further ranges by coordinate that opens the source as data objects do."""

        def open_source(variables: Any = (), **ranges: slice) -> xr.Dataset:
            filters: Any = Filter(crop={**bounds, **ranges}) if bounds or ranges else {}
            return source.open(variables=variables, filters=filters, coords=DatasetCoords())

        return open_source

    @pytest.fixture
    def whole(self, opened: Opened) -> Iterator[xr.Dataset]:
        """All of its data."""
        with opened_once():
            yield opened()

    @pytest.fixture
    def variable(self, whole: xr.Dataset) -> str:
        """Name of one of its variables: the first one unless overridden."""
        return str(next(iter(whole.data_vars)))

    def test_is_found_by_its_tag(self, source_class: type[SourceBase], description: Description) -> None:
        found = plugins.class_for_tag("rompy.source", description["model_type"])
        assert found is source_class, "the entry point in the group rompy.source leads to another class"

    def test_its_dump_makes_the_same_source_again(
        self, source: SourceBase, source_class: type[SourceBase]
    ) -> None:
        again = source_class(**safe_load_with_includes(to_yaml(source)))
        assert plain(again) == plain(source)

    def test_an_unknown_key_is_refused(
        self, source_class: type[SourceBase], description: Description
    ) -> None:
        if source_class.model_config.get("extra") != "forbid":
            pytest.skip("takes any key")
        with pytest.raises(ValidationError, match="qqq"):
            source_class(**{**copy.deepcopy(description), "qqq": 1})

    def test_opens_to_a_dataset_with_variables(self, whole: xr.Dataset) -> None:
        import xarray as xr

        assert isinstance(whole, xr.Dataset)
        assert whole.data_vars, "there are no variables"
        assert all(size > 0 for size in whole.sizes.values())

    def test_times_are_times_in_order(self, whole: xr.Dataset) -> None:
        if "time" not in whole.indexes:
            pytest.skip("has no coordinate called time")
        times = whole.indexes["time"]
        assert whole["time"].dtype.kind == "M" or type(times).__name__ == "CFTimeIndex"
        assert times.is_monotonic_increasing

    def test_coordinates_are_known(self, source: SourceBase, whole: xr.Dataset) -> None:
        assert set(whole.indexes) <= set(source.coordinates)

    def test_only_the_variables_that_are_asked_for(
        self, opened: Opened, whole: xr.Dataset, variable: str
    ) -> None:
        with opened_once():
            ds = opened([variable])
            assert list(ds.data_vars) == [variable]
            assert ds[variable].load().equals(whole[variable].load())

    def test_no_variables_means_all(self, opened: Opened, whole: xr.Dataset) -> None:
        with opened_once():
            assert set(opened([]).data_vars) == set(whole.data_vars)

    def test_an_unknown_variable_is_refused_with_those_there_are(self, opened: Opened, variable: str) -> None:
        with opened_once(), pytest.raises(ValueError, match="no_such_variable") as caught:
            opened([variable, "no_such_variable"])
        assert variable in str(caught.value), "the message does not say which variables there are"

    def test_a_filter_cuts_out_just_what_it_says(self, opened: Opened, whole: xr.Dataset) -> None:
        name, limits = _middle(whole)
        with opened_once():
            part = opened(**{name: limits})
            index = whole.indexes[name]
            inside = [limits.start <= label <= limits.stop for label in index]
            assert 0 < sum(inside) < len(index)
            assert part.load().equals(whole.isel({name: inside}).load())

    def test_nothing_is_read_before_it_is_used(self, opened: Opened, whole: xr.Dataset) -> None:
        if not self.lazy:
            pytest.skip("lazy is False: everything is in memory")
        name, limits = _middle(whole)
        with opened_once():
            for ds in (opened(), opened(**{name: limits})):
                read = [name for name, array in ds.data_vars.items() if array.size > 1 and _is_read(array)]
                assert not read, "opening read the values of these variables"

    def test_two_openings_are_equal_and_independent(self, opened: Opened, variable: str) -> None:
        import xarray as xr

        with opened_once():
            first, untouched = opened(), opened().copy(deep=True)
            first[variable].attrs["changed"] = 1
            first["added"] = 0
            first = first.rename({variable: "renamed"})
            second = opened()
            xr.testing.assert_identical(second.load(), untouched.load())
        with opened_once():
            xr.testing.assert_identical(opened().load(), untouched)

    def test_opening_does_not_change_the_description(
        self, source: SourceBase, bounds: dict[str, slice], whole: xr.Dataset
    ) -> None:
        name, limits = _middle(whole)
        filters = Filter(crop={**bounds, name: limits})
        before = to_yaml(source), to_yaml(filters)
        with opened_once():
            source.open(variables=[], filters=filters, coords=DatasetCoords())
        assert (to_yaml(source), to_yaml(filters)) == before

    def test_its_files_are_closed_at_the_end(self, opened: Opened) -> None:
        with _closing_everything(), opened_once():
            ds = opened()
            next(iter(ds.data_vars.values())).load()
            del ds

    def test_what_is_missing_is_said_by_name(
        self, source_class: type[SourceBase], missing: Description | None, bounds: dict[str, slice]
    ) -> None:
        if missing is None:
            pytest.skip("no fixture `missing`")
        with pytest.raises((FileNotFoundError, ValidationError)) as caught, _closing_everything():
            source_class(**missing).open(filters=Filter(crop=bounds))
        values = [text for text in map(str, _values(missing)) if len(text) > 3]
        assert any(text in str(caught.value) for text in values), "the message does not name what is missing"

    def test_it_prints_in_one_line_or_as_a_tree(self, source: SourceBase) -> None:
        assert str(source).strip()
        assert " object at 0x" not in str(source)


def _middle(ds: xr.Dataset) -> tuple[str, slice]:
    """A coordinate along which there are at least three labels, and limits that hold some but not all of them."""
    for name, index in ds.indexes.items():
        if len(index) >= 3 and index.dtype.kind in "iufM" and index.is_unique:
            first, second = sorted((index[0], index[len(index) // 2]))
            return str(name), slice(*(_plain_label(label) for label in (first, second)))
    pytest.skip("has no coordinate with three labels or more")


def _plain_label(label: Any) -> Any:
    return label.to_pydatetime(warn=False) if hasattr(label, "to_pydatetime") else float(label)


def _is_read(array: xr.DataArray) -> bool:
    # The one way to know without reading; not part of xarray's public interface, but old.
    return bool(array.variable._in_memory)


@contextmanager
def _closing_everything() -> Iterator[None]:
    """Fails if files that were opened in the block are still open after it."""
    import psutil

    process = psutil.Process()
    before = {file.path for file in process.open_files()}
    yield
    gc.collect()
    left = {file.path for file in process.open_files()} - before
    assert not left, "these files were left open"


def _values(description: Any) -> Iterator[Any]:
    if isinstance(description, dict):
        for value in description.values():
            yield from _values(value)
    else:
        yield description
