"""Items of a STAC catalogue are opened by what their assets are, and only those that a period needs."""

import json
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

import pytest

from rompy import plugins
from rompy.core.filters import Filter
from rompy.core.source import SourceStac, opened_once
from rompy.core.source.stac_search import _overlap
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


class Service:
    """A STAC API with some items, two on a page, that searches as the standard says."""

    def __init__(self, items):
        self.items = items

    def __call__(self, environ, respond):
        root = f"http://{environ['HTTP_HOST']}"
        query = dict(parse_qsl(environ["QUERY_STRING"]))
        told = self.answer(environ["PATH_INFO"], query, root)
        body = json.dumps(told).encode()
        respond("200 OK" if told else "404 Not Found", [("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def answer(self, path, query, root):
        if path == "/":
            links = [{"rel": "search", "href": f"{root}/search"}]
            return {"type": "Catalog", "id": "api", "conformsTo": [], "links": links}
        if path == "/collections/winds":
            return {"type": "Collection", "id": "winds", "links": [{"rel": "items", "href": "winds/items"}]}
        if path in ("/search", "/collections/winds/items"):
            return self.page(path, query, root)
        return None

    def page(self, path, query, root):
        start, stop = query.get("datetime", "../..").split("/")
        west, south, east, north = map(float, query.get("bbox", "-180,-90,180,90").split(","))
        found = [
            item
            for item in self.items
            if (stop == ".." or item["properties"]["start_datetime"] <= stop)
            and (start == ".." or item["properties"]["end_datetime"] >= start)
            and item["bbox"][0] <= east and item["bbox"][2] >= west
            and item["bbox"][1] <= north and item["bbox"][3] >= south
            and item["collection"] in query.get("collections", "winds").split(",")
        ]  # fmt: skip
        first = int(query.get("token", 0))
        links = []
        if first + 2 < len(found):
            following = urlencode({**query, "token": first + 2})
            links = [{"rel": "next", "href": f"{root}{path}?{following}"}]
        return {"type": "FeatureCollection", "features": found[first : first + 2], "links": links}


@pytest.fixture
def service(serve, web, tiny_dataset, tmp_path):
    """A service with an item for each hour, at a web server, and one of another place."""
    items = []
    for hour in range(7):
        part = tiny_dataset.isel(time=slice(hour, hour + 1))
        part.to_netcdf(tmp_path / f"{hour}.nc")
        href = web.put_version(f"{hour}.nc", (tmp_path / f"{hour}.nc").read_bytes())
        items.append(_item(f"winds-{hour}", hour, [145, -40, 155, -30], href))
    items.append(_item("elsewhere", 2, [0, 0, 10, 10], f"{web.url}/elsewhere.nc"))
    url, asked = serve(Service(items))
    return url, asked


def _item(name, hour, box, href):
    moment = f"2023-01-01T{hour:02}:00:00Z"
    return {
        "type": "Feature", "stac_version": "1.0.0", "id": name, "collection": "winds", "bbox": box, "geometry": None,
        "properties": {"datetime": None, "start_datetime": moment, "end_datetime": moment},
        "links": [], "assets": {"data": {"href": href, "type": "application/x-netcdf", "roles": ["data"]}},
    }  # fmt: skip


HOURS = {
    "time": slice("2023-01-01T01", "2023-01-01T05"),
    "longitude": slice(147, 153),
    "latitude": slice(-36, -32),
}


@pytest.mark.parametrize("place", ["", "/collections/winds"])
def test_a_service_is_searched_for_the_period_and_the_area(service, place, tiny_dataset, web):
    url, asked = service
    with opened_once():
        ds = SourceStac(uri=url + place).open(["u10"], Filter(crop=HOURS)).load()
    expected = (
        tiny_dataset[["u10"]].isel(time=slice(1, 6)).sel(longitude=slice(147, 153), latitude=slice(-32, -36))
    )
    assert ds.equals(expected)
    query = next(path for path in asked if "bbox" in path)
    assert "bbox=147,-36,153,-32" in query
    assert "datetime=2023-01-01T01:00:00Z/2023-01-01T05:" in query
    assert sum("token" in path for path in asked) == 2
    assert set(web.requests) == {f"{hour}.nc" for hour in range(1, 6)}


def test_of_a_service_other_boxes_and_collections_may_be_asked_for(service):
    url, _ = service
    with pytest.raises(CoverageError, match="no item of http"):
        SourceStac(uri=url, collections=["waves"]).open()
    with pytest.raises(CoverageError, match="no item of http"):
        SourceStac(uri=url, bbox=(20, 20, 30, 30)).open()


def test_an_answer_without_end_is_an_error(serve):
    def loop(environ, respond):
        href = f"http://{environ['HTTP_HOST']}/items"
        told = {"type": "FeatureCollection", "features": [], "links": [{"rel": "next", "href": href}]}
        respond("200 OK", [])
        return [json.dumps(told).encode()]

    with pytest.raises(DataError, match="has no end"):
        SourceStac(uri=serve(loop)[0] + "/items").open()


def test_a_static_catalogue_is_searched_for_the_area(catalogue, tiny_dataset):
    for path in catalogue.parent.rglob("[ab].json"):
        item = json.loads(path.read_text())
        item["bbox"] = [145, -40, 155, -30] if path.stem == "a" else [0, 0, 10, 10]
        path.write_text(json.dumps(item))
    box = Filter(crop={"longitude": slice(147, 153), "latitude": slice(-36, -32)})
    with opened_once():
        ds = SourceStac(uri=catalogue).open(["u10"], box).load()
    assert ds.time.equals(tiny_dataset.time[:3])
    with opened_once():
        assert SourceStac(uri=catalogue, bbox=(-215, -35, -214, -34)).open().time.size == 3


def test_a_catalogue_in_an_object_store(s3, catalogue, tiny_dataset):
    data = catalogue.parent.parent
    for path in catalogue.parent.rglob("*.json"):
        path.write_text(path.read_text().replace(str(data), "s3://bucket/data"))
    s3.put(str(data), "bucket/data", recursive=True)
    with opened_once():
        assert SourceStac(uri="s3://bucket/data/stac/catalog.json").open().load().equals(tiny_dataset)


@pytest.mark.parametrize(
    ("one", "other", "do"),
    [
        ((170, -10, -170, 10), (175, 0, 176, 1), True),
        ((170, -10, -170, 10), (185, 0, 186, 1), True),
        ((170, -10, -170, 10), (-180, 0, 180, 1), True),
        ((0, 0, 5, 5), (359, 0, 361, 1), True),
        ((0, 0, 5, 5), (6, 0, 7, 1), False),
        ((0, 0, 5, 5), (1, 6, 2, 7), False),
    ],
)
def test_boxes_meet_whatever_the_convention_of_their_longitudes(one, other, do):
    assert _overlap(one, other) == do
    assert _overlap(other, one) == do


def test_a_box_upside_down_is_refused():
    with pytest.raises(ValueError, match="north"):
        SourceStac(uri="a.json", bbox=(0, 10, 5, -10))


def test_what_is_not_there_is_said(catalogue, tmp_path):
    with pytest.raises(CoverageError, match="none of the 2 items"):
        SourceStac(uri=catalogue).open(filters=Filter(crop={"time": slice("2024-01-01", "2024-01-02")}))
    with pytest.raises(DataError, match=r"(?s)no asset 'waves'.*wind, picture"):
        SourceStac(uri=catalogue, asset="waves").open()
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(DataError, match="cannot be read as STAC"):
        SourceStac(uri=tmp_path / "a.json").open()
