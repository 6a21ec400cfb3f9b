"""Sources of data. Each class is imported from its own file when it is first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "SourceBase": "base",
    "opened_once": "base",
    "SourceFile": "file",
    "SourceIntake": "intake",
    "SourceDatamesh": "datamesh",
    "SourceWavespectra": "wavespectra",
    "SourceTimeseriesCSV": "csv",
    "SourceTide": "tide",
    "SourceCatalog": "entry",
    "SourceErddap": "erddap",
    "SourceFallback": "fallback",
    "SourceFiles": "files",
    "SourceGrib": "grib",
    "SourceKerchunk": "kerchunk",
    "SourceOpendap": "opendap",
    "SourceStac": "stac",
    "SourceTimeseriesParquet": "parquet",
    "SourceZarr": "zarr",
    "SourceDataset": "memory",
    "SourceTimeseriesDataFrame": "memory",
}

__all__ = [
    "SourceBase",
    "SourceCatalog",
    "SourceDatamesh",
    "SourceDataset",
    "SourceErddap",
    "SourceFallback",
    "SourceFile",
    "SourceFiles",
    "SourceGrib",
    "SourceIntake",
    "SourceKerchunk",
    "SourceOpendap",
    "SourceStac",
    "SourceTide",
    "SourceTimeseriesCSV",
    "SourceTimeseriesDataFrame",
    "SourceTimeseriesParquet",
    "SourceWavespectra",
    "SourceZarr",
    "opened_once",
]

if TYPE_CHECKING:
    from rompy.core.source.base import SourceBase, opened_once
    from rompy.core.source.csv import SourceTimeseriesCSV
    from rompy.core.source.datamesh import SourceDatamesh
    from rompy.core.source.entry import SourceCatalog
    from rompy.core.source.erddap import SourceErddap
    from rompy.core.source.fallback import SourceFallback
    from rompy.core.source.file import SourceFile
    from rompy.core.source.files import SourceFiles
    from rompy.core.source.grib import SourceGrib
    from rompy.core.source.intake import SourceIntake
    from rompy.core.source.kerchunk import SourceKerchunk
    from rompy.core.source.memory import SourceDataset, SourceTimeseriesDataFrame
    from rompy.core.source.opendap import SourceOpendap
    from rompy.core.source.parquet import SourceTimeseriesParquet
    from rompy.core.source.stac import SourceStac
    from rompy.core.source.tide import SourceTide
    from rompy.core.source.wavespectra import SourceWavespectra
    from rompy.core.source.zarr import SourceZarr

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
