"""Model grids by their public names."""

from rompy.core.base_grid import BaseGrid
from rompy.core.regular_grid import RegularGrid
from rompy.core.unstructured import UnstructuredGrid

__all__ = ["BaseGrid", "RegularGrid", "UnstructuredGrid"]
