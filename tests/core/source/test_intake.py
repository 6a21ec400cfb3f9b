"""Catalogues of both generations open alike, from files and from text."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from rompy.core.filters import Filter
from rompy.core.source import SourceIntake, opened_once
from rompy.errors import DataError, MissingFileError

FIRST = """
sources:
  wind:
    driver: netcdf
    args: {urlpath: '{{ CATALOG_DIR }}/wind.nc', engine: netcdf4}
  wind_of:
    driver: netcdf
    parameters: {name: {description: which, type: str, default: nothing}}
    args: {urlpath: '{{ CATALOG_DIR }}/{{ name }}.nc', engine: netcdf4}
"""
SECOND = """
version: 2
data:
  one: {datatype: "intake.readers.datatypes:HDF5", kwargs: {url: FOLDER/wind.nc}, metadata: {}, user_parameters: {}}
entries:
  wind:
    reader: intake.readers.readers:XArrayDatasetReader
    kwargs: {args: ["{data(one)}"], engine: netcdf4}
    output_instance: xarray:Dataset
    metadata: {}
    user_parameters: {}
metadata: {}
user_parameters: {}
aliases: {}
"""


@pytest.fixture
def folder(tmp_path):
    xr.Dataset({"u": (("time", "x"), np.ones((4, 3)))}, coords={"x": [1, 2, 3]}).to_netcdf(
        tmp_path / "wind.nc"
    )
    (tmp_path / "first.yaml").write_text(FIRST)
    (tmp_path / "second.yaml").write_text(SECOND.replace("FOLDER", str(tmp_path)))
    return tmp_path


@pytest.mark.parametrize("catalog", ["first.yaml", "second.yaml"])
@pytest.mark.parametrize("as_text", [True, False])
def test_both_generations_open_alike(folder, catalog, as_text):
    path = folder / catalog
    where = (
        {"catalog_yaml": path.read_text().replace("{{ CATALOG_DIR }}", str(folder))}
        if as_text
        else {"catalog_uri": path}
    )
    source = SourceIntake(dataset_id="wind", **where)
    with opened_once():
        ds = source.open(filters=Filter(crop={"x": slice(2, 3)}))
        assert ds.sizes == {"time": 4, "x": 2}
        assert not ds.u.variable._in_memory
        chunked = SourceIntake(dataset_id="wind", kwargs={"chunks": {"time": 1}}, **where)
        assert chunked.open().chunks["time"] == (1, 1, 1, 1)
        with pytest.raises(DataError, match=r"(?s)no dataset 'winds'\. Did you mean 'wind'\?.*It has: wind"):
            SourceIntake(dataset_id="winds", **where).open()
    assert "wind" in source.catalog


def test_parameters_of_an_entry(folder):
    with opened_once():
        source = SourceIntake(
            dataset_id="wind_of", catalog_uri=folder / "first.yaml", kwargs={"name": "wind"}
        )
        assert source.open().sizes["x"] == 3
    with pytest.raises(DataError, match="'wind_of' of the catalogue cannot be opened"):
        SourceIntake(dataset_id="wind_of", catalog_uri=folder / "first.yaml").open()


def test_shell_commands_in_a_catalogue_are_not_carried_out(tmp_path):
    command = f"{{{{ shell('touch {tmp_path}/done') }}}}"
    text = f'sources: {{wind: {{driver: netcdf, args: {{urlpath: "{command}"}}}}}}'
    with pytest.raises(DataError):
        SourceIntake(dataset_id="wind", catalog_yaml=text).open()
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({}, "Either catalog_uri or catalog_yaml must be provided"),
        ({"catalog_uri": "a.yaml", "catalog_yaml": "sources: {}"}, "Only one of catalog_uri or catalog_yaml"),
    ],
)
def test_there_is_one_catalogue(where, message):
    with pytest.raises(ValidationError, match=message):
        SourceIntake(dataset_id="wind", **where)


def test_a_missing_catalogue(tmp_path):
    with pytest.raises(MissingFileError, match=r"no file .*catalog\.yaml"):
        SourceIntake(dataset_id="wind", catalog_uri=tmp_path / "catalog.yaml").open()


@pytest.mark.parametrize("text", ["[1, 2", "sources: [1, 2]", "- a"])
def test_what_is_no_catalogue_is_refused(text):
    with pytest.raises(DataError, match="is not an intake catalogue"):
        SourceIntake(dataset_id="wind", catalog_yaml=text).open()


def test_a_dump_makes_the_same_source_again():
    source = SourceIntake(dataset_id="wind", catalog_uri=Path("a.yaml"), kwargs={"chunks": {}})
    assert SourceIntake(**source.model_dump()) == source
    assert str(source) == "SourceIntake(catalog_uri=a.yaml, dataset_id=wind)"


def test_a_real_catalogue(real_data):
    with opened_once():
        ds = SourceIntake(dataset_id="era5", catalog_uri=real_data / "catalog.yaml").open(variables=["u10"])
        assert ds.u10.dims == ("time", "latitude", "longitude")
