"""Datasets by name: what is shipped is complete, what is opened has the names and units that are promised."""

import hashlib
from datetime import timedelta

import numpy as np
import pytest
from pydantic import ValidationError

from rompy import plugins
from rompy.core.adapting.adapter import Adapter
from rompy.core.adapting.datum import direction_of_name
from rompy.core.adapting.standard_names import find_standard_name
from rompy.core.adapting.units import same_measure
from rompy.core.catalog.checking import check_all, check_entry
from rompy.core.catalog.reading import read_catalog
from rompy.core.filters import Filter
from rompy.core.instant import parse_instant
from rompy.core.source import SourceCatalog, SourceFile, opened_once
from rompy.errors import ConfigError, DataError, TransferError
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
    with pytest.raises(ConfigError, match="has version 9 of the format; this rompy understands 1"):
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


def test_names_and_units_of_every_shipped_entry_are_those_of_cf():
    for name, entry in read_catalog().datasets.items():
        for variable, stated in entry.variables.items():
            quantity = find_standard_name(stated.standard_name)
            assert quantity is not None, (name, variable)
            assert quantity.name == stated.standard_name, (name, variable, "an alias")
            assert same_measure(stated.units, quantity.units), (name, variable)
        assert entry.adapter().only_present
        parse_names = [stated.source_name or variable for variable, stated in entry.variables.items()]
        assert len(set(parse_names)) == len(parse_names), name


def test_levels_of_shipped_entries_say_what_they_count_from():
    for name, entry in read_catalog().datasets.items():
        for variable, stated in entry.variables.items():
            if direction_of_name(stated.standard_name) and "amplitude" not in stated.standard_name:
                assert stated.positive, (name, variable)
                assert stated.datum, (name, variable)


def test_depths_of_gebco_are_opened_with_their_datum(real_data):
    source = SourceCatalog(dataset="gebco", parameters={"file": str(real_data / "gebco-1deg.nc")})
    with opened_once():
        ds = source.open()
        assert ds.elevation.attrs["vertical_datum"] == "MSL"
        assert ds.elevation.attrs["positive"] == "up"
        assert ds.elevation.attrs["standard_name"] == "height_above_mean_sea_level"
        depth = source.model_copy(
            update={"adapter": Adapter(variables={"elevation": {"name": "depth", "positive": "down",
                "standard_name": "sea_floor_depth_below_mean_sea_level", "datum": "LAT", "datum_shift": 0.9}})}
        ).open().depth  # fmt: skip
        np.testing.assert_allclose(depth, -(ds.elevation.astype(float) + 0.9), rtol=1e-6)
        assert depth.attrs["positive"] == "down"
        assert depth.attrs["vertical_datum"] == "LAT"


def test_winds_of_era5_are_opened_from_files(real_data):
    files = str(real_data / "era5-20230101.nc")
    with opened_once():
        ds = SourceFile(uri=files, adapter=read_catalog().entry("era5_files").adapter(["u10", "v10"])).open()
        assert ds.u10.attrs["standard_name"] == "eastward_wind"


BAD = {
    "acces: none": (r"bad.yml:9: datasets\.winds\.acces: unknown key; did you mean 'access'"),
    "variables: {u10: {standard_name: eastward_winds, units: m s-1}}": (
        r"bad.yml:9: .*'eastward_winds' is no CF standard name. Did you mean 'eastward_wind'"
    ),
    "variables: {u10: {standard_name: eastward_wind, units: K}}": (
        r"bad.yml:9: .*in 'K' \(temperature\), but eastward_wind is measured in 'm s-1'"
    ),
    "checksum: none": r"bad.yml:9: datasets\.winds\.checksum: does not have the form",
    "extent: {start: yesterday}": r"bad.yml:9: datasets\.winds\.extent\.start",
}


@pytest.mark.parametrize("line", BAD)
def test_mistakes_are_told_with_file_and_line(line, tmp_path):
    text = "\n    ".join(
        [
            "format: rompy-catalog/1\ndatasets:\n  winds:",
            *("title: W", "source: {model_type: file, uri: a.nc}", "licence: x", "citation: x", "access: x"),
            line,
            "",
        ]
    )
    (tmp_path / "bad.yml").write_text(text)
    with pytest.raises(ConfigError, match=BAD[line]):
        read_catalog(tmp_path / "bad.yml")


def test_own_catalogues_are_merged_with_those_of_the_machine_and_of_rompy(own, tmp_path, monkeypatch):
    machine, user = tmp_path / "machine", tmp_path / "config" / "rompy" / "catalogs"
    for folder, dataset in ((machine, "buoys"), (user, "winds")):
        folder.mkdir(parents=True)
        (folder / "a.yml").write_text(own.read_text().replace("  winds:", f"  {dataset}:"))
    (machine / "b.yml").write_text(own.read_text().replace("Winds for tests", "Winds of the machine"))
    (user / "notes.txt").write_text("no catalogue")
    monkeypatch.setenv("ROMPY_CATALOGS", str(machine))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    merged = read_catalog()
    assert {"era5", "buoys", "winds"} <= set(merged.datasets)
    assert merged.entry("winds").title == "Winds for tests"
    assert merged.file_of("winds") == user / "a.yml"
    with opened_once():
        assert "east" in SourceCatalog(dataset="winds", parameters={"name": "tiny"}).open()


def test_a_file_that_has_changed_is_not_opened(own, tiny_netcdf):
    with tiny_netcdf.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(TransferError, match="wrong checksum"):
        SourceCatalog(dataset="winds", catalog=own, parameters={"name": "tiny"}).open()


def test_servers_are_asked_without_anything_being_sent(own, web):
    entry = read_catalog(own).entry("winds").model_copy(
        update={"source": {"model_type": "file", "uri": f"{web.url}/big.nc"}, "parameters": {}, "checksum": None}
    )  # fmt: skip
    web.put("big.nc", bytes(2**20))
    states = {f.what: f.state for f in check_all({"winds": entry})}
    assert states == {"address": "ok", "homepage": "ok"}
    assert web.heads == ["big.nc", "home"]
    assert (web.sent, web.requests) == (0, [])


def test_sums_of_era5_are_over_an_hour_whatever_the_step():
    rain = read_catalog().entry("era5_files").adapter(["rain"]).variables["tp"]
    assert rain.accumulated == timedelta(hours=1)
