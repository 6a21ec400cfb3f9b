"""Data are brought to the conventions that are wanted, back and forth without loss, or refused with numbers."""

import logging

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rompy.core.adapting.accumulation import to_rate
from rompy.core.adapting.adapter import Adapter
from rompy.core.adapting.longitudes import to_convention, turned
from rompy.core.adapting.units import scale_and_offset
from rompy.core.adapting.vectors import to_components, to_polar
from rompy.core.filters import Filter
from rompy.core.netcdf import write_netcdf
from rompy.core.source import SourceFile, opened_once
from rompy.core.types import DatasetCoords
from rompy.errors import ConfigError, DataError

pytest.importorskip("cf_xarray")
pytest.importorskip("pint")

COORDS = DatasetCoords(x="lon", y="lat")


def written(folder):
    lat, lon = np.linspace(20, -20, 5), np.arange(0, 360, 30.0)
    shape = (8, lat.size, lon.size)
    values = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    dims = ("time", "lat", "lon")
    xr.Dataset(
        {
            "t2m": (dims, values / 10 + 273.15, {"units": "K", "standard_name": "air_temperature"}),
            "speed": (dims, values % 20, {"units": "knot"}),
            "dir": (dims, values % 360, {"standard_name": "wind_from_direction", "units": "degree"}),
            "tp": (dims, np.cumsum(np.ones(shape, "float32"), axis=0), {"units": "m"}),
        },
        {"time": pd.date_range("2023-01-01", periods=8, freq="h"), "lat": lat, "lon": lon},
    ).to_netcdf(
        folder / "a.nc",
        encoding={"t2m": {"dtype": "i2", "scale_factor": 0.01, "add_offset": 300.0, "_FillValue": -32768}},
    )
    return folder / "a.nc"


@pytest.fixture
def path(tmp_path):
    return written(tmp_path)


def opened(path, adapter, variables=(), **crop):
    source = SourceFile(uri=path, adapter=adapter)
    assert SourceFile(**source.model_dump()) == source
    return source.open(variables, Filter(crop=crop), coords=COORDS)


FULL = {
    "variables": {
        "t2m": {"name": "tair", "units": "degC", "standard_name": "air_temperature"},
        "speed": {"units": "m s-1"},
    },
    "components": [{"speed": "speed", "direction": "dir", "convention": "from", "east": "u", "north": "v"}],
    "longitudes": "-180..180",
    "ascending": True,
}


def test_all_at_once_and_nothing_is_read(path):
    with opened_once():
        ds = opened(path, FULL)
        assert not any(v.variable._in_memory for v in ds.data_vars.values())
        raw = xr.open_dataset(path)
        assert set(ds.data_vars) == {"tair", "u", "v", "tp"}
        assert ds.lon.values.tolist() == list(range(-180, 180, 30))
        assert ds.lat.values.tolist() == [-20, -10, 0, 10, 20]
        one, old = ds.isel(time=3).sel(lat=10, lon=-90), raw.isel(time=3).sel(lat=10, lon=270)
        np.testing.assert_allclose(one.tair, old.t2m - 273.15, atol=1e-4)
        angle = np.deg2rad(float(old.dir))
        np.testing.assert_allclose(one.u, -float(old.speed) * 0.514444 * np.sin(angle), rtol=1e-5, atol=1e-6)
        assert ds.u.attrs["units"] == "m s-1"
        raw.close()


@settings(max_examples=10)
@given(data=st.data())
def test_cutting_first_and_opening_first_are_the_same(path_once, data):
    lo, hi = sorted(data.draw(st.tuples(st.integers(-180, 150), st.integers(-180, 150))))
    first, last = sorted(data.draw(st.tuples(st.integers(0, 7), st.integers(0, 7))))
    crop = {
        "lon": slice(lo - 15, hi + 15),
        "lat": slice(-12, 15),
        "time": slice(f"2023-01-01T{first:02}:00", f"2023-01-01T{last:02}:00"),
    }
    with opened_once():
        whole = opened(path_once, FULL).load()
        assert opened(path_once, FULL, **crop).load().identical(Filter(crop=crop)(whole).load())


