"""Data along the boundary of a model grid by their public names."""

from rompy.core.boundaries.fields import DataBoundary
from rompy.core.boundaries.spectra import BoundaryWaveStation, find_minimum_distance

__all__ = ["BoundaryWaveStation", "DataBoundary", "find_minimum_distance"]
