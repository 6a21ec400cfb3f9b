"""Every field of a small configuration of the built-in model in turn: the key never stays when the files change."""

import copy
from functools import cache

import numpy as np
import pytest
import xarray as xr

from rompy.core.parts import parts_of
from rompy.manifest import read_manifest
from rompy.manifest.own_code import digest_of_module
from rompy.model import ModelRun
from rompy.provenance.plan import generated_key
from rompy.provenance.plan.former import former_run
from rompy.provenance.plan.trial import are_same_files

X0, Y0 = 757000.0, 5911000.0
RING = [[X0, Y0], [X0 + 1000, Y0], [X0 + 1000, Y0 + 1000], [X0, Y0 + 1000]]
SMALL = [[X0 + 100, Y0 + 100], [X0 + 300, Y0 + 100], [X0 + 200, Y0 + 300]]

MESH = "package://anuga/parallel/data/merimbula_10785_1.tsh"

CHANGES = {
    "run_id": "other",
    "period.start": "2023-02-01T00:10",
    "period.end": "2023-02-01T01:50",
    "period.duration": "100m",
    "period.interval": "30m",
    "period.include_end": False,
    "output_dir": "elsewhere",
    "delete_existing": True,
    "run_id_subdir": False,
    "config.checkout": "devel",
    "config.crs": "EPSG:7855",
    "config.vertical_datum": "MSL",
    "config.domain.ring": [*RING[:2], [X0 + 900, Y0 + 900], RING[3]],
    "config.domain.crs": "EPSG:7855",
    "config.domain.tags": {"sea": [2]},
    "config.domain.lines": {"sea": [[X0, Y0], [X0 + 1000, Y0]]},
    "config.domain.tolerance": 150,
    "config.domain.default_tag": "rest",
    "config.domain.islands": [{"ring": [[X0 + 600, Y0 + 600], [X0 + 700, Y0 + 600], [X0 + 650, Y0 + 700]]}],
    "config.domain.max_area": 6000,
    "config.domain.regions": [],
    "config.domain.regions.0.ring": [[x + 10, y] for x, y in SMALL],
    "config.domain.regions.0.max_area": 600,
    "config.domain.regions.0.crs": "EPSG:7855",
    "config.bathymetry.source.uri": "deeper.nc",
    "config.bathymetry.source.kwargs": {"drop_variables": ["depth2"]},
    "config.bathymetry.source.variable": "depth",
    "config.bathymetry.source.adapter": {"variables": {"depth": {"negate": True}}},
    "config.bathymetry.coords": {"x": "longitude", "y": "latitude"},
    "config.bathymetry.crs": "EPSG:7844",
    "config.bathymetry.filter": {"crop": {"latitude": {"start": -36.93, "stop": -36.89}}},
    "config.bathymetry.max_gap": 3.0,
    "config.bathymetry.variable": "depth2",
    "config.bathymetry.units": "km",
    "config.bathymetry.positive": "up",
    "config.bathymetry.offset": 0.5,
    "config.friction": 0.04,
    "config.initial_level": 0.3,
    "config.boundaries": {"sea": "wall", "wall": "wall"},
    "config.boundaries.sea.source.filename": "higher.csv",
    "config.boundaries.sea.source.tcol": "moment",
    "config.boundaries.sea.source.read_csv_kwargs": {"nrows": 5},
    "config.boundaries.sea.source.adapter": {"variables": {"level": {"negate": True}}},
    "config.boundaries.sea.variable": "level2",
    "config.boundaries.sea.coords": {"t": "time"},
    "config.boundaries.sea.filter": {"crop": {"time": {"start": "2023-02-01", "stop": "2023-02-01T04:00"}}},
    "config.boundaries.sea.max_gap": "5h",
    "config.boundaries.sea.units": "cm",
    "config.boundaries.sea.offset": 0.1,
    "config.boundaries.sea.scheme": "flather",
    "config.boundaries.wall": {"model_type": "transmissive"},
    "config.coriolis": True,
    "config.output.interval": "20m",
    "config.output.minimum_depth": 0.02,
    "config.numerics.scheme": "DE1",
    "config.numerics.threads": 2,
    "config.numerics.ranks": 2,
}
"""A new value for each field."""
NOT_CHANGED = {
    "config",
    "config.template",
    "config.domain",
    "config.bathymetry",
    "config.bathymetry.source",
    "config.boundaries.sea.source",
    "config.output",
    "config.numerics",
}
"""Fields that have one value only, or whose own fields are changed."""
ADDED = {"config.wind", "config.pressure", "config.rain"}
"""Fields that are not given."""
CAREFUL = {
    "period.interval",
    "period.include_end",
    "config.checkout",
    "config.domain.tolerance",
    "config.bathymetry.source.adapter",
    "config.bathymetry.source.kwargs",
    "config.bathymetry.source.variable",
    "config.bathymetry.coords",
    "config.bathymetry.filter",
    "config.bathymetry.max_gap",
    "config.boundaries.sea.source.read_csv_kwargs",
    "config.boundaries.sea.coords",
    "config.boundaries.sea.filter",
    "config.boundaries.sea.max_gap",
}
"""Fields of which the key is careful, although a change leaves the files of this configuration as they were: another
configuration might make something of them."""