@pytest.fixture(scope="module")
def path_once(tmp_path_factory):
    return written(tmp_path_factory.mktemp("adapter"))


def test_packing_that_no_longer_fits_is_given_up(path, tmp_path):
    with opened_once():
        ds = opened(path, {"variables": {"t2m": {"units": "degF"}}})
        out = write_netcdf(ds[["t2m"]], tmp_path / "out.nc")
        expected = ds.t2m.load()
    with xr.open_dataset(out) as again:
        np.testing.assert_array_equal(again.t2m, expected)


def test_values_left_packed_are_unpacked(path):
    with opened_once():
        source = SourceFile(
            uri=path, kwargs={"mask_and_scale": False}, adapter={"variables": {"t2m": {"units": "degC"}}}
        )
        np.testing.assert_allclose(source.open().t2m.isel(time=0, lat=0, lon=1), 0.1, atol=1e-2)


def test_only_the_needed_variables_can_be_named_by_their_new_names(path):
    with opened_once():
        assert set(opened(path, FULL, ["u", "tair"]).data_vars) == {"u", "tair"}
        with pytest.raises(DataError, match="no 't2m'"):
            opened(path, FULL, ["t2m"])


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"t2m": {"units": "m s-1"}}, r"(?s)'t2m' is in 'K' \(temperature\), which cannot become 'm s-1'"),
        ({"t2m": {"standard_name": "sea_surface_temperature"}}, "the data call it 'air_temperature'"),
        ({"tp": {"units": "furlong per fridge"}}, "no known unit"),
        ({"wind": {}}, r"(?s)no 'wind'.*Available: dir, lat, lon"),
        ({"tp": {"name": "dir"}}, "cannot rename"),
    ],
)
def test_what_does_not_fit_is_refused(path, rules, message):
    with opened_once(), pytest.raises((DataError, ConfigError), match=message):
        opened(path, {"variables": rules})


def test_units_that_are_missing_or_wrong_can_be_stated():
    ds = xr.Dataset({"h": ("x", [1.0, 2.0])})
    with pytest.raises(DataError, match="do not say what they are in"):
        Adapter(variables={"h": {"units": "m"}})(ds)
    shifted = Adapter(
        variables={
            "h": {
                "units": "m", "source_units": "km", "negate": True,
                "source_datum": "MSL", "datum": "AHD", "datum_shift": 0.5,
            }
        }
    )(ds)  # fmt: skip
    assert shifted.h.values.tolist() == [-999.5, -1999.5]
    assert shifted.h.attrs == {"units": "m", "vertical_datum": "AHD"}


def test_a_direction_that_is_called_otherwise_by_the_data_is_refused(path):
    vector = {**FULL["components"][0], "convention": "to"}
    with opened_once(), pytest.raises(DataError, match="wind_from_direction"):
        opened(path, {"components": [vector]})


numbers = hnp.arrays("float64", 5, elements=st.floats(0.01, 100))


@settings(max_examples=40)
@given(
    speed=numbers,
    angle=hnp.arrays("float64", 5, elements=st.floats(0, 359.9)),
    convention=st.sampled_from(["from", "to"]),
)
def test_vectors_survive_the_way_there_and_back(speed, angle, convention):
    s, d = xr.DataArray(speed, dims="x"), xr.DataArray(angle, dims="x")
    again, turned_ = to_polar(*to_components(s, d, convention), convention)
    np.testing.assert_allclose(again, s, rtol=1e-9)
    np.testing.assert_allclose((turned_ - d + 180) % 360, 180, atol=1e-6)


def test_a_westerly_comes_from_the_west_and_goes_east():
    east, north = to_components(xr.DataArray(2.0), xr.DataArray(270.0), "from")
    np.testing.assert_allclose([east, north], [2, 0], atol=1e-12)


