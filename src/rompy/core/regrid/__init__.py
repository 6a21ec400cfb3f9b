"""Moving fields from one grid to another: bilinear, conservative, nearest, between rectangular, curved and
unstructured grids of any coordinate reference systems.

Weights are sparse matrices (scipy). Neighbours and overlaps are found with closed formulas on rectangular grids, with
GEOS (shapely) for cells of other shapes and with scipy's k-d trees for the nearest: all of them are installed with
rompy, need no compiler at run time and give the same bits each time. ESMF, which xesmf needs, does not come by pip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rompy.core.regrid.fields import regrid
    from rompy.core.regrid.places import Curved, Places, Rectangular, Scattered, Triangles, places_of
    from rompy.core.regrid.settings import Regridding

__all__ = ["Curved", "Places", "Rectangular", "Regridding", "Scattered", "Triangles", "places_of", "regrid"]

_HOME = {"regrid": "fields", "Regridding": "settings"}


def __getattr__(name: str) -> Any:
    if name in __all__:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOME.get(name, 'places')}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
