import netCDF4
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rompy.provenance.diff import variable
from rompy.provenance.diff.difference import Verdict
from rompy.provenance.diff.netcdf import compare_files
from rompy.provenance.diff.text import compare_texts
from rompy.provenance.diff.tolerance import Tolerance
from rompy.provenance.diff.variable import FieldDifference


def write(path, values, *, start="2024-02-01", step=600.0, fill=None, **attributes):
    """A file with the variable ``level(time, cell)``."""
    values = np.asarray(values, dtype="f8")
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("time", values.shape[0])
        file.createDimension("cell", values.shape[1])
        file.createVariable("time", "f8", ("time",))[:] = step * np.arange(values.shape[0])
        file["time"].units = f"seconds since {start}"
        file.createVariable("level", "f8", ("time", "cell"), fill_value=fill)[:] = values
        file["level"].units = "m"
        file.setncatts(attributes)
    return path


@pytest.fixture
def compared(tmp_path):
    def compared(one, other, absolute=0.0, relative=0.0):
        paths = [o if not isinstance(o, (list, np.ndarray)) else write(tmp_path / n, o) for o, n in
                 ((one, "a.nc"), (other, "b.nc"))]  # fmt: skip
        return compare_files("x.nc", *paths, Tolerance(absolute, relative))

    return compared


def test_statistics_say_how_much_where_and_when(compared):
    a = np.zeros((4, 3))
    b = a.copy()
    b[2, 1], b[3, 0] = 0.3, -0.1
    found = compared(a, b)
    assert found.verdict is Verdict.different
    (level,) = found.parts
    assert level.details["largest"] == pytest.approx(0.3)
    assert level.details["largest_at"] == [2, 1]
    assert level.details["mean"] == pytest.approx(0.2 / 12)
    assert level.details["rms"] == pytest.approx(np.sqrt(0.1 / 12))
    assert "largest 0.3 m at 2024-02-01 00:20:00 UTC in cell 1" in str(level)
    assert "2 of 12 values differ" in str(level)


def test_times_and_names_of_stations_are_told_along_any_dimension(tmp_path):
    for name, extra in (("a.nc", 0.0), ("b.nc", 0.5)):
        with netCDF4.Dataset(tmp_path / name, "w") as file:
            for dimension, size in (("station", 2), ("time", 3), ("letters", 5)):
                file.createDimension(dimension, size)
            file.createVariable("time", "f8", ("time",))[:] = [0, 600, 1200]
            file["time"].units = "seconds since 2024-02-01"
            names = file.createVariable("station_name", "S1", ("station", "letters"))
            names[:] = netCDF4.stringtochar(np.array(["inlet", "lake"], "S5"))
            file.createVariable("level", "f8", ("station", "time"))[:] = np.zeros((2, 3))
            file["level"][1, 2] = extra
            file.createVariable("highest_time", "f8", ("station",))[:] = [0, 600 * extra]
            file["highest_time"].units = "seconds since 2024-02-01"
    found = compare_files("x.nc", tmp_path / "a.nc", tmp_path / "b.nc", Tolerance())
    highest, level = map(str, found.parts)
    assert "largest 0.5 at 2024-02-01 00:20:00 UTC in station lake;" in level
    assert "largest 300 s in station lake;" in highest


def test_differences_within_the_tolerance_are_close(compared):
    a = np.full((2, 2), 100.0)
    assert compared(a, a + 0.01, absolute=0.02).verdict is Verdict.close
    assert compared(a, a + 0.01, relative=2e-4).verdict is Verdict.close
    assert compared(a, a + 0.01, relative=5e-5).verdict is Verdict.different


def test_other_attributes_leave_the_values_equal(compared, tmp_path):
    one = write(tmp_path / "1.nc", np.ones((2, 2)), history="a")
    other = write(tmp_path / "2.nc", np.ones((2, 2)), history="b")
    assert compared(one, other).verdict is Verdict.equal


def test_missing_values_count_when_only_one_has_them(compared):
    a = np.array([[np.nan, 1.0], [np.nan, np.inf]])
    assert compared(a, a.copy()).verdict is Verdict.equal
    b = np.array([[np.nan, np.nan], [np.nan, np.inf]])
    found = compared(a, b, absolute=1e9)
    assert found.verdict is Verdict.different
    assert "1 values only in one" in str(found.parts[0])


