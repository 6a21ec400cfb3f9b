"""A case on its mesh, ready to run; and the run."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import anuga
import numpy as np
from numpy.typing import NDArray

from .balance import Balance, Entry
from .boundaries import check_series, check_tags, set_boundaries
from .case import Case, Variable
from .field import ChangingField, sample
from .mesh import Triangles, domain_on, file_of, triangles_of
from .netcdf import refusal
from .operators import Coriolis, PressureGradient, Rain, Watch, WindStress
from .outputs import Outputs
from .problems import InputError
from .progress import Progress, Report
from .ranks import Ranks

Floats = NDArray[np.float64]

_STORED = {"elevation": 1, "friction": 1, "stage": 2, "xmomentum": 2, "ymomentum": 2}
"""What the output holds: 1 once, 2 at each output time."""

LONGEST_STEP_S = 60.0
"""Nothing limits a step over dry ground; an hour's rain is not to fall on it in one lump."""


def prepare(case: Case, outputs: Outputs) -> Any:
    """The whole domain with its bed, friction and water, after everything that can be checked has been.

    Nothing is written. With several ranks this is for the first one only.

    Raises:
        InputError: something does not fit the mesh or the period.
    """
    outputs.check_free()
    triangles = triangles_of(case.mesh)
    domain = domain_on(triangles)
    check_tags(case, Counter(domain.boundary.values()))
    check_series(case)
    cells = domain.get_centroid_coordinates(absolute=True)
    check_forcing(case, cells, triangles.nodes)
    bed = _bed(case, triangles, cells)
    for quantity, values in {
        "elevation": bed,
        "friction": _friction(case, cells),
        "stage": np.maximum(_initial_level(case, cells), bed),
    }.items():
        domain.set_quantity(quantity, values, location="centroids")
    domain.set_name(case.name)
    domain.set_datadir(str(case.folder))
    return domain


def check_forcing(case: Case, cells: Floats, nodes: Floats) -> None:
    """Look at every record of the forcing that the run needs.

    Raises:
        InputError: a field does not cover the mesh or the run, or has holes, or it rains upwards.
    """
    for name, field in _forcing(case, cells, nodes).items():
        field.check_all(lowest=0.0 if name == "rain" else None)


def configured(whole: Any, case: Case) -> Any:
    """The domain, or this rank's part of it, with its numerics, boundaries and forcing. Every rank must call it.

    Args:
        whole: what ``prepare`` made; None on ranks other than the first.
    """
    domain = anuga.distribute(whole)
    domain.set_compute_mode("legacy")  # the other one copies to and fro for operators written in Python
    domain.set_flow_algorithm(case.scheme)
    domain.set_evolve_min_timestep(0.0)  # the watch has a limit of its own, and says where
    domain.set_evolve_max_timestep(LONGEST_STEP_S)
    anuga.set_omp_num_threads(case.threads, verbose=False)
    domain.set_minimum_storable_height(case.minimum_depth_m)
    domain.set_quantities_to_be_stored(_STORED)
    set_boundaries(domain, case)
    forcing = _forcing(case, domain.get_centroid_coordinates(absolute=True), domain.get_nodes(absolute=True))
    if "x_wind" in forcing:
        WindStress(domain, forcing["x_wind"], forcing["y_wind"])
    if "pressure" in forcing:
        PressureGradient(domain, forcing["pressure"])
    if "rain" in forcing:
        Rain(domain, forcing["rain"])
    if case.coriolis_latitude_deg is not None:
        Coriolis(domain, case.coriolis_latitude_deg)
    Watch(domain)
    return domain


def run(domain: Any, case: Case, ranks: Ranks, progress: Progress) -> dict[str, Any]:
    """Step through the whole period, and put the output of all ranks together.

    Returns:
        Steps, time taken and the balance of water, as ``run.json`` has them.
    """
    began = time.monotonic()
    balance = Balance(domain)
    entry: Entry | None = None
    steps = 0
    for seconds in domain.evolve(yieldstep=case.interval_s, finaltime=case.duration_s):
        entry = balance.entry()
        fastest = ranks.largest(_fastest(domain, case.minimum_depth_m))
        steps += domain.number_of_steps
        progress.report(_report(domain, case, float(seconds), time.monotonic() - began, entry, fastest))
    assert entry is not None  # evolve yields the start
    domain.sww_merge(delete_old=True)
    return {
        "steps": steps,
        "evolve_s": round(time.monotonic() - began, 3),
        "mass_balance": balance.closed(entry),
    }


