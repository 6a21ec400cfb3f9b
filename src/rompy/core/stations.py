"""Wave spectra at given points, from stations: the choice of stations is wavespectra's, the reading is ours.

wavespectra picks stations and weights them one point at a time, reading each anew from a lazy dataset. Here all points
are known first, so that the stations they need are read once, piece by piece. Values are those that wavespectra gives
for the whole dataset, to the last bit, but for two cases. Of stations at equal distances the first ones are chosen;
wavespectra's choice depends on the processor, as numpy's usual way of sorting does. And where stations and points lie
on either side of the meridian at which their longitudes begin anew, the shorter way round the globe is their distance.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.errors import CoverageError, DataError, PluginError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)

TOLERANCE = 2.0
"""Degrees within which wavespectra looks for stations unless it is told otherwise."""
_MAX_SITES = 4
MOST_MISSING = 0.5
"""Part of the points that may be without stations: a corner of the area perhaps, but not most of it."""
_SITE = "site"
_PIECE = 8 * 2**20
"""How much of the stations' spectra is held at once (bytes)."""
_OPTIONS = {"idw": {"tolerance", "max_sites"}, "nearest": {"tolerance", "unique", "exact", "missing"}}
"""Keywords of the two methods; others are left to wavespectra."""


def select_spectra(
    ds: xr.Dataset,
    lons: Sequence[float],
    lats: Sequence[float],
    method: str,
    *,
    most_missing: float = MOST_MISSING,
    **kwargs: Any,
) -> xr.Dataset:
    """Spectra at the points, along ``site``, in memory.

    Args:
        ds: stations along ``site`` in wavespectra's conventions.
        method: ``idw`` weights up to ``max_sites`` (4) stations within ``tolerance`` (2 degrees) by the inverse of
            their distance; ``nearest`` takes the nearest station within ``tolerance``.
        most_missing: part of the points that may be left without stations by ``idw``; their spectra are missing.
        kwargs: ``tolerance``, ``max_sites`` and whatever else wavespectra's selection understands.

    Raises:
        CoverageError: there is no station near any, or most, of the points.
        DataError: the dataset holds no stations.
        PluginError: wavespectra is not installed.
    """
    if _SITE not in ds.dims:
        raise DataError(
            f"the spectra lie along {', '.join(map(str, ds.dims))}, not at stations along {_SITE!r}",
            hint="Rename the dimension of the stations with the filter: {rename: {station: site}}",
        )
    coordinates = _coordinates(ds[["lon", "lat"]].load(), lons, lats)
    if not set(kwargs) <= _OPTIONS.get(method, set()):
        return ds.load().spec.sel(lons=lons, lats=lats, method=method, **kwargs)
    if method == "idw":
        return _weighted(ds, coordinates, np.array(lons, dtype=float), most_missing, **kwargs)
    return _nearest(ds, coordinates, **kwargs)


def _coordinates(places: xr.Dataset, lons: Sequence[float], lats: Sequence[float]) -> Any:
    """wavespectra's view of stations and points, with distances that know that the globe is round, and an order of
    stations that is the same everywhere."""
    try:
        from wavespectra.core.select import Coordinates
    except ImportError as error:
        raise PluginError(
            "wave spectra need wavespectra", hint="Install it: pip install wavespectra"
        ) from error

    class RoundTheGlobe(Coordinates):
        def distance(self, lon: float, lat: float) -> np.ndarray:
            across = np.abs(self.dset_lons % 360 - np.array(lon) % 360)
            across = np.minimum(across, 360 - across)
            return np.asarray(np.sqrt(across**2 + (self.dset_lats - np.array(lat)) ** 2))

        def nearer(
            self, lon: float, lat: float, tolerance: float = np.inf, max_sites: int | None = None
        ) -> tuple[np.ndarray, np.ndarray]:
            distances = self.distance(lon, lat)
            order = np.argsort(distances, kind="stable")
            within = order[distances[order] <= tolerance][:max_sites]
            return within, distances[within]

    return RoundTheGlobe(places, lons=lons, lats=lats)