@settings(max_examples=40)
@given(values=hnp.arrays("float64", 9, elements=st.floats(-180, 179.999), unique=True))
def test_longitudes_survive_the_way_there_and_back(values):
    np.testing.assert_allclose(turned(turned(values, "0..360"), "-180..180"), values, atol=1e-12)
    ds = xr.Dataset({"h": ("lon", np.arange(9.0))}, {"lon": np.sort(np.floor(values))}).drop_duplicates("lon")
    there = to_convention(ds, "lon", "0..360")
    assert there.indexes["lon"].is_monotonic_increasing
    assert to_convention(there, "lon", "-180..180").identical(ds)


def test_a_domain_across_the_date_line_and_a_meridian_that_stands_twice():
    ds = xr.Dataset({"h": ("lon", np.arange(13.0))}, {"lon": np.arange(-180, 181, 30)})
    wide = Adapter(longitudes="0..360")(ds, COORDS)
    assert Filter(crop={"lon": slice(150, 210)})(wide).lon.values.tolist() == [150, 180, 210]
    with pytest.raises(DataError, match="are no longitudes"):
        to_convention(ds.assign_coords(lon=ds.lon * 1000), "lon", "0..360")


@given(
    value=st.floats(-100, 100),
    pair=st.sampled_from([("K", "degC"), ("knot", "m s-1"), ("Pa", "hPa"), ("mm h-1", "m s-1")]),
)
def test_units_survive_the_way_there_and_back(value, pair):
    a, b = scale_and_offset(*pair, "x")
    c, d = scale_and_offset(*pair[::-1], "x")
    assert (value * a + b) * c + d == pytest.approx(value, abs=1e-9)


@settings(max_examples=40)
@given(rates=hnp.arrays("float64", 7, elements=st.floats(0.001, 10)), reset=st.integers(1, 5))
def test_sums_become_the_rates_they_were_made_of(rates, reset):
    times = pd.date_range("2023-01-01", periods=7, freq="h")
    steps = xr.DataArray(rates * 3600, {"time": times}, ["time"], "tp", {"units": "m"})
    np.testing.assert_allclose(to_rate(steps, "time", "per_step"), rates)
    sums = steps.cumsum("time")
    assert to_rate(sums.assign_attrs(units="m"), "time", "since_start").attrs["units"] == "m s-1"
    np.testing.assert_allclose(to_rate(sums, "time", "since_start")[1:], rates[1:], rtol=1e-6, atol=1e-9)


def test_a_sum_that_begins_anew_never_gives_a_negative_rate(path):
    ds = xr.Dataset(
        {"tp": ("time", [1.0, 2.0, 3.0, 1.0, 2.0], {"units": "mm"})},
        {"time": pd.date_range("2023-01-01", periods=5, freq="h")},
    )
    rate = Adapter(variables={"tp": {"name": "rain", "accumulated": "since_start", "units": "mm h-1"}})(
        ds
    ).rain
    np.testing.assert_allclose(rate[1:], 1.0)
    assert np.isnan(rate[0])
    assert rate.attrs["cell_methods"] == "time: mean"
    with pytest.raises(DataError, match="no two times"):
        Adapter(variables={"tp": {"accumulated": "per_step"}})(ds.isel(time=[0]))


def series(times):
    return xr.Dataset({"h": ("time", np.arange(len(times), dtype=float))}, {"time": times})


HOURS = pd.date_range("2023-01-01", periods=6, freq="h")