CAREFUL_PARTS = {
    "config.bathymetry": {
        "config.vertical_datum",
        "config.domain.ring",
        "config.domain.islands",
        *(path for path in CAREFUL if path.startswith("config.bathymetry.")),
    },
    "config.boundaries.sea": {
        "period.start",
        "period.end",
        "period.duration",
        "config.vertical_datum",
        *(path for path in CAREFUL if path.startswith("config.boundaries.sea.")),
    },
}
"""The same of the parts that the files are made of: the data lie on nodes and at times of their own, which reach beyond
a domain or a period that is a little smaller."""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fields")
    lon, lat = np.linspace(149.86, 149.92, 7).round(6), np.linspace(-36.94, -36.88, 7).round(6)
    still = 8 + 100 * np.add.outer(lat + 36.91, lon - 149.89)
    depth = ("latitude", "longitude"), still, {"units": "m", "positive": "down"}
    for name, factor in (("depth.nc", 1), ("deeper.nc", 2)):
        values = {"depth": (depth[0], factor * still, depth[2]), "depth2": (depth[0], 3 * still, depth[2])}
        xr.Dataset(values, {"longitude": lon, "latitude": lat}).to_netcdf(folder / name)
    lines = [
        f"2023-0{1 + h // 24 if h < 0 else 2}-01T0{h}:00,2023-02-01T0{h}:30,{h % 3},{h % 2}" for h in range(6)
    ]
    text = "\n".join(["time,moment,level,level2", "2023-01-31T22:00,2023-01-31T22:30,1,0", *lines, ""])
    (folder / "level.csv").write_text(text)
    (folder / "higher.csv").write_text(text.replace(",2,", ",4,"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("os.fsync", lambda _: None)  # nothing here has to outlast a failure of the power
        for module in (
            "manifest.own_code",
            "provenance.plan.other_code",
        ):  # code stays the same in these seconds
            patch.setattr(f"rompy.{module}.digest_of_module", cache(digest_of_module))
        yield folder


def description():
    return {
        "run_id": "square",
        "period": {"start": "2023-02-01", "end": "2023-02-01T02:00", "interval": "1h"},
        "output_dir": "runs",
        "config": {
            "model_type": "anuga",
            "crs": "EPSG:28355",
            "domain": {
                "model_type": "polygon",
                "ring": RING,
                "tags": {"sea": [3]},
                "default_tag": "wall",
                "max_area": 5000,
                "regions": [{"ring": SMALL, "max_area": 500}],
            },
            "bathymetry": {"source": {"model_type": "file", "uri": "depth.nc"}, "variable": "depth"},
            "boundaries": {
                "sea": {
                    "model_type": "water_level",
                    "source": {"model_type": "csv", "filename": "level.csv"},
                    "variable": "level",
                },
                "wall": {"model_type": "wall"},
            },
        },
    }


def changed(path, value):
    """The description with another value; the end of the period goes where its duration is given."""
    values = copy.deepcopy(description())
    *above, last = path.split(".")
    inner = values
    for name in above:
        inner = inner[int(name)] if isinstance(inner, list) else inner.setdefault(name, {})
    inner[last] = value
    if path == "period.duration":
        del values["period"]["end"]
    if path == "config.domain.default_tag":
        values["config"]["boundaries"]["rest"] = values["config"]["boundaries"].pop("wall")
    if path == "config.domain.lines":
        values["config"]["domain"]["tags"] = {}
    if path == "config.boundaries.sea.source.tcol":
        inner["read_csv_kwargs"] = {"usecols": ["moment", "level"]}
    return values


@pytest.fixture(scope="module")
def generated(place):
    """The configuration as it is, generated; its run and its record."""
    model_run = ModelRun(**description())
    return read_manifest(model_run.generate())


def test_no_field_is_forgotten(place):
    model_run = ModelRun(**description())
    known = {*CHANGES, *NOT_CHANGED, *ADDED}
    forgotten = [
        name
        for path, part in parts_of(model_run)
        for field in type(part).model_fields
        if field != "model_type" and (name := f"{path}.{field}" if path else field) not in known
    ]
    assert forgotten == ["period"]


@pytest.mark.parametrize("path", CHANGES)
def test_a_field_changes_the_key_when_it_changes_the_files(place, generated, compared, path):
    values = changed(path, CHANGES[path])
    if path != "output_dir":
        values["output_dir"] = str(place / "changed" / path)
    model_run = ModelRun(**values)
    expected = former_run(place / "runs" / "square", model_run)
    found = read_manifest(model_run.generate())
    same_files = are_same_files(found, generated)
    same_key = generated_key(found) == generated_key(generated)
    assert same_files or not same_key, "the key would have reused other files"
    assert same_key == (same_files and path not in CAREFUL)
    assert same_files or path not in CAREFUL
    assert expected.has_input == same_key, expected.not_input
    for part, same_recipe, same_bytes in compared(found, generated):
        assert same_bytes or not same_recipe, f"{part} of other bytes would have been reused"
        assert same_recipe == (same_bytes and path not in CAREFUL_PARTS[part]), part
        assert same_bytes or path not in CAREFUL_PARTS[part], part


def test_both_parts_are_recorded_without_doubts(generated):
    assert [(one.field, one.doubts) for one in generated.artefacts] == [(part, []) for part in CAREFUL_PARTS]
