"""Moving fields from one grid to another: bilinear, conservative, nearest, between rectangular, curved and
unstructured grids of any coordinate reference systems.

Weights are sparse matrices (scipy). Neighbours and overlaps are found with closed formulas on rectangular grids, with
GEOS (shapely) for cells of other shapes and with scipy's k-d trees for the nearest: all of them are installed with
rompy, need no compiler at run time and give the same bits each time. ESMF, which xesmf needs, does not come by pip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

if TYPE_CHECKING:
    from rompy.core.regrid.fields import regrid
    from rompy.core.regrid.places import Curved, Places, Rectangular, Scattered, Triangles, places_of
    from rompy.core.regrid.settings import Regridding

__all__ = ["Curved", "Places", "Rectangular", "Regridding", "Scattered", "Triangles", "places_of", "regrid"]

_HOME_OF = {
    "Curved": "places",
    "Places": "places",
    "Rectangular": "places",
    "Regridding": "settings",
    "Scattered": "places",
    "Triangles": "places",
    "places_of": "places",
    "regrid": "fields",
}

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