@pytest.mark.parametrize(
    ("times", "demands", "message"),
    [
        (
            HOURS[[0, 1, 1, 2]],
            {},
            r"1 of 4 labels along 'time' are there more than once, first 2023-01-01 01:00",
        ),
        (HOURS[[0, 2, 1]], {}, "01:00:00 comes after 2023-01-01 02:00:00"),
        (
            HOURS[[0, 1, 5]],
            {"max_gap": "2h"},
            "between 2023-01-01 01:00:00 and 2023-01-01 05:00:00 .* gap of 0 days 04:00",
        ),
        (np.arange(5), {}, "numbers from 0 to 4 without a unit"),
        (np.arange(5), {"units": "fortnights since then"}, "no unit of times"),
        (HOURS, {"units": "hours since 2000-01-01"}, "the data say what their times are"),
    ],
)
def test_times_that_do_not_do_are_refused(times, demands, message):
    with pytest.raises((DataError, ConfigError), match=message):
        Adapter(times=demands)(series(times))


def test_times_can_be_put_in_order():
    ds = series(HOURS[[2, 0, 1, 1]])
    mended = Adapter(times={"order": "sort", "duplicates": "first", "max_gap": "1h"})(ds)
    assert mended.indexes["time"].equals(HOURS[:3])
    assert mended.h.values.tolist() == [1, 2, 0]


def test_numbers_with_their_unit_stated_are_written_as_the_times_they_are(tmp_path):
    series(np.arange(6) * 3).to_netcdf(tmp_path / "a.nc")
    with opened_once():
        ds = opened(
            tmp_path / "a.nc",
            {"times": {"units": "hours since 2023-01-01"}},
            time=slice("2023-01-01T06", None),
        )
        write_netcdf(ds, tmp_path / "b.nc")
    with xr.open_dataset(tmp_path / "b.nc") as again:
        assert [str(t)[11:13] for t in again.time.values] == ["06", "09", "12", "15"]


def test_calendars_become_the_standard_one_or_are_refused():
    noleap = xr.date_range("2023-02-27", periods=4, calendar="noleap", use_cftime=True)
    assert Adapter()(series(noleap)).indexes["time"].equals(pd.date_range("2023-02-27", periods=4))
    days = xr.date_range("2023-02-28", periods=4, calendar="360_day", use_cftime=True)
    with pytest.raises(DataError, match=r"2 of 4 times of the calendar '360_day' do not exist"):
        Adapter()(series(days))
    assert Adapter(times={"calendar": "keep"})(series(days)).sizes["time"] == 4


@pytest.fixture
def holes(tmp_path):
    """Land at x=0, a hole at x=1 at the second time."""
    values = np.ones((3, 3))
    values[:, 0] = values[1, 1] = np.nan
    ds = xr.Dataset({"h": (("time", "x"), values)}, {"time": HOURS[:3]})
    ds.to_netcdf(tmp_path / "holes.nc")
    return tmp_path / "holes.nc"


def test_holes_are_refused_when_they_are_read_and_land_is_none(holes, caplog):
    with opened_once():
        ds = opened(holes, {"missing": "raise"})
        with pytest.raises(DataError, match=r"1 of 9 values of 'h' are missing"):
            ds.load()
        assert opened(holes, {"missing": "raise"}, time=slice(None, "2023-01-01T00")).load().h.size == 3
        with caplog.at_level(logging.WARNING):
            opened(holes, {"missing": "warn"}).load()
        assert "1 of 9 values of 'h' are missing" in caplog.text
        filled = opened(holes, {"missing": "fill", "fill_value": 7}).load().h.values
        assert filled[1, 1] == 7
        assert np.isnan(filled[:, 0]).all()
        assert not np.isnan(opened(holes, {"missing": "fill", "land": False}).load().h.values).any()


def test_one_variable_alone_is_adapted_too(path):
    with opened_once():
        one = SourceFile(
            uri=path, variable="t2m", adapter={"variables": {"t2m": {"units": "degC", "name": "t"}}}
        ).open()
        assert isinstance(one, xr.DataArray)
        assert one.name == "t"
        assert one.attrs["units"] == "degC"


levels = hnp.arrays("float64", 5, elements=st.floats(-8000, 8000))


