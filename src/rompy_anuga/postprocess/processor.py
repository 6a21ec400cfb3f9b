"""The built-in model's postprocessor: reads a finished run, writes a folder of results."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rompy.core.atomic import write_json
from rompy.postprocess import Origin
from rompy.postprocess.origin import history_of
from rompy_anuga.postprocess.boundary_series import BoundarySeries, read_boundary_series
from rompy_anuga.postprocess.face_maps import FaceMaps, read_face_maps
from rompy_anuga.postprocess.figure import save_picture
from rompy_anuga.postprocess.finished_run import FinishedRun, finished_run
from rompy_anuga.postprocess.maps import Boundary, maxima_map, mesh_map
from rompy_anuga.postprocess.mesh_boundary import boundary_edges
from rompy_anuga.postprocess.result_folder import filling
from rompy_anuga.postprocess.results import AnugaResults
from rompy_anuga.postprocess.series_plot import series_plot
from rompy_anuga.postprocess.station_point import StationPoint
from rompy_anuga.postprocess.stations import (
    Station,
    StationSeries,
    place_stations,
    read_series,
    write_station_file,
    write_station_table,
)
from rompy_anuga.postprocess.summary import RunSummary, require_station, summarise
from rompy_anuga.postprocess.ugrid import write_ugrid

logger = logging.getLogger(__name__)

STATION_FILE = "stations.nc"
STATION_TABLE = "stations.csv"
SUMMARY = "summary.json"
MESH_PICTURE = "mesh.png"
MAXIMA_PICTURE = "maxima.png"
SERIES_PICTURE = "stations.png"


@dataclass(frozen=True)
class _Findings:
    """What the files and pictures are made of."""

    run: FinishedRun
    maps: FaceMaps
    boundary: Boundary
    levels: list[BoundarySeries]
    series: list[StationSeries]


class AnugaPostprocessor:
    """Turns the output of a finished run into netCDF, a table, pictures and a summary."""

    def process(
        self,
        model_run: Any,
        *,
        output_dir: str | Path | None = None,
        stations: Mapping[str, Any] | None = None,
        inside: str | None = None,
        pictures: bool = True,
        dry_depth: float = 0.01,
        attributes: Mapping[str, str] | None = None,
    ) -> AnugaResults:
        """Process the run in ``model_run.staging_dir``; the workspace itself is only read.

        Args:
            model_run: the run; its ``run_id`` becomes the identity in the files.
            output_dir: folder for the results, ``<workspace>/results`` by default.
            stations: points by name, as in :class:`AnugaPostprocessorConfig`.
            inside: station that the summary compares with the boundary.
            pictures: whether to draw.
            dry_depth: faces with this depth or less are dry, m.
            attributes: further global attributes of the netCDF files.

        Raises:
            PostprocessError: the run is not complete, or a station is outside the mesh. Nothing is left behind.
            WorkspaceError: the results cannot be written.
        """
        workspace = Path(model_run.staging_dir)
        run = finished_run(workspace)
        target = Path(output_dir) if output_dir else workspace / "results"
        points = {name: StationPoint.model_validate(point) for name, point in (stations or {}).items()}
        placed = place_stations(run.case, points)
        require_station(inside, list(points))
        origin = replace(Origin.of(model_run, attributes), model_version=run.model_version)
        ugrid = f"{run.case.name}_ugrid.nc"
        with filling(target, _products(ugrid)) as folder:
            logger.info("converting %s", run.case.sww)
            write_ugrid(run.case, folder / ugrid, origin, dry_depth=dry_depth)
            found = _findings(run, folder / ugrid, placed)
            if found.series:
                earlier = history_of(folder / ugrid)
                write_station_file(run.case, folder / STATION_FILE, found.series, origin, earlier=earlier)
                write_station_table(run.case, folder / STATION_TABLE, found.series)
            if pictures:
                _draw(found, folder)
            summary = _summarised(found, inside)
            write_json(folder / SUMMARY, summary.as_dict())
            names = [path.name for path in folder.iterdir()]
        results = AnugaResults(target, names, summary)
        logger.info("%s", results.message)
        return results


def _products(ugrid: str) -> tuple[str, ...]:
    return (ugrid, STATION_FILE, STATION_TABLE, SUMMARY, MESH_PICTURE, MAXIMA_PICTURE, SERIES_PICTURE)


def _findings(run: FinishedRun, ugrid: Path, stations: list[Station]) -> _Findings:
    maps = read_face_maps(ugrid)
    return _Findings(
        run=run,
        maps=maps,
        boundary=Boundary(*boundary_edges(run.case, maps.nodes, maps.faces)),
        levels=read_boundary_series(run.case),
        series=read_series(ugrid, stations),
    )


def _draw(found: _Findings, folder: Path) -> None:
    case, stations = found.run.case, [series.station for series in found.series]
    save_picture(mesh_map(case, found.maps, found.boundary, stations), folder / MESH_PICTURE)
    save_picture(maxima_map(case, found.maps, found.boundary, stations), folder / MAXIMA_PICTURE)
    if found.series:
        save_picture(series_plot(case, found.series, found.levels), folder / SERIES_PICTURE)


def _summarised(found: _Findings, inside: str | None) -> RunSummary:
    tags = set(found.boundary.tags)
    middles = {tag: found.maps.nodes[found.boundary.edges_of(tag)].mean(axis=1) for tag in sorted(tags)}
    return summarise(found.run, found.maps, found.levels, found.series, edge_points=middles, inside=inside)
