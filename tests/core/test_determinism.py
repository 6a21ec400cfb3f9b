"""What the core prepares of all kinds of data, grids and sources is the same to the byte, whoever prepares it where."""

from datetime import date
from typing import Annotated, Literal

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pydantic import Field

from rompy.core.boundary import BoundaryWaveStation, DataBoundary
from rompy.core.config import BaseConfig
from rompy.core.data import DataBlob, DataGrid, DataPoint
from rompy.core.grid import RegularGrid, UnstructuredGrid
from rompy.model import ModelRun
from rompy.testing.elsewhere import generated_elsewhere
from rompy.testing.entry_points import faked_plugins
from rompy.testing.folder import contents

Grid = Annotated[RegularGrid | UnstructuredGrid, Field(discriminator="grid_type")]


class EveryKind(BaseConfig):
    """A model that wants all that the core can prepare; data are for the grid that the first word of their id names."""

    model_type: Literal["every_kind"] = "every_kind"
    grids: dict[str, Grid]
    blobs: list[DataBlob]
    series: list[DataPoint]
    fields: list[DataGrid]
    boundaries: list[DataBoundary]
    stations: list[BoundaryWaveStation]

    def __call__(self, runtime):
        for data in (*self.blobs, *self.series, *self.fields, *self.boundaries, *self.stations):
            data.get(runtime.staging_dir, grid=self.grids.get(data.id.split("_")[0]), time=runtime.period)
        return self


TIMES = pd.date_range("2022-12-31T18:00", periods=36, freq="h")


def weather(lon, lat):
    """Wind and pressure that differ everywhere, with land in one corner."""
    x, y = np.meshgrid(lon, lat) if np.ndim(lon) == 1 else (lon, lat)
    hours = np.arange(len(TIMES))[:, None, None]
    u = 10 * np.sin(x / 3 + hours / 7) * np.cos(y / 2)
    v = 8 * np.cos(x / 5 - hours / 11) + 0.1 * y
    pressure = 101_300 + 400 * np.sin(x / 9) * np.sin(y / 5 + hours / 13)
    land = (x - x.min() < 1.2) & (y.max() - y < 1.2)
    return {"u10": np.where(land, np.nan, u), "v10": np.where(land, np.nan, v), "msl": pressure}


def write_weather(folder):
    lon, lat = np.arange(108.0, 122.01, 0.5), np.arange(-28.0, -39.01, -0.5)
    fields = weather(lon, lat)
    units = {"u10": "m s-1", "v10": "m s-1", "msl": "Pa"}
    ds = xr.Dataset(
        {
            name: (("time", "latitude", "longitude"), values, {"units": units[name]})
            for name, values in fields.items()
        },
        {"time": TIMES, "latitude": lat, "longitude": lon},
    )
    packed = {"dtype": "int16", "scale_factor": 0.01, "_FillValue": -32768, "chunksizes": (5, 7, 11)}
    packed["zlib"] = True
    ds.to_netcdf(folder / "weather.nc", encoding={"u10": packed, "v10": packed})
    ds.to_zarr(folder / "weather.zarr", zarr_format=2)
    (folder / "days").mkdir()
    for day, part in ds.groupby("time.date"):
        part.to_netcdf(folder / "days" / f"{day}.nc")
    a, b = np.meshgrid(np.linspace(0, 1, 25), np.linspace(0, 1, 21))
    x, y = 109 + 11 * a + 0.8 * b, -38.5 + 10 * b - 0.7 * a**2
    curved = {name: (("time", "j", "i"), values) for name, values in weather(x, y).items()}
    xr.Dataset(curved, {"time": TIMES, "lon": (("j", "i"), x), "lat": (("j", "i"), y)}).to_netcdf(
        folder / "curved.nc"
    )


def write_series(folder):
    hours = np.arange(len(TIMES))
    table = pd.DataFrame({"time": TIMES, "level": np.sin(hours / 3) / 3, "Größe": np.exp(-hours / 7)})
    table.to_csv(folder / "series.csv", index=False)
    table.to_parquet(folder / "series.parquet")