@settings(max_examples=25)
@given(values=levels, shift=st.floats(-5, 5), start=st.sampled_from(["up", "down"]))
def test_heights_and_depths_of_any_datum_survive_the_way_there_and_back(values, shift, start):
    other = {"up": "down", "down": "up"}[start]
    attrs = {"units": "m", "positive": start, "vertical_datum": "MSL"}
    ds = xr.Dataset({"z": ("x", values, attrs)})
    there = Adapter(variables={"z": {"positive": other, "datum": "LAT", "datum_shift": shift}})(ds)
    heights = values if start == "up" else -values
    moved = there.z if other == "up" else -there.z
    np.testing.assert_allclose(moved, heights + shift, atol=1e-9)
    assert (there.z.attrs["positive"], there.z.attrs["vertical_datum"]) == (other, "LAT")
    back = Adapter(variables={"z": {"positive": start, "datum": "MSL", "datum_shift": -shift}})(there)
    np.testing.assert_allclose(back.z, values, atol=1e-9)
    assert back.z.attrs == attrs


def test_the_sign_of_what_counts_the_right_way_stays():
    ds = xr.Dataset({"h": ("x", [5.0], {"units": "m", "standard_name": "sea_floor_depth_below_geoid"})})
    same = Adapter(variables={"h": {"positive": "down"}})(ds)
    assert same.h.values.tolist() == [5]
    up = Adapter(variables={"h": {"positive": "up", "standard_name": "height_above_geopotential_datum"}})(ds)
    assert up.h.values.tolist() == [-5]
    assert up.h.attrs == {"units": "m", "positive": "up", "standard_name": "height_above_geopotential_datum"}
    assert "standard_name" not in Adapter(variables={"h": {"positive": "up"}})(ds).h.attrs


@pytest.mark.parametrize(
    ("attrs", "rule", "message"),
    [
        ({}, {"positive": "down"}, "does not say whether it counts up or down, and is to count down"),
        ({}, {"datum": "MSL"}, r"does not say what it is counted from, and MSL is needed(.|\n)*source_datum"),
        (
            {"vertical_datum": "LAT"},
            {"datum": "MSL"},
            r"counted from LAT, and MSL is needed(.|\n)*datum_shift",
        ),
        (
            {"vertical_datum": "LAT"},
            {"source_datum": "MSL"},
            "says that it is counted from LAT, not from MSL",
        ),
        ({"vertical_datum": "MSL"}, {"datum": "MSL", "datum_shift": 1.0}, "counted from MSL already"),
    ],
)
def test_levels_are_never_guessed(attrs, rule, message):
    ds = xr.Dataset({"h": ("x", [1.0], {"units": "m", **attrs})})
    with pytest.raises((DataError, ConfigError), match=message):
        Adapter(variables={"h": rule})(ds)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"standard_name": "eastward_winds"}, "no CF standard name. Did you mean 'eastward_wind'"),
        (
            {"standard_name": "eastward_wind", "units": "K"},
            r"in 'K' \(temperature\), but eastward_wind is measured in",
        ),
        ({"negate": True, "positive": "up"}, "give one of them"),
        ({"datum_shift": 1.0}, "name it with datum"),
        ({"accumulated": "sometimes"}, "does not say over which time"),
    ],
)
def test_rules_that_cannot_be_are_refused_before_any_data(rule, message):
    with pytest.raises(ValueError, match=message):
        Adapter(variables={"h": rule})


def test_data_that_call_themselves_wrongly_are_refused_unless_that_is_known(caplog):
    ds = xr.Dataset({"z": ("x", [1.0], {"units": "m", "standard_name": "height_above_reference_ellipsoid"})})
    rule = {"standard_name": "height_above_mean_sea_level"}
    with pytest.raises(DataError, match="source_standard_name: height_above_reference_ellipsoid"):
        Adapter(variables={"z": rule})(ds)
    known = {**rule, "source_standard_name": "height_above_reference_ellipsoid"}
    assert Adapter(variables={"z": known})(ds).z.attrs["standard_name"] == "height_above_mean_sea_level"
    alias = xr.Dataset({"z": ("x", [1.0], {"units": "m", "standard_name": "sea_surface_elevation"})})
    Adapter(variables={"z": {"standard_name": "sea_surface_height_above_geoid"}})(alias)
    odd = xr.Dataset({"z": ("x", [1.0], {"units": "m", "standard_name": "my_height"})})
    Adapter(variables={"z": rule})(odd)
    assert "'my_height', as the data call it, is no CF name" in caplog.text


