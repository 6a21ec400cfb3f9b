"""Results of the built-in model: CF/UGRID netCDF, series at stations, pictures and a summary of a finished run."""

from rompy_anuga.postprocess.config import AnugaPostprocessorConfig
from rompy_anuga.postprocess.station_point import StationPoint

__all__ = ["AnugaPostprocessorConfig", "StationPoint"]