def write_spectra(folder):
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.arange(110, 119, 0.5), np.arange(-38, -29, 0.5)))
    freq, direction = np.geomspace(0.04, 0.5, 9), np.arange(0.0, 360, 30)
    shape = (lon.size, freq.size, direction.size)
    values = np.abs(np.sin(np.arange(np.prod(shape)).reshape(shape) / 17)) * freq[:, None] ** -2
    by_time = np.stack([values * (1 + i / 30) for i in range(len(TIMES[::3]))])
    xr.Dataset(
        {
            "efth": (("time", "site", "freq", "dir"), by_time.astype("float32")),
            "lon": ("site", lon),
            "lat": ("site", lat),
        },
        {"time": TIMES[::3], "site": np.arange(lon.size), "freq": freq, "dir": direction},
    ).to_netcdf(folder / "spectra.nc")


def write_messages(folder):
    eccodes = pytest.importorskip("eccodes")
    with (folder / "weather.grib").open("wb") as file:
        for hour in range(30):
            message = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
            for setting, value in {
                "Ni": 9, "Nj": 7, "latitudeOfFirstGridPointInDegrees": -29.0,
                "latitudeOfLastGridPointInDegrees": -38.0, "longitudeOfFirstGridPointInDegrees": 110.0,
                "longitudeOfLastGridPointInDegrees": 120.0, "iDirectionIncrementInDegrees": 1.25,
                "jDirectionIncrementInDegrees": 1.5, "dataDate": 20230101 + hour // 24, "dataTime": 100 * (hour % 24),
                "shortName": "10u",
            }.items():  # fmt: skip
                eccodes.codes_set(message, setting, value)
            eccodes.codes_set_values(message, np.sin(np.arange(63) / 5 + hour))
            eccodes.codes_write(message, file)
            eccodes.codes_release(message)


def write_notes(folder):
    for name in ("zeta", "alpha/a", "alpha/b", "m"):
        path = folder / "notes" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def regular(x0, y0, dx, dy, nx, ny):
    return {"grid_type": "regular", "x0": x0, "y0": y0, "dx": dx, "dy": dy, "nx": nx, "ny": ny}


