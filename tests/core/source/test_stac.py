"""Items of a STAC catalogue are opened by what their assets are, and only those that a period needs."""

from datetime import datetime

import pytest

from rompy import plugins
from rompy.core.filters import Filter
from rompy.core.source import SourceStac, opened_once
from rompy.errors import CoverageError, DataError
from rompy.testing import SourceSuite

pystac = pytest.importorskip("pystac")
pytest_plugins = ["rompy.testing.fixtures"]


@pytest.fixture
def catalogue(tiny_dataset, tmp_path):
    """Two items, of the first three and the last four hours; the second is a Zarr store."""
    found = pystac.Catalog("winds", "Winds for tests")
    for name, part in (("a", tiny_dataset.isel(time=slice(3))), ("b", tiny_dataset.isel(time=slice(3, 7)))):
        start, end = (datetime.fromisoformat(str(t)[:19]) for t in part.time.values[[0, -1]])
        item = pystac.Item(name, None, None, None, {}, start_datetime=start, end_datetime=end)
        if name == "a":
            part.to_netcdf(tmp_path / "a.nc")
            asset = pystac.Asset(str(tmp_path / "a.nc"), media_type="application/x-netcdf", roles=["data"])
        else:
            part.to_zarr(tmp_path / "b", zarr_format=2)
            asset = pystac.Asset(str(tmp_path / "b"), media_type="application/vnd+zarr", roles=["data"])
        item.add_asset("wind", asset)
        item.add_asset("picture", pystac.Asset(str(tmp_path / "a.png"), roles=["thumbnail"]))
        found.add_item(item)
    found.normalize_and_save(str(tmp_path / "stac"), pystac.CatalogType.SELF_CONTAINED)
    return tmp_path / "stac" / "catalog.json"


class TestStac(SourceSuite):
    @pytest.fixture(autouse=True)
    def known(self):
        with plugins.registered("rompy.source", "stac", SourceStac):
            yield

    @pytest.fixture
    def source_class(self):
        return SourceStac

    @pytest.fixture
    def description(self, catalogue):
        return {"model_type": "stac", "uri": str(catalogue)}

    @pytest.fixture
    def missing(self, catalogue):
        return {"model_type": "stac", "uri": str(catalogue) + ".not"}


def test_items_are_joined_and_only_those_of_the_period_are_opened(catalogue, tiny_dataset, tmp_path):
    with opened_once():
        assert SourceStac(uri=catalogue).open().load().equals(tiny_dataset)
    (tmp_path / "a.nc").unlink()
    with opened_once():
        ds = SourceStac(uri=catalogue).open(
            filters=Filter(crop={"time": slice("2023-01-01T04", "2023-01-01T05")})
        )
        assert ds.load().equals(tiny_dataset.isel(time=slice(4, 6)))


def test_what_is_not_there_is_said(catalogue, tmp_path):
    with pytest.raises(CoverageError, match="none of the 2 items"):
        SourceStac(uri=catalogue).open(filters=Filter(crop={"time": slice("2024-01-01", "2024-01-02")}))
    with pytest.raises(DataError, match=r"(?s)no asset 'waves'.*wind, picture"):
        SourceStac(uri=catalogue, asset="waves").open()
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(DataError, match="cannot be read as STAC"):
        SourceStac(uri=tmp_path / "a.json").open()
