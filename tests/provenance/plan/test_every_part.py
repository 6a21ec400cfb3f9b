"""Every field of what else is prepared: a part is never taken for one of other bytes."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rompy import inputs
from rompy.core.artefact import Found
from rompy.core.artefact.preparing import Bench, on_bench
from rompy.core.artefact.record import records_of
from rompy.core.boundary import BoundaryWaveStation, DataBoundary
from rompy.core.data import DataGrid, DataPoint
from rompy.core.grid import RegularGrid
from rompy.core.reach import run_period
from rompy.core.time import TimeRange
from rompy.errors import RompyError
from rompy_anuga.area import Area
from rompy_anuga.fields import Friction, InitialLevel, Pressure, Rain, Setting, Wind
from rompy_anuga.outline import Ring
from rompy_anuga.period import Period

X0, Y0 = 757000.0, 5911000.0
PERIOD = {"start": "2024-02-01", "end": "2024-02-02", "interval": "1h"}
MODEL = {"name": {"x0": 150.2, "y0": -36.8, "dx": 0.1, "dy": 0.1, "nx": 4, "ny": 4}}
COORDS = {"x": "longitude", "y": "latitude"}


def _field(cls, **given):
    return {"cls": cls, "data": {"source": {"model_type": "file", "uri": "projected.nc"}, **given}}


def _data(cls, file="wind.nc", **given):
    source = {"model_type": "file", "uri": file}
    return {"cls": cls, "data": {"id": "x", "source": source, "coords": COORDS, **given}}


SPECTRA = {
    "cls": BoundaryWaveStation,
    "data": {"id": "x", "source": {"model_type": "file", "uri": "spectra.nc"}, "sel_method": "nearest"},
}
PARTS = {
    "wind": _field(Wind),
    "pressure": _field(Pressure, variable="msl"),
    "rain": _field(Rain, variable="rain"),
    "friction": _field(Friction),
    "initial level": _field(InitialLevel, variable="level"),
    "series": {
        "cls": DataPoint,
        "data": {"id": "x", "source": {"model_type": "csv", "filename": "series.csv"}, "crop_data": True},
    },
    "grid": _data(DataGrid),
    "regridded": _data(DataGrid, regrid={"method": "bilinear"}),
    "boundary": _data(DataBoundary, sel_method="interp"),
    "spectra": SPECTRA,
}
"""What each part is asked for."""
REFUSED = (RompyError, ValueError, KeyError, TypeError)
CHANGES: dict[str, Any] = {
    "source.uri": "other_{}",
    "source.kwargs": {"chunks": {}},
    "source.adapter": {"variables": {"NAME": {"negate": True}}},
    "filter": {"sort": {"coords": ["latitude"]}},
    "variables": ["u10"],
    "buffer": 0.2,
    "time_buffer": [1, 1],
    "crop_data": False,
    "checks": {"coverage": "warn"},
    "id": "other",
    "regrid": {"method": "nearest"},
    "spacing": 0.15,
    "sel_method": "idw",
    "sel_method_kwargs": {"method": "nearest"},
    "islands": True,
    "on_land": "drop",
    "max_gap": "2d",
    "units": "CHANGED",
    "x_wind": "v10",
    "components": "east_north",
    "variable": "twice",
    "time.end": "2024-02-01T12:00",
    "time.start": "2024-02-01T12:00",
    "time.interval": "30m",
    "grid.x0": 150.3,
    "grid.nx": 3,
    "area": 900.0,
    "crs": "EPSG:7855",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ROMPY_CACHE_DIR", str(folder / "cache"))
        patch.setattr("os.fsync", lambda _: None)
        for start, factor in (("", 1.0), ("other_", 2.0)):
            _write(folder, start, factor)
        yield folder


def _write(folder, start, factor):
    random = np.random.default_rng(1)
    times = np.datetime64("2024-01-31T00", "ns") + np.arange(0, 97, 6) * np.timedelta64(3600, "s")
    lon, lat = np.arange(150.0, 151.05, 0.1).round(6), np.arange(-37.0, -35.95, 0.1).round(6)
    values = factor * random.random((len(times), len(lat), len(lon))).round(3)
    both = {
        name: (("time", "latitude", "longitude"), part * values, {"units": "m s-1"})
        for name, part in (("u10", 1), ("v10", 0.5))
    }
    wind = xr.Dataset(both, {"time": times, "latitude": lat, "longitude": lon})
    wind.to_netcdf(folder / f"{start}wind.nc")
    series = wind[["u10"]].isel(latitude=0, longitude=0, drop=True)
    series.to_dataframe().to_csv(folder / f"{start}series.csv")
    x, y = X0 + np.arange(-1000.0, 3000.0, 250.0), Y0 + np.arange(-1000.0, 3000.0, 250.0)
    plane = random.random((len(y), len(x))).round(3)
    moving = factor * np.stack([plane * (i + 1) for i in range(len(times))]) / len(times)
    fields = {
        "u10": (moving, "m s-1"),
        "v10": (0.5 * moving, "m s-1"),
        "msl": (101000 + 100 * moving, "Pa"),
        "rain": (moving, "mm h-1"),
        "manning": (0.1 * factor * plane, "s m-1/3"),
        "level": (factor * plane, "m"),
    }
    fields |= {"twice": fields["u10"]}
    made = {
        name: (["time", "y", "x"][-field.ndim :], field, {"units": units})
        for name, (field, units) in fields.items()
    }
    xr.Dataset(made, {"time": times, "x": x, "y": y}).to_netcdf(folder / f"{start}projected.nc")
    sites = np.arange(6)
    energy = factor * random.random((len(times), 6, 3, 4)).round(3)
    xr.Dataset(
        {
            "efth": (("time", "site", "freq", "dir"), energy),
            "lon": ("site", 150.15 + 0.1 * sites),
            "lat": ("site", -36.85 + 0.1 * sites),
        },
        {"time": times, "site": sites, "freq": [0.05, 0.1, 0.2], "dir": [0.0, 90.0, 180.0, 270.0]},
    ).to_netcdf(folder / f"{start}spectra.nc")


class OnShelf:
    """Has what was made before."""

    def __init__(self, made):
        self.made = made

    def find(self, field, recipe):
        from rompy.provenance.plan.shelf import recipe_sha256

        return self.made.get(recipe_sha256(recipe))


def asked(part):
    """What is asked for, to be changed."""
    values = copy.deepcopy(PARTS[part])
    return {**values, "time": dict(PERIOD), "grid": dict(MODEL["name"]), "area": 1000.0, "crs": "EPSG:28355"}


def make(wanted, folder, shelf=None):
    """The record of a part, and the bytes of its files."""
    folder.mkdir(parents=True)
    time, data = TimeRange(**wanted["time"]), wanted["cls"](**wanted["data"])
    with inputs.noted() as notes, on_bench(Bench(shelf, root=folder)) as bench, run_period(time):
        if hasattr(data, "write"):
            side = wanted["area"]
            corners = np.array([X0, Y0]) + side * np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
            area = Area(Ring(corners, ("wall",) * 4))
            data.write(Setting(area, wanted["crs"], Period.between(time.start, time.end), folder))
        else:
            data.get(folder, RegularGrid(**wanted["grid"]), time)
        [record] = records_of(bench.ready, folder, notes, notes.finished())
    return record, {name: (folder / name).read_bytes() for name in record["files"]}


@pytest.fixture(scope="module")
def made(place):
    """``made(part)``: a part as it is described, made once."""
    done = {}

    def once(part):
        if part not in done:
            done[part] = make(asked(part), place / "first" / part.replace(" ", "_"))
        return done[part]

    return once


def changed(part, *paths):
    wanted = asked(part)
    for path in paths:
        value = CHANGES[path]
        inner, (*above, last) = wanted, path.split(".")
        if above[:1] not in (["time"], ["grid"]) and path not in ("area", "crs"):
            inner = wanted["data"]
            if above == [] and last not in wanted["cls"].model_fields:
                return None
        for name in above:
            inner = inner[name]
        if path == "source.uri":
            last = _named_by(inner)
            value = value.format(inner[last])
        if path == "source.adapter":
            value = {"variables": {_variable(part): {"negate": True}}}
        if path == "units":
            value = {"wind": "km h-1", "pressure": "hPa", "rain": "m s-1"}.get(part, "mm")
        inner[last] = value
    return wanted


def _named_by(source):
    return "filename" if source["model_type"] == "csv" else "uri"


def _variable(part):
    names = {"pressure": "msl", "rain": "rain", "friction": "manning", "initial level": "level"}
    return "efth" if part == "spectra" else names.get(part, "u10")


@pytest.mark.parametrize("part", PARTS)
def test_no_field_that_changes_the_bytes_leaves_the_recipe(place, made, part):
    record, files = made(part)
    assert record["doubts"] == []
    tried = 0
    for path in CHANGES:
        wanted = changed(part, path)
        if wanted is None:
            continue
        try:
            other, others = make(wanted, place / "changed" / part.replace(" ", "_") / path)
        except REFUSED:  # a value that does not fit this part is refused
            continue
        tried += 1
        same = others == files and other["value"] == record["value"]
        assert same or other["recipe_sha256"] != record["recipe_sha256"], f"{part}: {path}"
    assert tried >= 6


@pytest.mark.parametrize("part", PARTS)
def test_the_same_is_found_again_wherever_its_file_lies(place, made, part):
    record, _ = made(part)
    wanted = asked(part)
    source = wanted["data"]["source"]
    name = source[_named_by(source)]
    moved = place / "elsewhere" / part.replace(" ", "_") / f"moved_{name}"
    moved.parent.mkdir(parents=True)
    moved.write_bytes(Path(name).read_bytes())
    source[_named_by(source)] = str(moved)
    other, others = make(wanted, place / "again" / part.replace(" ", "_"))
    assert other["recipe_sha256"] == record["recipe_sha256"]
    assert others == made(part)[1]


_PATHS = st.lists(st.sampled_from(sorted(CHANGES)), max_size=3, unique=True)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=st.sampled_from(sorted(PARTS)), one=_PATHS, other=_PATHS)
def test_with_reuse_the_bytes_are_those_without(place, part, one, other):
    def folder(*what):
        text = json.dumps([part, *what])
        return place / "pairs" / hashlib.sha256(text.encode()).hexdigest() / str(next(_numbers))

    before, wanted = (
        changed(part, *(path for path in paths if changed(part, path) is not None)) for paths in (one, other)
    )
    try:
        there = folder("before", one)
        record, files = make(before, there)
        _, fresh = make(wanted, folder("fresh", other))
    except REFUSED:  # values that do not fit each other are refused
        return
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    found = Found(there, there, digests, record["value"])
    _, reused = make(wanted, folder("reused", other), OnShelf({record["recipe_sha256"]: found}))
    assert reused == fresh


_numbers = iter(range(10**9))
