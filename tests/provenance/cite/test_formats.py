import json

import pytest
import xarray as xr
from pybtex.database import parse_string

from rompy.core.citation import Citation
from rompy.errors import WorkspaceError
from rompy.provenance.cite import references_of
from rompy.provenance.cite.csl import item_of
from rompy.provenance.cite.models import READY
from rompy.provenance.cite.plain import line_of


def test_csl_has_what_a_library_of_references_needs():
    (swan,) = READY["swan"]
    item = item_of(swan, "booij")
    assert item["type"] == "article-journal"
    assert item["author"][0] == {"family": "Booij", "given": "N."}
    assert item["issued"] == {"date-parts": [[1999]]}
    assert (item["container-title"], item["issue"], item["page"]) == (
        "Journal of Geophysical Research: Oceans", "C4", "7649-7666",
    )  # fmt: skip
    assert item["DOI"] == "10.1029/98JC02622"
    (ww3,) = READY["ww3"]
    assert item_of(ww3, "x")["author"] == [{"literal": "The WAVEWATCH III Development Group"}]
    assert (item_of(ww3, "x")["number"], item_of(ww3, "x")["genre"]) == ("333", "Technical Note")


def test_plain_text_reads_like_a_list_of_references():
    assert line_of(READY["swan"][0]) == (
        "Booij, N.; Ris, R. C. and Holthuijsen, L. H. (1999): A third-generation wave model for coastal regions: "
        "1. Model description and validation. Journal of Geophysical Research: Oceans, 104(C4), "
        "7649\N{EN DASH}7666. https://doi.org/10.1029/98JC02622"
    )
    assert line_of(Citation("Depths", (), 2019, "dataset", {"note": "Survey."})) == "Depths (2019). Survey."


def test_many_runs_are_cited_at_once_and_each_work_once(runs, tmp_path):
    found = references_of(runs.pond.parent)
    assert found.entries == references_of(runs.pond, runs.rough).entries == references_of(runs.pond).entries
    keys = set(parse_string(found.to_bibtex(), "bibtex").entries)
    assert keys == {item["id"] for item in json.loads(found.to_csl())} == set(found.entries)
    assert len(found.to_text().splitlines()) == len(keys)
    with pytest.raises(WorkspaceError, match="no run in it"):
        references_of(tmp_path)


def test_what_data_said_when_they_were_read_is_cited_when_they_are_gone(pond, tmp_path):
    run = pond().generate()
    (tmp_path / "bed.nc").unlink()
    assert references_of(run).roles["dataset"] == []  # the model opened it past any source
    ds = xr.Dataset({"u": ("time", [1.0])}, attrs={"title": "Winds", "institution": "Met"})
    ds.to_netcdf(tmp_path / "wind.nc")
    assert noted({"model_type": "file", "uri": str(tmp_path / "wind.nc")}) == {
        "title": "Winds",
        "institution": "Met",
    }


def test_what_a_catalogue_says_counts_more_than_what_the_data_say(tmp_path):
    import pystac

    xr.Dataset({"u": ("time", [1.0])}, attrs={"title": "u_2024_v3"}).to_netcdf(tmp_path / "wind.nc")
    told = {
        "title": "Winds",
        "sci:doi": "10.1234/winds",
        "license": "CC-BY-4.0",
        "providers": [{"name": "Met"}],
    }
    item = pystac.Item("w1", None, None, None, told | {"start_datetime": "2024-01-01T00:00:00Z",
                       "end_datetime": "2024-12-31T00:00:00Z"})  # fmt: skip
    item.add_asset(
        "data", pystac.Asset(str(tmp_path / "wind.nc"), roles=["data"], media_type="application/netcdf")
    )
    item.save_object(dest_href=str(tmp_path / "item.json"))
    found = noted({"model_type": "stac", "uri": str(tmp_path / "item.json")})
    assert found == {"title": "Winds", "doi": "10.1234/winds", "institution": "Met", "license": "CC-BY-4.0"}


def test_what_an_intake_catalogue_says_is_noted(tmp_path):
    xr.Dataset({"u": ("time", [1.0])}).to_netcdf(tmp_path / "wind.nc", format="NETCDF3_CLASSIC")
    catalogue = tmp_path / "catalog.yml"
    catalogue.write_text(
        f"sources:\n  winds:\n    driver: netcdf\n    args: {{urlpath: {tmp_path / 'wind.nc'}}}\n"
        "    metadata: {title: Winds, citation: Met (2024)}\n"
    )
    source = {"model_type": "intake", "catalog_uri": str(catalogue), "dataset_id": "winds"}
    assert noted(source) == {"title": "Winds", "citation": "Met (2024)"}


def noted(description):
    """What is noted of the data of a source."""
    from rompy import inputs, plugins

    source = plugins.class_for_tag("rompy.source", description["model_type"]).model_validate(description)
    with inputs.noted({id(source): "wind"}) as notes:
        source.open().close()
        (entry,) = (one for one in notes.finished() if one["uri"].endswith("wind.nc"))
    return entry["about"]