def _nearest(
    ds: xr.Dataset,
    coordinates: Any,
    tolerance: float = TOLERANCE,
    unique: bool = False,
    exact: bool = False,
    missing: str = "raise",
) -> xr.Dataset:
    """The station nearest to each point; ``missing: ignore`` leaves out points that have none within the tolerance."""
    chosen: list[int] = []
    for lon, lat in _points(coordinates):
        station, distance = coordinates.nearest(lon, lat)
        if exact and distance > 0:
            raise CoverageError(
                f"no station lies at lon {lon:g}, lat {lat:g}; the nearest is {distance:g} degrees off"
            )
        if distance <= tolerance:
            chosen += [] if unique and station in chosen else [int(station)]
        elif missing != "ignore":
            raise CoverageError(
                f"there are no stations for the points: the one nearest to lon {lon:g}, lat {lat:g} is {distance:g} "
                f"degrees away, and the tolerance is {tolerance:g}",
                hint=f"Choose stations nearer to the grid, or sel_method_kwargs: {{tolerance: {distance:.3g}}}.",
            )
    if not chosen:
        raise CoverageError(f"there are no stations for the points within {tolerance:g} degrees of any")
    needed, place = np.unique(chosen, return_inverse=True)
    out = _loaded(ds, needed).isel({_SITE: place})
    if not coordinates.consistent:  # longitudes are given back as those of the points count
        lons = coordinates._swap_longitude_convention(out["lon"].values.copy())
        out["lon"] = out["lon"].copy(data=lons)
    return out.assign_coords({_SITE: np.arange(len(chosen))})


def _points(coordinates: Any) -> Iterator[tuple[float, float]]:
    return zip(coordinates.lons, coordinates.lats, strict=True)


def _weighted(
    ds: xr.Dataset,
    coordinates: Any,
    lons: np.ndarray,
    most_missing: float,
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
    _report_missing(chosen, coordinates, tolerance, most_missing)
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


def _report_missing(
    chosen: list[list[tuple[int, float]]], coordinates: Any, tolerance: float, accepted: float
) -> None:
    missing = [point for point, weights in zip(_points(coordinates), chosen, strict=True) if not weights]
    if not missing:
        return
    lon, lat = missing[0]
    what = f"fewer than two stations within {tolerance:g} degrees, such as lon {lon:.3f}, lat {lat:.3f}"
    if len(missing) > accepted * len(chosen):
        lons, lats = coordinates.dset_lons, coordinates.dset_lats
        count = f"all {len(chosen)}" if len(missing) == len(chosen) else f"{len(missing)} of {len(chosen)}"
        raise CoverageError(
            f"{count} points have {what}: the stations lie in lon {lons.min():g} to {lons.max():g}, "
            f"lat {lats.min():g} to {lats.max():g}",
            hint="Without waves along its boundary a model runs, with far too little energy. Choose stations nearer to "
            f"the grid, or sel_method_kwargs: {{tolerance: {_tolerance(coordinates):.3g}}}.",
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
                place: Any = (point, *where)
                by_site[place] = total
    return out


def _pieces(
    variable: xr.Variable, span: slice | np.ndarray
) -> Iterator[tuple[tuple[slice, ...], np.ndarray]]:
    """Values at a span of stations, in pieces of the other dimensions, each with its place in those.

    While one piece is worked on the next is read: inflating a compressed file takes most of the time.
    """
    others = [dim for dim in variable.dims if dim != _SITE]
    steps = _steps(variable, others, span)
    starts = product(*(range(0, variable.sizes[dim], step) for dim, step in zip(others, steps, strict=True)))
    places = [tuple(slice(i, i + step) for i, step in zip(start, steps, strict=True)) for start in starts]

    def read(place: tuple[slice, ...]) -> np.ndarray:
        return variable[{_SITE: span, **dict(zip(others, place, strict=True))}].values

    with ThreadPoolExecutor(1, "rompy-stations") as reader:
        ahead = [reader.submit(read, place) for place in places[:1]]
        for number, place in enumerate(places):
            values = ahead.pop().result()
            ahead += [reader.submit(read, next_place) for next_place in places[number + 1 : number + 2]]
            yield place, values


def _steps(variable: xr.Variable, others: Sequence[Hashable], span: slice | np.ndarray) -> list[int]:
    """How long pieces are along the dimensions without stations: whole chunks, together up to the size of a piece."""
    steps = [min(_read_together(variable, dim), variable.sizes[dim]) for dim in others]
    bytes_of_row = variable.dtype.itemsize * variable.isel(dict.fromkeys(others, 0) | {_SITE: span}).size
    for i in reversed(range(len(steps))):  # the last one lies together in files
        size = bytes_of_row * int(np.prod(steps))
        steps[i] = min(steps[i] * max(_PIECE // max(size, 1), 1), max(variable.sizes[others[i]], 1))
    return [max(step, 1) for step in steps]


def _span(ids: np.ndarray) -> tuple[slice | np.ndarray, np.ndarray]:
    """What to read for some stations, and their places in it: one stretch unless that is mostly others."""
    first, last = int(ids[0]), int(ids[-1])
    if last - first + 1 <= 4 * ids.size:
        return slice(first, last + 1), ids - first
    return ids, np.arange(ids.size)


def _read_together(variable: xr.Variable, dim: Hashable) -> int:
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
