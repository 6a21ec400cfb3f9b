"""Files are opened lazily, and files that are missing, broken or of another kind are explained."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from rompy.core.filters import Filter
from rompy.core.source import SourceFile, opened_once
from rompy.errors import DataError, MissingFileError


@pytest.fixture
def path(tmp_path):
    ds = xr.Dataset({"u": (("time", "x"), np.ones((2, 3)))}, coords={"x": [1, 2, 3], "time": [0, 1]})
    ds.to_netcdf(tmp_path / "wind.nc")
    return tmp_path / "wind.nc"


@pytest.mark.parametrize("as_", [str, Path, lambda p: f"file://{p}"])
def test_any_way_to_name_a_file(path, as_):
    source = SourceFile(uri=as_(path))
    with opened_once():
        assert source.open().sizes == {"time": 2, "x": 3}
        assert not source.open().u.variable._in_memory
    assert SourceFile(**source.model_dump()) == source


def test_keywords_reach_xarray(path):
    with opened_once():
        assert SourceFile(uri=path, kwargs={"chunks": {"time": 1}}).open().chunks["time"] == (1, 1)


def test_opening_netcdf_imports_no_other_engines(path):
    code = (
        "import sys; from rompy.core.source import SourceFile; "
        f"[SourceFile(uri={str(path)!r}, kwargs=k).open().close() for k in ({{}}, {{'engine': 'netcdf4'}})]; "
        "print([m for m in ('rioxarray', 'rasterio', 'cfgrib', 'wavespectra') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_other_formats_are_left_to_xarray(tmp_path):
    xr.Dataset({"u": ("x", [1.0, 2.0])}).to_zarr(tmp_path / "a.zarr", zarr_format=2)
    with opened_once():
        ds = SourceFile(uri=tmp_path / "a.zarr", kwargs={"engine": "zarr"}).open()
        assert ds.u.values.tolist() == [1, 2]


def test_one_variable(path):
    with opened_once():
        one = SourceFile(uri=path, variable="u").open(filters=Filter(crop={"x": slice(2, 3)}))
        assert isinstance(one, xr.DataArray)
        assert one.shape == (2, 2)
        with pytest.raises(DataError, match="one variable already"):
            SourceFile(uri=path, variable="u").open(variables=["u"])
        with pytest.raises(DataError, match=r"(?s)no 'v'.*Available: time, u, x"):
            SourceFile(uri=path, variable="v").open()


def test_a_missing_file_names_its_neighbours(path):
    with pytest.raises(MissingFileError, match=r"(?s)winds\.nc.*In that folder there is: wind\.nc"):
        SourceFile(uri=path.with_name("winds.nc")).open()


@pytest.mark.parametrize("content", [b"", b"not a dataset", b"\x89HDF\r\n\x1a\n cut off"])
def test_a_broken_file_is_a_data_error(tmp_path, content):
    broken = tmp_path / "broken.nc"
    broken.write_bytes(content)
    with pytest.raises(DataError, match=r"broken\.nc cannot be opened as a dataset"):
        SourceFile(uri=broken).open()


def test_wrong_keywords_are_a_data_error(path):
    with pytest.raises(DataError, match="cannot be opened"):
        SourceFile(uri=path, kwargs={"engine": "no_such_engine"}).open()


def test_misspelt_keys_are_explained():
    with pytest.raises(ValidationError, match="Did you mean 'uri'"):
        SourceFile(url="a.nc")


def test_nothing_is_opened_at_construction():
    assert str(SourceFile(uri="nowhere.nc")) == "SourceFile(uri=nowhere.nc)"
