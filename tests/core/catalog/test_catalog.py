"""Datasets by name: what is shipped is complete, what is opened has the names and units that are promised."""

import hashlib

import numpy as np
import pytest
from pydantic import ValidationError

from rompy import plugins
from rompy.core.catalog.checking import check_entry
from rompy.core.catalog.reading import read_catalog
from rompy.core.filters import Filter
from rompy.core.instant import parse_instant
from rompy.core.source import SourceCatalog, opened_once
from rompy.errors import ConfigError, DataError
from rompy.testing import SourceSuite

pytest.importorskip("cf_xarray")
pytest_plugins = ["rompy.testing.fixtures"]

OWN = """
format: rompy-catalog/1
datasets:
  winds:
    title: Winds for tests
    source: {{model_type: file, uri: "{folder}/{{name}}.nc"}}
    parameters: {{name: name of the file}}
    variables:
      east: {{standard_name: eastward_wind, units: km h-1, source_name: u10}}
      v10: {{standard_name: northward_wind, units: m s-1}}
    extent: {{longitude: [145, 155], latitude: [-40, -30], start: 2023-01-01, end: 2023-01-01T06:00:00}}
    licence: none
    citation: none
    access: none
    homepage: {homepage}/home
    checksum: sha256:{checksum}
"""


@pytest.fixture
def own(tiny_netcdf, tmp_path, web):
    web.put("home", b"welcome")
    digest = hashlib.sha256(tiny_netcdf.read_bytes()).hexdigest()
    (tmp_path / "own.yml").write_text(OWN.format(folder=tmp_path, homepage=web.url, checksum=digest))
    return tmp_path / "own.yml"


class TestCatalog(SourceSuite):
    @pytest.fixture(autouse=True)
    def known(self):
        with plugins.registered("rompy.source", "catalog", SourceCatalog):
            yield

    @pytest.fixture
    def source_class(self):
        return SourceCatalog

    @pytest.fixture
    def description(self, own):
        return {
            "model_type": "catalog",
            "dataset": "winds",
            "catalog": str(own),
            "parameters": {"name": "tiny"},
        }


def test_names_and_units_are_those_of_the_entry(own, tiny_dataset):
    source = SourceCatalog(dataset="winds", catalog=own, parameters={"name": "tiny"})
    with opened_once():
        ds = source.open(["east"], Filter(crop={"time": slice("2023-01-01T02:00", "2023-01-01T03:00")}))
        np.testing.assert_allclose(ds.east, tiny_dataset.u10[2:4] * 3.6, rtol=1e-6)
        assert ds.east.attrs == {"standard_name": "eastward_wind", "units": "km h-1"}


def test_every_shipped_entry_says_where_how_and_under_which_terms():
    catalog = read_catalog()
    assert {
        "era5",
        "gfs",
        "cmems_physics",
        "cmems_waves",
        "hycom",
        "gebco",
        "tpxo",
        "fes",
        "ww3_spectra",
    } <= set(catalog.datasets)
    for name, entry in catalog.datasets.items():
        assert entry.access, name
        assert entry.licence, name
        described = entry.description(dict.fromkeys(entry.parameters, "x"))
        assert "{" not in str(described["uri"]), name


def test_what_is_wrong_is_said(own, tmp_path):
    with pytest.raises(DataError, match=r"(?s)no dataset 'wind'. Did you mean 'winds'.*It has: winds"):
        SourceCatalog(dataset="wind", catalog=own).open()
    with pytest.raises(ConfigError, match=r"(?s)parameter name is missing.*name of the file"):
        SourceCatalog(dataset="winds", catalog=own).open()
    (tmp_path / "b.yml").write_text("format: rompy-catalog/9\n")
    with pytest.raises(ConfigError, match="rompy-catalog/1"):
        read_catalog(tmp_path / "b.yml")
    with pytest.raises(ValidationError):
        SourceCatalog(name="winds")


def test_checking_finds_dead_links_changes_and_missing_coverage(own, tiny_netcdf, web):
    entry = read_catalog(own).entry("winds")

    def states(**options):
        return {f.what: f.state for f in check_entry("winds", entry, parameters={"name": "tiny"}, **options)}

    assert states() == {"address": "ok", "homepage": "ok", "checksum": "ok"}
    period = (parse_instant("2022-12-31"), parse_instant("2023-01-01T03"))
    found = {f.what: f for f in check_entry("winds", entry, box=(150, -50, 153, -35), period=period)}
    assert found["address"].state == "unchecked"
    assert found["coverage"].state == "uncovered"
    assert "latitudes -40 to -30, not -50 to -35" in found["coverage"].reason
    assert "times from 2023-01-01" in found["coverage"].reason
    tiny_netcdf.write_bytes(b"other")
    web.files.clear()
    assert states(box=(-215, -40, -205, -30)) == {
        "address": "ok", "homepage": "dead", "checksum": "changed", "coverage": "ok",
    }  # fmt: skip
