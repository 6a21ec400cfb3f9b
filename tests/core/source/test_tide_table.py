"""Tables of constituents are read whole or refused with the reason."""

import json
import os
from pathlib import Path

import pytest

from rompy.core.source.tide_table import SHIPPED, Constituent, TideTable
from rompy.errors import DataError, MissingFileError

PLAIN = {
    "latitude": -37.0,
    "longitude": 150.0,
    "constituents": [{"name": "M2", "amplitude": 0.5, "phase": 300}],
}


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "gauge.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def test_a_table(write):
    table = TideTable.read(
        write({**PLAIN, "name": "Eden", "datums": {"MSL": 1}, "licence": "CC0", "units": "m"})
    )
    assert table.constituents == (Constituent("M2", 0.5, 300.0),)
    assert (table.name, table.latitude, table.longitude, table.licence) == ("Eden", -37, 150, "CC0")
    assert table.height_above("MSL") == 0


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.json")))
def test_tables_that_come_with_rompy_state_what_they_are(name):
    raw = json.loads((SHIPPED / f"{name}.json").read_text(encoding="utf-8"))
    assert raw["units"] == "m"
    assert "Greenwich" in raw["phase"]
    assert "UTC" in raw["phase"]
    assert raw["zero"] == "MSL"
    for stated in ("attribution", "licence", "source", "changes", "epoch"):
        assert raw[stated]
    table = TideTable.read(name)
    assert not {"SA", "SSA"} & {c.name for c in table.constituents}
    assert table == TideTable.read(f"package://rompy/core/source/tide_tables/{name}.json")
    assert max(table.constituents, key=lambda c: c.amplitude).name == "M2"


def test_a_station_file_of_the_neaps_database_is_read():
    root = Path(os.environ.get("ROMPY_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))
    path = root / "eden_tide_constituents.json"
    if not path.is_file():
        pytest.skip(f"STATION FILE IS NOT TESTED: there is no {path}")
    theirs = {c.name: c for c in TideTable.read(path).constituents}
    ours = TideTable.read("eden_nsw")
    assert set(theirs) - {c.name for c in ours.constituents} == {"SA", "SSA"}
    for constituent in ours.constituents:
        assert constituent.amplitude == pytest.approx(theirs[constituent.name].amplitude, abs=1e-6)
        assert constituent.phase == pytest.approx(theirs[constituent.name].phase, abs=1e-4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json", "not a table of tidal constituents"),
        ("[]", "holds no mapping"),
        ({"latitude": 1, "longitude": 2}, "there is no 'harmonic_constituents'"),
        ({k: v for k, v in PLAIN.items() if k != "latitude"}, "there is no 'latitude'"),
        ({**PLAIN, "constituents": []}, "there are no constituents"),
        ({**PLAIN, "constituents": 3}, "not a table"),
        ({**PLAIN, "constituents": [{"name": "M2", "amplitude": 1}]}, "there is no 'phase'"),
        ({**PLAIN, "constituents": [{"name": "M2", "amplitude": -1, "phase": 0}]}, "impossible amplitude"),
        ({**PLAIN, "constituents": [{"name": "M2", "amplitude": "x", "phase": 0}]}, "could not convert"),
        ({**PLAIN, "constituents": PLAIN["constituents"] * 2}, "more than once: M2"),
        ({**PLAIN, "units": "ft"}, "must be in m, not 'ft'"),
    ],
)
def test_what_is_no_table_is_refused_with_its_file(write, content, message):
    with pytest.raises(DataError, match=message) as caught:
        TideTable.read(write(content))
    assert "gauge.json" in str(caught.value)


def test_an_unknown_table_names_the_known_ones():
    with pytest.raises(
        DataError, match=r"(?s)'eden_nws'\. Did you mean 'eden_nsw'.*Tables in rompy: eden_nsw"
    ):
        TideTable.read("eden_nws")


def test_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError):
        TideTable.read(tmp_path / "a.json")
    with pytest.raises(DataError, match="not a file on this machine"):
        TideTable.read("https://example.org/a.json")
