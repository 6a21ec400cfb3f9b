import json

import numpy as np
import pytest
import xarray as xr
from pybtex.database import parse_string

from rompy.core.citation import Citation
from rompy.manifest import Input
from rompy.provenance.cite import references_of
from rompy.provenance.cite.datasets import (
    citation_of_input,
    citations_of_catalogues,
    from_attributes,
    from_text,
)


def test_a_run_tells_its_model_its_data_and_rompy(runs, unchanged):
    with unchanged(runs.pond):
        found = references_of(runs.pond)
    assert [c.title for c in found.roles["model"]] == ["Ponds & puddles"]
    (bed,) = found.roles["dataset"]
    assert bed.title == "Depths of the pond"
    assert bed.fields["doi"] == "10.1234/pond_1"
    assert [c.title for c in found.roles["rompy"]] == ["rompy"]
    entries = parse_string(found.to_bibtex(), "bibtex").entries
    assert set(entries) == set(found.entries)
    assert entries["pool-2020-ponds"].fields["title"] == r"{Ponds \& puddles}"
    told = found.to_dict()
    assert told["roles"]["model"] == ["pool-2020-ponds"]
    assert told["entries"]["pool-2020-ponds"]["journal"] == "Water_Lett"


def test_an_input_that_says_nothing_is_named(pond, tmp_path):
    xr.Dataset({"depth": ("x", np.ones(3))}).to_netcdf(tmp_path / "bare.nc")
    found = references_of(pond(bed=str(tmp_path / "bare.nc")).generate())
    assert found.roles["dataset"] == []
    assert found.notes == (f"nothing is known of how to cite {tmp_path / 'bare.nc'}",)


def test_attributes_without_an_owner_are_no_reference():
    assert from_attributes({"title": "Output"}, "x.nc") is None
    found = from_attributes({"title": "Wind", "institution": "Met", "product_version": "3"}, "x.nc")
    assert (found.title, found.authors, found.fields) == ("Wind", ("{Met}",), {"version": "3"})


def test_the_doi_and_the_year_are_found_in_a_text():
    found = from_text("Hersbach, H. (2020): ERA5. https://doi.org/10.24381/cds.adbb2d47.", title="ERA5")
    assert (found.year, found.fields["doi"]) == (2020, "10.24381/cds.adbb2d47")
    assert "url" not in found.fields


def test_datasets_of_the_catalogue_bring_their_citation():
    from rompy.core.catalog.reading import read_catalog

    name = next(iter(read_catalog().datasets))
    description = {"config": {"data": [{"source": {"model_type": "catalog", "dataset": name}}]}}
    ((field, found),) = citations_of_catalogues(description)
    assert field == "config.data[0].source"
    assert isinstance(found, Citation)
    assert found.fields["note"] == read_catalog().entry(name).citation
    assert list(citations_of_catalogues({"source": {"model_type": "catalog", "dataset": "gone"}})) == []


def test_a_table_with_an_attribution_is_cited(tmp_path):
    path = tmp_path / "eden.json"
    path.write_text(
        json.dumps({"name": "Eden", "attribution": "Hart-Davis (2025), https://doi.org/10.17882/109129"})
    )
    found = citation_of_input(Input(uri=str(path), kind="file", path=str(path)))
    assert (found.title, found.year, found.fields["doi"]) == ("Eden", 2025, "10.17882/109129")


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\nrubbish", b"{", b"CDF\x01"])
def test_a_broken_file_says_nothing(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert citation_of_input(Input(uri=str(path), kind="file", path=str(path))) is None
