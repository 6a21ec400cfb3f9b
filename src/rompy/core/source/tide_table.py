"""Tables of harmonic constituents: what a gauge's tide consists of."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

from rompy.core.resolve import existing
from rompy.errors import DataError
from rompy.inputs import note_file

SHIPPED = Path(__file__).parent / "tide_tables"
"""Folder of the tables that come with rompy; they can be named without path and suffix."""


@dataclass(frozen=True)
class Constituent:
    """One harmonic: amplitude in metres and Greenwich phase lag in degrees, for times in UTC."""

    name: str
    amplitude: float
    phase: float


@dataclass(frozen=True)
class TideTable:
    """The constituents of a gauge, about mean sea level, and the heights of datums above the zero of the gauge (m)."""

    name: str
    latitude: float
    longitude: float
    constituents: tuple[Constituent, ...]
    datums: dict[str, float]
    attribution: str
    licence: str

    @classmethod
    def read(cls, source: str | Path) -> TideTable:
        """A table from a JSON file, or one that comes with rompy by its name.

        Needed are ``latitude``, ``longitude`` and ``constituents``, a list of ``name``, ``amplitude`` (m) and ``phase``
        (Greenwich phase lag, degrees). ``datums``, ``attribution`` and ``licence`` are kept; station files of the Neaps
        tide database, with ``harmonic_constituents`` instead, are read as well.

        Raises:
            MissingFileError: there is no such file.
            DataError: it is not such a table.
        """
        path = _path(source)
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(table, dict):
                raise TypeError("it holds no mapping")
            return cls._from_mapping(table)
        except DataError as error:
            error.file = path
            raise
        except KeyError as error:
            raise DataError(f"not a table of tidal constituents: there is no {error}", file=path) from None
        except (TypeError, ValueError, AttributeError) as error:
            raise DataError(f"not a table of tidal constituents: {error}", file=path) from error

    @classmethod
    def _from_mapping(cls, table: dict[str, Any]) -> TideTable:
        if table.get("units", "m") != "m":
            raise DataError(f"amplitudes must be in m, not {table['units']!r}")
        rows = table["constituents"] if "constituents" in table else table["harmonic_constituents"]
        constituents = tuple(
            Constituent(str(row["name"]).upper(), float(row["amplitude"]), float(row["phase"]))
            for row in rows
        )
        _check(constituents)
        licence = table.get("licence", table.get("license", ""))
        return cls(
            name=str(table.get("name", "")),
            latitude=float(table["latitude"]),
            longitude=float(table["longitude"]),
            constituents=constituents,
            datums={str(name): float(height) for name, height in (table.get("datums") or {}).items()},
            attribution=str(table.get("attribution", "")),
            licence=str(licence.get("name") or licence.get("type") if isinstance(licence, dict) else licence),
        )

    def height_above(self, datum: str) -> float:
        """Height of mean sea level above a datum, in metres.

        Raises:
            DataError: the table does not know the datum.
        """
        if datum == "MSL":
            return 0.0
        if datum not in self.datums or "MSL" not in self.datums:
            known = ", ".join(sorted({"MSL", *self.datums}) if "MSL" in self.datums else ["MSL"])
            raise DataError(
                f"the table of {self.name} has no datum {datum!r}",
                field="datum",
                hint=f"It has: {known}. For another one give its height below mean sea level as offset.",
            )
        return self.datums["MSL"] - self.datums[datum]


def _path(source: str | Path) -> Path:
    names = sorted(path.stem for path in SHIPPED.glob("*.json"))
    if str(source) in names:
        shipped = SHIPPED / f"{source}.json"
        note_file(shipped, f"package://rompy/core/source/{SHIPPED.name}/{shipped.name}")
        return shipped
    if "/" not in str(source) and not Path(source).suffix and not Path(source).exists():
        close = get_close_matches(str(source), names, n=1)
        guess = f" Did you mean {close[0]!r}?" if close else ""
        raise DataError(
            f"there is no tide table {source!r}.{guess}", hint=f"Tables in rompy: {', '.join(names)}"
        )
    found = existing(source)
    if not isinstance(found, Path):
        raise DataError(f"{source} is not a file on this machine", hint="Fetch it first, or give a path.")
    return found


def _check(constituents: tuple[Constituent, ...]) -> None:
    if not constituents:
        raise DataError("there are no constituents in the table")
    for constituent in constituents:
        if not (
            isfinite(constituent.amplitude) and constituent.amplitude >= 0 and isfinite(constituent.phase)
        ):
            raise DataError(
                f"constituent {constituent.name} has an impossible amplitude or phase: {constituent}"
            )
    twice = [name for name, count in Counter(c.name for c in constituents).items() if count > 1]
    if twice:
        raise DataError(f"constituents stand in the table more than once: {', '.join(twice)}")