def test_rows_of_the_same_time_are_compared_when_periods_differ(compared, tmp_path):
    values = np.arange(12.0).reshape(6, 2)
    one = write(tmp_path / "1.nc", values[:4])
    other = write(tmp_path / "2.nc", values[2:], start="2024-02-01 00:20:00")
    found = compared(one, other)
    assert [part.what for part in found.parts] == ["time"]
    assert str(found.parts[0]) == (
        "time: 4 times to 2024-02-01 00:30:00 UTC, 4 to 2024-02-01 00:50:00 UTC; 2 in common"
    )


def test_units_of_times_make_no_difference(compared, tmp_path):
    one = write(tmp_path / "1.nc", np.ones((3, 1)))
    other = write(tmp_path / "2.nc", np.ones((3, 1)), step=10.0)
    with netCDF4.Dataset(other, "a") as file:
        file["time"].units = "minutes since 2024-02-01"
    assert compared(one, other).verdict is Verdict.equal


def test_another_mesh_is_told_and_not_compared(compared):
    found = compared(np.ones((2, 3)), np.ones((2, 4)))
    assert found.verdict is Verdict.different
    assert "shape 2 time x 3 cell -> 2 time x 4 cell" in str(found.parts[0])


@given(
    st.lists(st.floats(-1e3, 1e3) | st.sampled_from([np.nan, np.inf]), min_size=12, max_size=12),
    st.lists(st.floats(-1e3, 1e3) | st.sampled_from([np.nan, np.inf]), min_size=12, max_size=12),
    st.integers(1, 12),
)
@settings(max_examples=50, deadline=None)
def test_statistics_do_not_depend_on_the_size_of_the_blocks(a, b, rows):
    a, b = np.array(a).reshape(12, 1), np.array(b).reshape(12, 1)
    whole, pieces = FieldDifference(), FieldDifference()
    whole.add(a, b, 0, Tolerance(1.0))
    for start in range(0, 12, rows):
        pieces.add(a[start : start + rows], b[start : start + rows], start, Tolerance(1.0))
    for name, value in whole.to_dict().items():
        assert pieces.to_dict()[name] == pytest.approx(value), name
    both = np.isfinite(a) & np.isfinite(b)
    assert whole.count == both.sum()
    assert whole.largest == pytest.approx(np.abs(b[both] - a[both]).max(initial=0.0))


def test_memory_stays_bounded(tmp_path, compared, monkeypatch):
    import tracemalloc

    monkeypatch.setattr(variable, "BLOCK", 100_000)
    values = np.random.default_rng(1).random((400, 1000))
    one, other = write(tmp_path / "1.nc", values), write(tmp_path / "2.nc", values + 1e-3)
    compared(one, one)
    tracemalloc.start()
    found = compared(one, other)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.parts[0].details["count"] == 400_000
    assert peak < 1_500_000 < values.nbytes


@pytest.mark.parametrize(
    ("one", "other", "verdict", "words"),
    [
        ("a 1.0\n", "a 1.00\n", Verdict.equal, "blanks and ways to write numbers"),
        ("a 1.0 2\n", "a 1.1 2\n", Verdict.different, "1 numbers in 1 lines differ, by 0.1 at most (line 1)"),
        ("a 1.0\n", "a 1.001\n", Verdict.close, "0 beyond"),
        ("a 1\nb\n", "a 1\n", Verdict.different, "shorter from line 2 on"),
        ("x\na 1\n", "x\nb 1\n", Verdict.different, "line 2 reads otherwise: a 1 -> b 1"),
        ("1.0D+02\n", "1.0E+02\n", Verdict.equal, "ways to write numbers"),
    ],
)
def test_texts_are_compared_by_their_words_and_numbers(tmp_path, one, other, verdict, words):
    (tmp_path / "a").write_text(one)
    (tmp_path / "b").write_text(other)
    found = compare_texts("t", tmp_path / "a", tmp_path / "b", Tolerance(0.01))
    assert found.verdict is verdict
    assert words in str(found)
