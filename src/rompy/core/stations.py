"""Wave spectra at given points, from stations: the choice of stations is wavespectra's, the reading is ours.

wavespectra picks stations and weights them one point at a time, reading each anew from a lazy dataset. Here all points
are known first, so that the stations they need are read once, piece by piece. Values are those that wavespectra gives
for the whole dataset, to the last bit: stations at equal distances are chosen by their place among all stations, which
is why none is left out before the choice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.errors import CoverageError, DataError, PluginError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)

TOLERANCE = 2.0
"""Degrees within which wavespectra looks for stations unless it is told otherwise."""
_MAX_SITES = 4
_MOST_MISSING = 0.5
"""Part of the points that may be without stations: a corner of the area perhaps, but not most of it."""
_SITE = "site"
_PIECE = 32 * 2**20
"""How much of the stations' spectra is held at once (bytes)."""


def select_spectra(
    ds: xr.Dataset, lons: Sequence[float], lats: Sequence[float], method: str, **kwargs: Any
) -> xr.Dataset:
    """Spectra at the points, along ``site``, in memory.

    Args:
        ds: stations along ``site`` in wavespectra's conventions.
        method: ``idw`` weights up to ``max_sites`` (4) stations within ``tolerance`` (2 degrees) by the inverse of
            their distance; ``nearest`` takes the nearest station within ``tolerance``.
        kwargs: ``tolerance``, ``max_sites`` and whatever else wavespectra's selection understands.

    Raises:
        CoverageError: there is no station near any, or most, of the points.
        DataError: the dataset holds no stations.
        PluginError: wavespectra is not installed.
    """
    try:
        from wavespectra.core.select import Coordinates
    except ImportError as error:
        raise PluginError(
            "wave spectra need wavespectra", hint="Install it: pip install wavespectra"
        ) from error
    if _SITE not in ds.dims:
        raise DataError(
            f"the spectra lie along {', '.join(map(str, ds.dims))}, not at stations along {_SITE!r}",
            hint="Rename the dimension of the stations with the filter: {rename: {station: site}}",
        )
    places = ds[["lon", "lat"]].load()
    coordinates = Coordinates(places, lons=lons, lats=lats)
    if method == "idw" and set(kwargs) <= {"tolerance", "max_sites"}:
        return _weighted(ds, coordinates, np.array(lons, dtype=float), **kwargs)
    ids = np.arange(places.sizes[_SITE])
    if method == "nearest":
        # The first of those at the least distance stays the first when others are left out.
        ids = np.unique([coordinates.nearest(lon, lat)[0] for lon, lat in _points(coordinates)])
    near = _loaded(ds, ids)
    try:
        return near.spec.sel(lons=lons, lats=lats, method=method, **kwargs)
    except (AssertionError, ValueError) as error:
        raise CoverageError(f"there are no stations for the points: {error}") from error


def _points(coordinates: Any) -> Iterator[tuple[float, float]]:
    return zip(coordinates.lons, coordinates.lats, strict=True)


def _weighted(
    ds: xr.Dataset,
    coordinates: Any,
    lons: np.ndarray,
    tolerance: float = TOLERANCE,
    max_sites: int = _MAX_SITES,
) -> xr.Dataset:
    """The mean of the stations near each point, weighted by the inverse of their distance.

    ``lons`` are those of the points as they were asked for, while ``coordinates`` may count them as the stations do.
    """
    import xarray as xr
    from wavespectra.core.attributes import set_spec_attributes

    chosen = [
        _weights(*coordinates.nearer(lon, lat, tolerance, max_sites)) for lon, lat in _points(coordinates)
    ]
    _report_missing(chosen, coordinates, tolerance)
    ids = np.unique([i for weights in chosen for i, _ in weights])
    place_of = {int(i): place for place, i in enumerate(ids)}
    chosen = [[(place_of[i], weight) for i, weight in weights] for weights in chosen]
    variables = {
        name: (v.dims, _mean(v.variable, ids, chosen), dict(v.attrs)) if _SITE in v.dims else v.variable
        for name, v in ds.data_vars.items()
        if name not in ("lon", "lat")
    }
    kept = {
        name: (c.dims, c.values, dict(c.attrs))
        for name, c in ds.coords.items()
        if _SITE not in c.dims and c.ndim
    }
    out = xr.Dataset(variables, coords=kept, attrs=dict(ds.attrs))
    out[_SITE] = np.arange(len(chosen))
    out["lon"] = (_SITE, lons)
    out["lat"] = (_SITE, coordinates.lats)
    set_spec_attributes(out)
    return out