def mesh():
    """Triangles in no particular order, with an open side."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.linspace(112, 116, 9), np.linspace(-36, -32, 9)))
    corner = (np.arange(8)[:, None] * 9 + np.arange(8)).ravel()
    halves = [(corner, corner + 1, corner + 10), (corner, corner + 10, corner + 9)]
    triangles = np.concatenate([np.stack(nodes, axis=1) for nodes in halves])
    order = np.argsort(np.sin(np.arange(len(triangles)) * 12.9898))
    west = [[int(i), int(i) + 9] for i in np.arange(8) * 9]
    return {
        "grid_type": "unstructured", "x": x.tolist(), "y": y.tolist(), "triangles": triangles[order].tolist(),
        "boundary_tags": {"open": west},
    }  # fmt: skip


@pytest.fixture
def description(tmp_path):
    folder = tmp_path / "inputs"
    folder.mkdir()
    for write in (write_weather, write_series, write_spectra, write_messages, write_notes):
        write(folder)
    at = {path.name: str(path) for path in folder.iterdir()}
    names = {"x": "longitude", "y": "latitude"}
    rect = {"source": {"model_type": "file", "uri": at["weather.nc"]}, "coords": names}
    curved = {"source": {"model_type": "file", "uri": at["curved.nc"]}, "coords": {"x": "lon", "y": "lat"}}
    curved["crop_data"] = False
    vectors = [["u10", "v10"]]
    rotated = {**regular(112, -36, 0.3, 0.25, 15, 14), "rot": 12}
    metres = regular(300_000, 6_100_000, 20_000, 20_000, 14, 12)
    northwest = regular(108.5, -31.5, 0.2, 0.2, 14, 14)
    polar = {"east": "u10", "north": "v10", "convention": "from", "speed": "speed", "direction": "direction"}
    # Points of this one lie halfway between those of the weather, and between stations.
    middle = regular(112.25, -35.75, 0.5, 0.5, 6, 5)
    utm = {"to_crs": "EPSG:32750", "vectors": vectors}
    chunks = {"chunks": {"time": 10, "latitude": 7}}
    days = {"model_type": "files", "uri": str(folder / "days" / "*.nc")}
    fields = {
        "rotated_whole": rect,
        "rotated_zarr": {**rect, "source": {"model_type": "zarr", "uri": at["weather.zarr"]}},
        "rotated_days": {**rect, "source": days},
        "rotated_chunked": {**rect, "source": {**rect["source"], "kwargs": chunks}},
        "rotated_grib": {"source": {"model_type": "grib", "uri": at["weather.grib"]}, "coords": names},
        "rotated_bilinear": {**rect, "regrid": {"method": "bilinear"}},
        "rotated_conservative": {**rect, "regrid": {"method": "conservative"}},
        "rotated_nearest": {**rect, "regrid": {"method": "nearest"}},
        "northwest_diffused": {**rect, "regrid": {"fill": "diffusion"}},
        "northwest_filled": {**rect, "regrid": {"fill": "nearest"}},
        "metres_bilinear": {**rect, "regrid": utm},
        "metres_conservative": {**rect, "regrid": {**utm, "method": "conservative"}},
        "metres_curved": {**curved, "regrid": utm},
        "metres_curved-cells": {**curved, "regrid": {**utm, "method": "conservative"}},
        "rotated_polar": {**curved, "source": {**curved["source"], "adapter": {"polar": [polar]}}},
        "mesh_bilinear": {**rect, "regrid": {"method": "bilinear"}},
        "middle_nearest": {**rect, "regrid": {"method": "nearest"}},
        "mesh_curved": {**curved, "regrid": {"method": "nearest"}},
    }
    boundaries = {
        "mesh_boundary": {**rect, "sel_method": "interp", "spacing": 0.2, "tag": "open"},
        "rotated_boundary": {**rect, "sel_method_kwargs": {"method": "nearest"}, "spacing": "parent"},
        "rotated_boundary-curved": {**curved, "regrid": {"method": "bilinear"}, "spacing": 0.3},
    }
    series = {
        "csv": {"model_type": "csv", "filename": at["series.csv"]},
        "parquet": {"model_type": "parquet", "uri": at["series.parquet"]},
    }
    spectra = {"source": {"model_type": "file", "uri": at["spectra.nc"]}}
    return {
        "run_id": "every",
        "period": {"start": "2023-01-01", "duration": "1d"},
        "config": {
            "model_type": "every_kind",
            "grids": {
                "rotated": rotated,
                "northwest": northwest,
                "middle": middle,
                "metres": metres,
                "mesh": mesh(),
            },
            "blobs": [{"id": name, "source": at[name]} for name in ("notes", "series.csv")],
            "series": [{"id": name, "source": source} for name, source in series.items()],
            "fields": [{"id": name, **field} for name, field in fields.items()],
            "boundaries": [{"id": name, **boundary} for name, boundary in boundaries.items()],
            "stations": [
                {"id": "rotated_weighted", **spectra, "spacing": 0.5},
                {"id": "middle_tied", **spectra},
                {"id": "mesh_nearest", **spectra, "sel_method": "nearest"},
            ],
        },
    }


def test_files_are_the_same_bytes_in_all_circumstances(description, tmp_path):
    with faked_plugins({"rompy.config": {"every_kind": EveryKind}}):
        here = ModelRun(**description, output_dir=tmp_path / "here").generate()
        there = generated_elsewhere(description, tmp_path / "far away", number=3)
    files, others = contents(here), contents(there)
    assert len(files) > 25
    assert sorted(files) == sorted(others)
    assert [name for name in files if files[name] != others[name]] == []
    today = date.today().isoformat().encode()
    assert [path.name for path in here.iterdir() if path.is_file() and today in path.read_bytes()] == []
