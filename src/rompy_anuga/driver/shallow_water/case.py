"""The case file: what it may say, and what it says, as typed values.

Format ``rompy-anuga-case/1``. A case is one JSON object; files named in it lie in its folder (or below).

Field files are netCDF with 1-D coordinates ``x`` and ``y`` (metres of the case's coordinate system, in any direction)
and, where the field changes in time, a CF ``time`` in UTC. Series files hold variables over ``time`` alone.

``name``                  stem of the output file: letters, digits, dot, dash and underscore
``start``                 ISO 8601; UTC unless it bears an offset
``duration_s``            length of the run (s)
``crs, vertical_datum``   carried for those who read the output; the model itself needs neither
``mesh``                  ``{"file": ...}`` (``.tsh`` or ``.msh``) or a polygon to fill with triangles:
                          ``polygon`` (CSV of x, y; the last point is joined to the first), ``tags`` (name -> numbers of
                          the polygon's sides; side n begins at point n), ``max_area_m2``, ``regions`` (polygons with a
                          ``max_area_m2`` of their own), ``islands`` (polygons left out, with ``tags`` of their own).
                          Sides without a tag are called ``exterior``.
``bathymetry``            ``{"file", "variable"}``: level of the bed (m, positive up); or ``{"from": "mesh"}``: the
                          attribute ``elevation`` of the mesh file's nodes
``friction``              Manning's n (s m-1/3): a number or ``{"file", "variable"}``
``initial_level_m``       level of the water at the start (m): a number or ``{"file", "variable"}``; default 0
``boundaries``            tag -> ``{"type": "wall"}``, ``{"type": "transmissive"}`` or
                          ``{"type": "water_level", "file", "variable", "scheme"}`` (m)
``wind``                  ``{"file", "x_wind", "y_wind"}``: m/s at 10 m, blowing towards +x and +y
``pressure``              ``{"file", "variable"}``: air pressure at the surface (Pa). Only its slope acts; how much it
                          raises the sea outside has to be in the boundary's water level.
``rain``                  ``{"file", "variable"}``: mm/h
``coriolis_latitude_deg`` latitude of the f-plane, negative in the south
``output``                ``interval_s``; ``minimum_depth_m`` below which water is not shown (default 0.01)
``numerics``              ``scheme`` DE0 or DE1, ``threads``, ``ranks``
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .problems import InputError
from .section import Section

FORMAT = "rompy-anuga-case/1"

SCHEMES = ("DE0", "DE1")
"""ANUGA's flow algorithms that a case may ask for: first order in time (Euler) and second order (Runge-Kutta)."""

LEVEL_SCHEMES = ("set_level", "flather", "characteristic")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Variable:
    """A variable of a netCDF file."""

    key: str
    """Where the case names it, for refusals."""
    file: Path
    name: str


@dataclass(frozen=True)
class Region:
    """A part of the mesh with triangles of its own size."""

    key: str
    polygon: Path
    max_area_m2: float


@dataclass(frozen=True)
class Island:
    """A part without triangles."""

    key: str
    polygon: Path
    tags: dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class PolygonMesh:
    """A polygon to be filled with triangles."""

    key: str
    polygon: Path
    tags: dict[str, tuple[int, ...]]
    max_area_m2: float
    regions: tuple[Region, ...]
    islands: tuple[Island, ...] = ()


@dataclass(frozen=True)
class MeshFile:
    """A mesh that exists."""

    key: str
    file: Path


@dataclass(frozen=True)
class Boundary:
    """What happens at the edges of one tag."""

    kind: str
    """``wall``, ``transmissive`` or ``water_level``."""
    level: Variable | None = None
    scheme: str = LEVEL_SCHEMES[0]


@dataclass(frozen=True)
class Wind:
    """Components of the wind at 10 m (m/s), blowing towards +x and +y."""

    x: Variable
    y: Variable


@dataclass(frozen=True)
class Case:
    """A whole case."""

    file: Path
    name: str
    start: datetime
    duration_s: float
    mesh: PolygonMesh | MeshFile
    bathymetry: Variable | None
    """None: the bed is that of the mesh file."""
    friction: float | Variable
    initial_level_m: float | Variable
    boundaries: dict[str, Boundary]
    wind: Wind | None
    pressure: Variable | None
    rain: Variable | None
    coriolis_latitude_deg: float | None
    interval_s: float
    minimum_depth_m: float
    scheme: str
    threads: int
    ranks: int

    @property
    def folder(self) -> Path:
        """Where everything is read and written."""
        return self.file.parent


