"""The built-in sources keep what rompy.testing demands of every source."""

# ruff: noqa: F811 - fixtures bear the names of what is imported
from datetime import datetime, timedelta

import numpy as np
import pytest
import xarray as xr

from rompy.core.filters import Filter
from rompy.core.source import (
    SourceFile,
    SourceIntake,
    SourceTide,
    SourceTimeseriesCSV,
    SourceWavespectra,
    opened_once,
)
from rompy.testing import SourceSuite
from rompy.testing.fixtures import tiny_dataset, tiny_netcdf  # noqa: F401 - fixtures


class TestSourceFile(SourceSuite):
    @pytest.fixture
    def source_class(self):
        return SourceFile

    @pytest.fixture
    def description(self, tiny_netcdf):
        return {"model_type": "file", "uri": str(tiny_netcdf), "kwargs": {"engine": "netcdf4"}}

    @pytest.fixture
    def missing(self, tmp_path):
        return {"model_type": "file", "uri": str(tmp_path / "nothing here.nc")}


class TestSourceFileInChunks(TestSourceFile):
    @pytest.fixture
    def description(self, tiny_netcdf):
        return {"model_type": "file", "uri": str(tiny_netcdf), "kwargs": {"chunks": {"time": 2}}}


class TestSourceTimeseriesCSV(SourceSuite):
    lazy = False

    @pytest.fixture
    def source_class(self):
        return SourceTimeseriesCSV

    @pytest.fixture
    def description(self, tmp_path):
        path = tmp_path / "levels.csv"
        path.write_text("when;level;note\n" + "".join(f"2023-01-01T0{h}:00Z;{h / 10};x\n" for h in range(6)))
        return {
            "model_type": "csv",
            "filename": str(path),
            "tcol": "when",
            "read_csv_kwargs": {"sep": ";"},
        }

    @pytest.fixture
    def missing(self, tmp_path):
        return {"model_type": "csv", "filename": str(tmp_path / "nothing here.csv")}


class TestSourceIntake(SourceSuite):
    @pytest.fixture
    def source_class(self):
        return SourceIntake

    @pytest.fixture
    def description(self, tiny_netcdf):
        catalog = tiny_netcdf.with_name("catalog.yaml")
        catalog.write_text(
            "sources:\n  tiny:\n    driver: netcdf\n"
            "    args: {urlpath: '{{ CATALOG_DIR }}/tiny.nc', engine: netcdf4, chunks: {}}\n"
        )
        return {"model_type": "intake", "catalog_uri": str(catalog), "dataset_id": "tiny"}

    @pytest.fixture
    def missing(self, tmp_path):
        return {"model_type": "intake", "catalog_uri": str(tmp_path / "nothing.yaml"), "dataset_id": "tiny"}


class TestSourceWavespectra(SourceSuite):
    @pytest.fixture
    def source_class(self):
        return SourceWavespectra

    @pytest.fixture
    def description(self, tmp_path):
        shape = (5, 3, 4, 6)
        efth = (("time", "site", "freq", "dir"), np.arange(np.prod(shape), dtype="float32").reshape(shape))
        spectra = xr.Dataset(
            {"efth": efth, "lon": ("site", [1.0, 2.0, 3.0]), "lat": ("site", [0.0, 0.0, 1.0])},
            {
                "time": np.arange("2023-01-01T00", "2023-01-01T05", dtype="datetime64[h]").astype(
                    "datetime64[ns]"
                ),
                "freq": [0.05, 0.08, 0.12, 0.2],
                "dir": np.arange(0.0, 360.0, 60.0),
            },
        )
        spectra.to_netcdf(tmp_path / "spectra.nc")
        return {
            "model_type": "wavespectra",
            "uri": str(tmp_path / "spectra.nc"),
            "reader": "read_wavespectra",
        }

    @pytest.fixture
    def missing(self, tmp_path):
        nothing = str(tmp_path / "nothing here.nc")
        return {"model_type": "wavespectra", "uri": nothing, "reader": "read_wavespectra"}


class TestSourceTide(SourceSuite):
    lazy = False

    @pytest.fixture
    def source_class(self):
        return SourceTide

    @pytest.fixture
    def description(self):
        return {"model_type": "tide", "constituents": "eden_nsw", "interval": "30m"}

    @pytest.fixture
    def bounds(self):
        return {"time": slice(datetime(2023, 2, 1), datetime(2023, 2, 2))}

    @pytest.fixture
    def missing(self, tmp_path):
        return {"model_type": "tide", "constituents": str(tmp_path / "nothing here.json")}

    def test_a_filter_cuts_out_just_what_it_says(self, source, whole):
        """And the values on both sides of it, because a series that is computed has no gaps to fall into."""
        limits = slice(datetime(2023, 2, 1, 6, 10), datetime(2023, 2, 1, 7, 50))
        with opened_once():
            part = source.open(filters=Filter(crop={"time": limits}))
            wanted = slice(limits.start - timedelta(minutes=10), limits.stop + timedelta(minutes=10))
            xr.testing.assert_allclose(part, whole.sel(time=wanted))