def describe(domain: Any, case: Case) -> str:
    """A line about a case that can be run."""
    tags = Counter(domain.boundary.values())
    bed = domain.quantities["elevation"].centroid_values
    edges = ", ".join(f"{count} {tag}" for tag, count in sorted(tags.items()))
    return (
        f"{case.name}: {len(domain)} cells of {domain.areas.min():.3g} to {domain.areas.max():.3g} m2, "
        f"bed {bed.min():.2f} to {bed.max():.2f} m, edges: {edges}"
    )


def anuga_version() -> str:
    """Which ANUGA this is."""
    return str(anuga.__version__)


def number_of_cells(domain: Any) -> int:
    """Cells of the whole mesh, also where this rank has only some of them."""
    return int(getattr(domain, "number_of_global_triangles", None) or domain.number_of_triangles)


def _report(domain: Any, case: Case, seconds: float, wall: float, entry: Entry, fastest: float) -> Report:
    moved = domain.number_of_steps > 0
    return Report(
        model_time_s=seconds,
        duration_s=case.duration_s,
        wall_s=round(wall, 3),
        steps=int(domain.number_of_steps),
        dt_min_s=float(domain.recorded_min_timestep) if moved else None,
        dt_max_s=float(domain.recorded_max_timestep) if moved else None,
        volume_m3=entry.volume_m3,
        mass_error_m3=entry.error_m3,
        max_speed_m_s=fastest,
    )


def _fastest(domain: Any, minimum_depth_m: float) -> float:
    """Greatest depth-averaged speed (m/s) in cells of this rank that are wet enough to be shown."""
    level, bed, x_flow, y_flow = (
        domain.quantities[name].centroid_values for name in ("stage", "elevation", "xmomentum", "ymomentum")
    )
    depth = level - bed
    wet = (depth > max(minimum_depth_m, 1e-6)) & (domain.tri_full_flag == 1)
    return float((np.hypot(x_flow[wet], y_flow[wet]) / depth[wet]).max()) if wet.any() else 0.0


def _forcing(case: Case, cells: Floats, nodes: Floats) -> dict[str, ChangingField]:
    wanted: dict[str, tuple[Variable, str, Floats]] = {}
    if case.wind:
        wanted["x_wind"] = (case.wind.x, "wind", cells)
        wanted["y_wind"] = (case.wind.y, "wind", cells)
    if case.pressure:
        wanted["pressure"] = (case.pressure, "pressure", nodes)
    if case.rain:
        wanted["rain"] = (case.rain, "rain", cells)
    return {
        name: ChangingField(variable, kind, points, case.start, case.duration_s)
        for name, (variable, kind, points) in wanted.items()
    }


def _bed(case: Case, triangles: Triangles, cells: Floats) -> Floats:
    """Level of the bed at the cells (m, positive up): sampled at their centres, or the mean of their three nodes."""
    if case.bathymetry is not None:
        return sample(case.bathymetry, cells, "level")
    name = file_of(case.mesh).name
    if triangles.elevation is None:
        raise InputError(f"bathymetry.from: {name}: the nodes of this mesh bear no attribute 'elevation'")
    missing = np.flatnonzero(~np.isfinite(triangles.elevation))
    if missing.size:
        raise InputError(
            f"bathymetry.from: {name}: {missing.size} nodes have no elevation, the first is {missing[0]}"
        )
    return triangles.elevation[triangles.corners].mean(axis=1)


def _friction(case: Case, cells: Floats) -> Floats | float:
    if not isinstance(case.friction, Variable):
        return case.friction
    manning = sample(case.friction, cells)
    if manning.min() < 0.0:
        raise refusal(case.friction, f"Manning's n is {manning.min():g} somewhere; it cannot be negative")
    return manning


def _initial_level(case: Case, cells: Floats) -> Floats | float:
    level = case.initial_level_m
    return sample(level, cells, "level") if isinstance(level, Variable) else level