def read_case(path: Path) -> Case:
    """Read a case file.

    Raises:
        InputError: it is missing, not JSON, of another format, or says something that is not understood.
    """
    root = Section(_parsed(path), "", path)
    _check_format(root)
    for description in ("crs", "vertical_datum"):
        if description in root:
            root.text(description)
    mesh = _mesh(root.section("mesh"))
    output = root.section("output")
    numerics = Section(root.optional("numerics", {}), "numerics", path)
    case = Case(
        file=path,
        name=_name(root),
        start=_start(root),
        duration_s=root.number("duration_s", above=0.0),
        mesh=mesh,
        bathymetry=_bathymetry(root.section("bathymetry"), mesh),
        friction=_number_or_field(root, "friction", at_least=0.0),
        initial_level_m=_number_or_field(root, "initial_level_m", default=0.0),
        boundaries=_boundaries(root.section("boundaries")),
        wind=_wind(wind) if (wind := root.optional_section("wind")) else None,
        pressure=_variable(pressure) if (pressure := root.optional_section("pressure")) else None,
        rain=_variable(rain) if (rain := root.optional_section("rain")) else None,
        coriolis_latitude_deg=_latitude(root),
        interval_s=output.number("interval_s", above=0.0),
        minimum_depth_m=output.number("minimum_depth_m", 0.01, at_least=0.0),
        scheme=numerics.choice("scheme", SCHEMES, SCHEMES[0]),
        threads=numerics.whole("threads", 1),
        ranks=numerics.whole("ranks", 1),
    )
    for section in (output, numerics, root):
        section.done()
    return case


def _parsed(path: Path) -> object:
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"there is no case file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    try:
        return json.loads(content, object_pairs_hook=_without_repeats)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path.name} is not JSON: {error}") from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON keeps the last of two equal keys without a word; here it is an error."""
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [key for key, _ in pairs]
        raise InputError(
            f"the case names {next(key for key in names if names.count(key) > 1)!r} twice in one object"
        )
    return content


def _check_format(root: Section) -> None:
    """Another format is refused before anything else is looked at: its keys need not mean what they mean here."""
    stated = root.value("format")
    if stated != FORMAT:
        raise root.refuse("format", f"this driver reads {FORMAT!r}, not {stated!r}")


def _name(root: Section) -> str:
    name = root.text("name")
    if not _NAME.fullmatch(name):
        raise root.refuse(
            "name", f"{name!r} is to name a file: letters, digits, dot, dash and underscore only"
        )
    return name


def _start(root: Section) -> datetime:
    text = root.text("start")
    try:
        # Python 3.10 does not know the Z.
        start = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)
    except ValueError:
        raise root.refuse("start", f"{text!r} is not a time such as 2023-02-01T00:00:00Z") from None
    return start.astimezone(timezone.utc) if start.tzinfo else start.replace(tzinfo=timezone.utc)


def _mesh(section: Section) -> PolygonMesh | MeshFile:
    key = section.place
    if "file" in section:
        file = section.file("file")
        if file.suffix.lower() not in (".tsh", ".msh"):
            raise section.refuse("file", f"{file.name} is neither .tsh nor .msh")
        mesh: PolygonMesh | MeshFile = MeshFile(key, file)
    else:
        mesh = PolygonMesh(
            key,
            section.file("polygon"),
            _tags(section),
            section.number("max_area_m2", above=0.0),
            tuple(_region(region) for region in section.sections("regions")),
            tuple(_island(island) for island in section.sections("islands")),
        )
    section.done()
    return mesh


def _tags(section: Section) -> dict[str, tuple[int, ...]]:
    """Numbers of a polygon's sides, by tag."""
    tags = section.section("tags")
    return {name: tags.whole_numbers(name) for name in tags.keys()}  # noqa: SIM118  (not a dict)


def _island(section: Section) -> Island:
    island = Island(section.place, section.file("polygon"), _tags(section))
    section.done()
    return island


def _region(section: Section) -> Region:
    region = Region(section.place, section.file("polygon"), section.number("max_area_m2", above=0.0))
    section.done()
    return region


def _bathymetry(section: Section, mesh: PolygonMesh | MeshFile) -> Variable | None:
    if "from" not in section:
        return _variable(section)
    section.choice("from", ("mesh",))
    section.done()
    if isinstance(mesh, PolygonMesh):
        raise section.refuse("from", "a mesh made from a polygon bears no bed; name a file and a variable")
    return None


def _boundaries(section: Section) -> dict[str, Boundary]:
    return {tag: _boundary(section.section(tag)) for tag in section.keys()}  # noqa: SIM118  (not a dict)


def _boundary(section: Section) -> Boundary:
    kind = section.choice("type", ("wall", "transmissive", "water_level"))
    if kind == "water_level":
        scheme = section.choice("scheme", LEVEL_SCHEMES, LEVEL_SCHEMES[0])
        return Boundary(kind, _variable(section), scheme)
    section.done()
    return Boundary(kind)


def _wind(section: Section) -> Wind:
    file = section.file("file")
    wind = Wind(*(Variable(section.place, file, section.text(key)) for key in ("x_wind", "y_wind")))
    section.done()
    return wind


def _variable(section: Section) -> Variable:
    variable = Variable(section.place, section.file("file"), section.text("variable"))
    section.done()
    return variable


def _number_or_field(
    root: Section, key: str, default: float | None = None, at_least: float = float("-inf")
) -> float | Variable:
    if isinstance(root.optional(key), dict):
        return _variable(root.section(key))
    return root.number(key, default, at_least=at_least)


def _latitude(root: Section) -> float | None:
    key = "coriolis_latitude_deg"
    if root.optional(key) is None:
        return None
    return root.number(key, at_least=-90.0, at_most=90.0)