def _weights(ids: np.ndarray, distances: np.ndarray) -> list[tuple[int, float]]:
    """Stations and their weights from the nearest on; none where a single one is not at the point itself."""
    weights: list[tuple[int, float]] = []
    for i, distance in zip(ids, distances, strict=True):
        if distance == 0:  # what lies at the point itself comes last
            weights.append((int(i), 1.0))
            break
        weights.append((int(i), float(1.0 / distance)))
    return [] if len(weights) == 1 and distances[0] > 0 else weights


def _report_missing(chosen: list[list[tuple[int, float]]], coordinates: Any, tolerance: float) -> None:
    missing = [point for point, weights in zip(_points(coordinates), chosen, strict=True) if not weights]
    if not missing:
        return
    lon, lat = missing[0]
    what = f"fewer than two stations within {tolerance:g} degrees, such as lon {lon:.3f}, lat {lat:.3f}"
    if len(missing) > _MOST_MISSING * len(chosen):
        lons, lats = coordinates.dset_lons, coordinates.dset_lats
        count = f"all {len(chosen)}" if len(missing) == len(chosen) else f"{len(missing)} of {len(chosen)}"
        raise CoverageError(
            f"{count} points have {what}: the stations lie in lon {lons.min():g} to {lons.max():g}, "
            f"lat {lats.min():g} to {lats.max():g}",
            hint="Without waves along most of its boundary a model runs, with far too little energy. Choose stations "
            f"nearer to the grid, or sel_method_kwargs: {{tolerance: {_tolerance(coordinates):.3g}}}.",
        )
    logger.warning("%d of %d points have %s; their spectra are missing", len(missing), len(chosen), what)


def _tolerance(coordinates: Any) -> float:
    """The tolerance with which each point has two stations, rounded up."""
    farthest = 0.0
    for lon, lat in _points(coordinates):
        distances = np.sort(coordinates.distance(lon, lat))
        farthest = max(farthest, float(distances[min(1, distances.size - 1)]))
    return float(np.ceil(farthest * 100) / 100)


def _mean(variable: xr.Variable, ids: np.ndarray, chosen: list[list[tuple[int, float]]]) -> np.ndarray:
    """Weighted means of a variable, whose stations ``ids`` are counted from 0 in ``chosen``."""
    axis = variable.dims.index(_SITE)
    shape = tuple(len(chosen) if i == axis else size for i, size in enumerate(variable.shape))
    dtype = variable.dtype if variable.dtype.kind == "f" else np.dtype("float64")
    out = np.full(shape, np.nan, dtype=dtype)
    by_site: Any = np.moveaxis(out, axis, 0)
    span, inside = _span(ids)
    for where, piece in _pieces(variable, span):
        values = np.moveaxis(piece, axis, 0)
        for point, weights in enumerate(chosen):
            if weights:
                # In the order of wavespectra, because sums of rounded numbers depend on it.
                (first, weight), *others = weights
                total = weight * values[inside[first]]
                for station, weight in others:
                    total += weight * values[inside[station]]
                if others:
                    total *= float(1.0 / sum(weight for _, weight in weights))
                place = (point, *where)
                by_site[place] = total
    return out


def _pieces(
    variable: xr.Variable, span: slice | np.ndarray
) -> Iterator[tuple[tuple[slice, ...], np.ndarray]]:
    """Values at a span of stations, in pieces along the first other dimension, each with its place in that one."""
    others = [dim for dim in variable.dims if dim != _SITE]
    if not others:
        yield (), variable.isel({_SITE: span}).values
        return
    row = variable.dtype.itemsize * variable[{others[0]: slice(1), _SITE: span}].size
    together = _rows_read_together(variable, others[0])
    rows = max(_PIECE // max(row, 1) // together, 1) * together
    for first in range(0, variable.sizes[others[0]], rows):
        part = slice(first, first + rows)
        yield (part,), variable[{others[0]: part, _SITE: span}].values


def _span(ids: np.ndarray) -> tuple[slice | np.ndarray, np.ndarray]:
    """What to read for some stations, and their places in it: one stretch unless that is mostly others."""
    first, last = int(ids[0]), int(ids[-1])
    if last - first + 1 <= 4 * ids.size:
        return slice(first, last + 1), ids - first
    return ids, np.arange(ids.size)


def _rows_read_together(variable: xr.Variable, dim: Any) -> int:
    """How many steps along a dimension the source reads at once whether they are wanted or not."""
    axis = variable.dims.index(dim)
    if variable.chunks:
        return int(variable.chunks[axis][0])
    chunks = variable.encoding.get("chunksizes")
    return int(chunks[axis]) if chunks and len(chunks) == variable.ndim else 1


def _loaded(ds: xr.Dataset, ids: np.ndarray) -> xr.Dataset:
    """The stations ``ids`` in memory."""
    span, inside = _span(ids)
    return ds.isel({_SITE: span}).load().isel({_SITE: inside})
