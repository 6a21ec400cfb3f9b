"""Model grids by their public names."""

from rompy.core.grids.base_grid import BaseGrid
from rompy.core.grids.regular_grid import RegularGrid
from rompy.core.grids.unstructured import UnstructuredGrid

__all__ = ["BaseGrid", "RegularGrid", "UnstructuredGrid"]