@settings(max_examples=25)
@given(rates=hnp.arrays("float64", 5, elements=st.floats(0.001, 10)), step=st.sampled_from([1, 3, 6]))
def test_sums_over_an_hour_are_rates_whatever_the_step_of_the_data(rates, step):
    times = pd.date_range("2023-01-01", periods=5, freq=f"{step}h")
    ds = xr.Dataset({"tp": ("time", rates, {"units": "mm"})}, {"time": times})
    rule = {"tp": {"accumulated": "1h", "units": "mm h-1", "standard_name": "lwe_precipitation_rate"}}
    np.testing.assert_allclose(Adapter(variables=rule)(ds).tp, rates)
    assert Adapter(variables=rule)(ds.isel(time=[0])).tp.size == 1


@settings(max_examples=25)
@given(speed=numbers, angle=hnp.arrays("float64", 5, elements=st.floats(0, 359.9)))
def test_currents_and_winds_survive_adapters_there_and_back(speed, angle):
    ds = xr.Dataset({"s": ("x", speed, {"units": "m s-1"}), "d": ("x", angle, {"units": "degree"})})
    vector = {"speed": "s", "direction": "d", "east": "u", "north": "v"}
    winds = Adapter(components=[{**vector, "convention": "from"}])(ds)
    currents = Adapter(components=[{**vector, "convention": "to"}])(ds)
    np.testing.assert_allclose(winds.u, -currents.u, atol=1e-9)
    again = Adapter(polar=[{**vector, "convention": "from"}])(winds)
    np.testing.assert_allclose(again.s, speed, rtol=1e-9)
    np.testing.assert_allclose((again.d - angle + 180) % 360, 180, atol=1e-6)


@settings(max_examples=25)
@given(lat=hnp.arrays("int64", 6, elements=st.integers(-90, 90), unique=True))
def test_descending_coordinates_are_turned_with_their_values(lat):
    down = np.sort(lat)[::-1].astype(float)
    ds = xr.Dataset({"h": ("lat", down * 2)}, {"lat": down})
    up = Adapter(ascending=True)(ds, DatasetCoords(y="lat"))
    assert up.indexes["lat"].is_monotonic_increasing
    np.testing.assert_array_equal(up.h, up.lat * 2)
    assert up.isel(lat=slice(None, None, -1)).identical(ds)


@settings(max_examples=25)
@given(
    value=st.integers(-20000, 20000), scale=st.sampled_from([0.01, 0.5]), offset=st.sampled_from([0.0, 280.0])
)
def test_packed_values_are_the_same_unpacked_by_anybody(value, scale, offset):
    raw = xr.Dataset(
        {"t": ("x", np.array([value], "i2"), {"scale_factor": scale, "add_offset": offset, "units": "K"})}
    )
    ours = Adapter(variables={"t": {"units": "degC"}})(raw)
    np.testing.assert_allclose(ours.t, xr.decode_cf(raw).t - 273.15, rtol=1e-5, atol=1e-4)


@settings(max_examples=25)
@given(
    start=st.dates(min_value=pd.Timestamp("1990-01-01").date(), max_value=pd.Timestamp("2030-01-01").date())
)
def test_days_of_calendars_without_leap_days_keep_their_dates(start):
    days = xr.date_range(f"{start:%Y-%m}-01", periods=20, calendar="noleap", use_cftime=True)
    found = Adapter()(series(days)).indexes["time"]
    assert [d.strftime("%Y-%m-%d") for d in days] == [d.strftime("%Y-%m-%d") for d in found]
