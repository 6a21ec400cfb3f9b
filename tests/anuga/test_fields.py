"""Gridded input: from whatever grid and unit it comes in to the files of the case."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import xarray as xr
from pydantic import ConfigDict, ValidationError

from rompy.core.source.base import SourceBase
from rompy.errors import ConfigError, CoverageError, DataError
from rompy_anuga.area import Area
from rompy_anuga.cf import grid_mapping
from rompy_anuga.crs import convergence, moved, transformer
from rompy_anuga.fields import Bathymetry, Friction, InitialLevel, Pressure, Rain, Setting, Wind
from rompy_anuga.fields.axes import Axes
from rompy_anuga.fields.regrid import covering, used_nodes
from rompy_anuga.outline import Ring
from rompy_anuga.period import Period

CRS = "EPSG:28355"
X0, Y0 = 757000.0, 5911000.0
"""South-west corner of a domain of 2 km by 1 km near Merimbula: 149.88 E, 36.91 S."""


class Memory(SourceBase):
    """A dataset at hand."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    model_type: Literal["memory"] = "memory"
    data: Any

    def _open(self):
        return self.data


@pytest.fixture
def setting(tmp_path):
    ring = Ring(np.array([(X0, Y0), (X0 + 2000, Y0), (X0 + 2000, Y0 + 1000), (X0, Y0 + 1000)]), ("wall",) * 4)
    period = Period(np.datetime64("2023-02-01T00:00"), np.datetime64("2023-02-01T12:00"))
    return Setting(Area(ring), CRS, period, tmp_path)


def metric(function, spacing=100.0, margin=300.0, **attrs):
    """A variable on a grid in the run's own system around the domain."""
    x = np.arange(X0 - margin, X0 + 2000 + margin + 1, spacing)
    y = np.arange(Y0 - margin, Y0 + 1000 + margin + 1, spacing)
    values = function(*np.meshgrid(x, y))
    return xr.DataArray(values, {"x": x, "y": y}, ("y", "x"), attrs={"units": "m", **attrs})


def degrees(function, step=0.005, hours=None, reach=0.1, **attrs):
    """A variable on a grid in degrees around the domain, northernmost row first, hourly if hours are given."""
    lon = xr.Variable("longitude", np.arange(149.88 - reach, 149.91 + reach, step), {"units": "degrees_east"})
    lat = xr.Variable(
        "latitude", np.arange(-36.90 + reach, -36.93 - reach, -step), {"units": "degrees_north"}
    )
    values = function(*np.meshgrid(lon, lat)) * np.ones((lat.size, lon.size))
    coords, dims = {"longitude": lon, "latitude": lat}, ("latitude", "longitude")
    if hours is not None:
        values = np.stack([values + hour for hour in hours])
        coords["time"] = np.datetime64("2023-02-01", "ns") + np.asarray(hours) * np.timedelta64(1, "h")
        dims = ("time", *dims)
    return xr.DataArray(values, coords, dims, attrs=attrs)


def source(**variables):
    return Memory(data=xr.Dataset(variables))


def written(setting, spec, variable):
    with xr.open_dataset(setting.folder / spec["file"]) as ds:
        return ds[variable].load()


class TestBathymetry:
    def test_on_the_runs_own_grid_is_cropped_and_not_changed(self, setting):
        given_ = metric(lambda x, y: (x - X0) / 100 + np.sin(y), margin=1000.0)
        spec = Bathymetry(source=source(elevation=given_)).write(setting)
        assert spec == {"file": "bathymetry.nc", "variable": "elevation"}
        bed = written(setting, spec, "elevation")
        assert (bed == given_.sel(x=bed.x, y=bed.y)).all()
        assert (bed.x[0], bed.x[-1], bed.y[0], bed.y[-1]) == (X0 - 200, X0 + 2200, Y0 - 200, Y0 + 1200)

    def test_in_degrees_is_moved_bilinearly_to_the_runs_system(self, setting):
        given_ = degrees(lambda lon, lat: 100 * (lon - 149.9) + 50 * (lat + 36.9), units="m")
        bed = written(setting, Bathymetry(source=source(elevation=given_)).write(setting), "elevation")
        x, y = np.meshgrid(bed.x, bed.y)
        lon, lat = transformer(CRS, "EPSG:4326").transform(x, y)
        np.testing.assert_allclose(bed, 100 * (lon - 149.9) + 50 * (lat + 36.9), atol=1e-9)
        # Eleven nodes across at least, although the data have only every 450 m.
        assert bed.sizes["x"] >= 11
        assert bed.x[0] <= X0
        assert bed.x[-1] >= X0 + 2000

    @pytest.mark.parametrize("turn", [0.0, 360.0, -360.0])
    def test_longitudes_may_count_from_anywhere(self, setting, turn):
        given_ = degrees(lambda lon, lat: lon - 150, units="m")
        usual = written(setting, Bathymetry(source=source(elevation=given_)).write(setting), "elevation")
        turned = given_.assign_coords(longitude=given_.longitude + turn)
        other = written(setting, Bathymetry(source=source(elevation=turned)).write(setting), "elevation")
        np.testing.assert_allclose(usual, other, atol=1e-9)

    def test_global_data_may_have_their_seam_in_the_domain(self, tmp_path):
        corners = moved(
            [(-0.05, 51.0), (0.05, 51.0), (0.05, 51.05), (-0.05, 51.05)], "EPSG:4326", "EPSG:32631"
        )
        area = Area(Ring(corners, ("wall",) * 4))
        setting = Setting(
            area, "EPSG:32631", Period(np.datetime64("2023-02-01"), np.datetime64("2023-02-02")), tmp_path
        )
        lon, lat = np.arange(0.0, 360.0, 0.5), np.arange(-90.0, 90.1, 0.5)
        values = np.where(lon > 180, lon - 360, lon) + 0 * lat[:, None]
        given_ = xr.DataArray(values, {"lat": lat, "lon": lon}, ("lat", "lon"))
        bed = written(setting, Bathymetry(source=source(elevation=given_)).write(setting), "elevation")
        x, y = np.meshgrid(bed.x, bed.y)
        np.testing.assert_allclose(bed, transformer("EPSG:32631", "EPSG:4326").transform(x, y)[0], atol=1e-8)

    @pytest.mark.parametrize(
        ("attrs", "settings_", "factor"),
        [
            ({}, {}, 1),
            ({"positive": "down"}, {}, -1),
            ({"standard_name": "sea_floor_depth_below_mean_sea_level"}, {}, -1),
            ({"positive": "down"}, {"positive": "up"}, 1),
            ({"units": "cm"}, {}, 0.01),
            ({"units": "cm"}, {"units": "m"}, 1),
        ],
    )
    def test_counts_up_in_metres_whatever_the_data_do(self, setting, attrs, settings_, factor):
        given_ = metric(lambda x, y: (x - X0) / 100, **attrs)
        bed = written(
            setting, Bathymetry(source=source(elevation=given_), **settings_).write(setting), "elevation"
        )
        np.testing.assert_allclose(bed, factor * given_.sel(x=bed.x, y=bed.y))
        assert bed.attrs["units"] == "m"
        assert bed.attrs["positive"] == "up"

    def test_offset_is_added_upwards(self, setting):
        given_ = metric(lambda x, y: 10 + 0 * x, positive="down")
        bed = written(
            setting, Bathymetry(source=source(elevation=given_), offset=0.5).write(setting), "elevation"
        )
        assert (bed == -9.5).all()

    def test_system_is_told_by_the_grid_mapping(self, setting):
        points = moved([(X0, Y0), (X0 + 2000, Y0 + 1000)], CRS, "EPSG:28356")
        x = np.arange(points[:, 0].min() - 500, points[:, 0].max() + 500, 50)
        y = np.arange(points[:, 1].min() - 500, points[:, 1].max() + 500, 50)
        given_ = xr.DataArray(x + 0 * y[:, None], {"x": x, "y": y}, ("y", "x"), attrs={"grid_mapping": "crs"})
        ds = xr.Dataset({"elevation": given_ - x[0], "crs": grid_mapping("EPSG:28356")})
        ds["elevation"].attrs["grid_mapping"] = "crs"
        bed = written(setting, Bathymetry(source=Memory(data=ds)).write(setting), "elevation")
        at_x, at_y = np.meshgrid(bed.x, bed.y)
        east, _ = transformer(CRS, "EPSG:28356").transform(at_x, at_y)
        np.testing.assert_allclose(bed, east - x[0], atol=1e-6)

    def test_that_does_not_cover_is_refused_with_both_extents(self, setting):
        given_ = metric(lambda x, y: 0 * x).isel(x=slice(0, 10))
        with pytest.raises(
            CoverageError, match=r"spans x 756700 to 757600,.* the domain x 757000 to 759000"
        ) as caught:
            Bathymetry(source=source(elevation=given_)).write(setting)
        assert caught.value.field == "config.bathymetry"

    def test_in_a_wrong_system_is_refused_with_both_extents(self, setting):
        given_ = metric(lambda x, y: 0 * x)
        with pytest.raises(
            CoverageError, match="EPSG:28356 it spans x 756700 to 759300.*a crs .* is wrong|crs"
        ):
            Bathymetry(source=source(elevation=given_), crs=28356).write(setting)
        with pytest.raises(ConfigError, match="EPSG:4326 has degrees, but the coordinates run to"):
            Bathymetry(source=source(elevation=given_), crs=4326).write(setting)
        with pytest.raises(ConfigError, match="the data are in degrees, EPSG:28355 is not"):
            Bathymetry(source=source(elevation=degrees(lambda lon, lat: 0 * lon)), crs=CRS).write(setting)

    def test_with_gaps_in_the_domain_is_refused_with_numbers(self, setting):
        given_ = metric(lambda x, y: 0 * x)
        given_.loc[{"x": X0 + 500, "y": Y0 + 500}] = np.nan
        with pytest.raises(CoverageError, match=r"no value at 1 of 2\d\d grid nodes .* x 757500 and 757500"):
            Bathymetry(source=source(elevation=given_)).write(setting)

    def test_gaps_outside_the_domain_do_no_harm(self, setting):
        given_ = metric(lambda x, y: np.where(x > X0 + 2150, np.nan, 1.0))
        bed = written(setting, Bathymetry(source=source(elevation=given_)).write(setting), "elevation")
        assert bed.isnull().any()

    @pytest.mark.parametrize(
        ("data", "what"),
        [
            ({"depth": metric(lambda x, y: 0 * x)}, "no variable 'elevation'"),
            ({"elevation": metric(lambda x, y: 0 * x, units="furlong")}, "furlong"),
            ({"elevation": metric(lambda x, y: 1e5 + 0 * x)}, "believable"),
            ({"elevation": metric(lambda x, y: 0 * x).expand_dims(member=2)}, "more dimensions .* member"),
            ({"elevation": metric(lambda x, y: 0 * x).rename(x="a", y="b")}, "not to be told"),
            ({"elevation": metric(lambda x, y: 0 * x).isel(x=[0])}, "single x"),
            ({"elevation": metric(lambda x, y: 0 * x).isel(x=[0, 2, 1])}, "ascends nor descends"),
            ({"elevation": degrees(lambda lon, lat: 0 * lon, hours=[0, 1])}, "changes in time"),
        ],
    )
    def test_unfit_data_are_refused(self, setting, data, what):
        with pytest.raises(DataError, match=what):
            Bathymetry(source=source(**data)).write(setting)

    def test_curvilinear_data_are_refused_with_a_way_out(self, setting):
        lon, lat = np.meshgrid(np.arange(4.0), np.arange(3.0))
        data = xr.Dataset(
            {"elevation": (("j", "i"), lon)}, {"lon": (("j", "i"), lon), "lat": (("j", "i"), lat)}
        )
        with pytest.raises(DataError, match="2 dimensions") as caught:
            Bathymetry(source=Memory(data=data)).write(setting)
        assert "xyz_text" in caught.value.hint

    def test_names_of_coordinates_may_be_given(self, setting):
        given_ = metric(lambda x, y: x - X0).rename(x="rechts", y="hoch")
        field = Bathymetry(source=source(elevation=given_), coords={"x": "rechts", "y": "hoch"})
        assert written(setting, field.write(setting), "elevation").x[0] == X0 - 200

    def test_unknown_keys_are_explained(self):
        with pytest.raises(ValidationError, match="Did you mean 'positive'"):
            Bathymetry(source=source(), positiv="up")


class TestFieldsInTime:
    def test_keep_the_steps_around_the_period(self, setting):
        pressure = degrees(lambda lon, lat: 1013.0, hours=np.arange(-24, 48, 5), units="hPa")
        spec = Pressure(source=source(msl=pressure)).write(setting)
        data = written(setting, spec, "msl")
        hours = (data.time.values - np.datetime64("2023-02-01")) / np.timedelta64(1, "h")
        assert hours.tolist() == [-4, 1, 6, 11, 16]
        np.testing.assert_allclose(data.mean(("x", "y")), 100 * (1013.0 + hours))
        assert data.attrs["units"] == "Pa"

    def test_that_do_not_cover_the_period_are_refused_with_both(self, setting):
        for hours in (np.arange(1, 30), np.arange(-3, 12)):
            pressure = degrees(lambda lon, lat: 1013.0, hours=hours, units="hPa")
            with pytest.raises(
                CoverageError, match=r"covers .* the run needs 2023-02-01T00:00:00Z to 2023-02-01T12"
            ):
                Pressure(source=source(msl=pressure)).write(setting)

    def test_with_a_gap_say_when(self, setting):
        pressure = degrees(lambda lon, lat: 1013.0, hours=np.arange(0, 13), units="hPa")
        pressure[4] = np.nan
        with pytest.raises(CoverageError, match="the pressure at 2023-02-01T04:00:00Z has no value at"):
            Pressure(source=source(msl=pressure)).write(setting)

    def test_wrong_units_are_found_out(self, setting):
        pressure = degrees(lambda lon, lat: 1013.0, hours=np.arange(0, 13))
        with pytest.raises(DataError, match="believable is 80000 to 110000"):
            Pressure(source=source(msl=pressure)).write(setting)
        spec = Pressure(source=source(msl=pressure), units="hPa").write(setting)
        assert written(setting, spec, "msl").max() == pytest.approx(102500.0)

    @pytest.mark.parametrize(("units", "factor"), [("mm h-1", 1), ("kg m-2 s-1", 3600), ("m s**-1", 3.6e6)])
    def test_rain_becomes_millimetres_an_hour(self, setting, units, factor):
        rain = degrees(lambda lon, lat: 12.0 / factor, hours=[0, 6, 12], units=units)
        rain[:] = 12.0 / factor
        np.testing.assert_allclose(
            written(setting, Rain(source=source(rain_rate=rain)).write(setting), "rain_rate"), 12.0
        )

    def test_rain_upwards_is_refused_but_for_rounding(self, setting):
        rain = degrees(lambda lon, lat: 0.0, hours=[0, 6, 12], units="mm h-1")
        rain[:] = -1e-5
        assert (written(setting, Rain(source=source(rain_rate=rain)).write(setting), "rain_rate") == 0).all()
        with pytest.raises(DataError, match="believable is 0 to"):
            Rain(source=source(rain_rate=(rain * 1e5).assign_attrs(rain.attrs))).write(setting)

    def test_totals_of_rain_are_not_rates(self, setting):
        rain = degrees(lambda lon, lat: 0.001, hours=[0, 6, 12], units="m")
        with pytest.raises(DataError, match="mm h-1 is wanted"):
            Rain(source=source(rain_rate=rain)).write(setting)

    def test_without_time_are_refused(self, setting):
        with pytest.raises(DataError, match="no time axis"):
            Rain(source=source(rain_rate=degrees(lambda lon, lat: 0.0))).write(setting)

    def test_times_out_of_order_are_refused(self, setting):
        rain = degrees(lambda lon, lat: 0.0, hours=[0, 12, 6])
        with pytest.raises(DataError, match="ascending"):
            Rain(source=source(rain_rate=rain)).write(setting)


class TestWind:
    def wind(self, **attrs):
        u = degrees(lambda lon, lat: 10.0, hours=[0, 6, 12], units="m s-1", **attrs)
        u[:] = 3.0
        v = xr.full_like(u, -4.0)
        return {"u10": u, "v10": v}

    def test_true_directions_become_those_of_the_grid(self, setting):
        spec = Wind(source=source(**self.wind())).write(setting)
        assert spec == {"file": "wind.nc", "x_wind": "u10", "y_wind": "v10"}
        x, y = written(setting, spec, "u10"), written(setting, spec, "v10")
        angle = convergence(*np.meshgrid(x.x, x.y), CRS)
        assert np.degrees(angle).mean() == pytest.approx(1.73, abs=0.02)
        np.testing.assert_allclose(x[0], 3 * np.cos(angle) - 4 * np.sin(angle), rtol=1e-12)
        np.testing.assert_allclose(y[0], -4 * np.cos(angle) - 3 * np.sin(angle), rtol=1e-12)
        assert x.dims == ("time", "y", "x")

    def test_along_the_runs_grid_is_left_alone(self, setting):
        wind = {
            name: metric(lambda x, y: 3 + 0 * x, units="m s-1").expand_dims(time=self.wind()["u10"].time)
            for name in ("u10", "v10")
        }
        spec = Wind(source=source(**wind)).write(setting)
        assert (written(setting, spec, "u10") == 3).all()

    def test_along_true_north_on_a_projected_grid_is_turned(self, setting):
        wind = {
            name: metric(lambda x, y: 3 + 0 * x, units="m s-1").expand_dims(time=self.wind()["u10"].time)
            for name in ("u10", "v10")
        }
        wind["u10"].attrs["standard_name"] = "eastward_wind"
        x = written(setting, Wind(source=source(**wind)).write(setting), "u10")
        assert float(x.mean()) == pytest.approx(
            3 * (np.cos(np.radians(1.73)) + np.sin(np.radians(1.73))), rel=1e-3
        )

    def test_along_another_grid_is_turned_by_the_difference(self, setting):
        points = moved([(X0, Y0), (X0 + 2000, Y0 + 1000)], CRS, "EPSG:28356")
        x = np.arange(points[:, 0].min() - 5000, points[:, 0].max() + 5000, 1000)
        y = np.arange(points[:, 1].min() - 5000, points[:, 1].max() + 5000, 1000)
        time = self.wind()["u10"].time
        north = xr.DataArray(np.ones((3, y.size, x.size)), {"time": time, "y": y, "x": x}, ("time", "y", "x"))
        wind = {"u10": 0 * north, "v10": 10 * north}
        field = Wind(source=source(**wind), crs=28356, components="grid")
        u = written(setting, field.write(setting), "u10")
        here, there = (convergence(*moved([(X0, Y0)], CRS, crs)[0], crs) for crs in (CRS, "EPSG:28356"))
        assert float(u[0, 0, 0]) == pytest.approx(10 * np.sin(here - there), rel=1e-2)

    def test_knots_are_understood(self, setting):
        wind = self.wind()
        for component in wind.values():
            component.attrs["units"] = "knots"
        u, v = (written(setting, Wind(source=source(**wind)).write(setting), name) for name in ("u10", "v10"))
        np.testing.assert_allclose(np.hypot(u, v), 5 * 1852 / 3600)


class TestOtherFields:
    def test_friction_must_be_believable(self, setting):
        fine = metric(lambda x, y: 0.03 + 0 * x, units="s m-1/3")
        assert (
            written(setting, Friction(source=source(manning=fine)).write(setting), "manning") == 0.03
        ).all()
        with pytest.raises(DataError, match="believable"):
            Friction(source=source(manning=fine * 1000)).write(setting)

    def test_initial_level_takes_an_offset(self, setting):
        level = metric(lambda x, y: 0.2 + 0 * x)
        field = InitialLevel(source=source(water_level=level), offset=-0.2)
        assert (written(setting, field.write(setting), "water_level") == 0).all()


class TestRegridding:
    def test_used_nodes_are_the_corners_of_cells_that_the_area_touches(self, setting):
        x, y = np.arange(X0 - 1000, X0 + 3001, 400.0), np.arange(Y0 - 1000, Y0 + 2001, 400.0)
        used = used_nodes(setting.area, Axes(x, y, CRS))
        columns, rows = np.flatnonzero(used.any(axis=0)), np.flatnonzero(used.any(axis=1))
        assert (x[columns[0]], x[columns[-1]]) == (X0 - 200, X0 + 2200)
        assert (y[rows[0]], y[rows[-1]]) == (Y0 - 200, Y0 + 1400)
        assert used[np.ix_(rows, columns)].all()

    def test_narrow_parts_between_nodes_are_not_overlooked(self):
        sliver = Area(
            Ring(np.array([(0.0, 40.0), (1000.0, 40.0), (1000.0, 45.0), (0.0, 45.0)]), ("wall",) * 4)
        )
        axis = np.arange(-100.0, 1101.0, 100.0)
        assert used_nodes(sliver, Axes(axis, axis, CRS)).sum() == 2 * 12

    def test_grid_over_the_domain_has_round_coordinates(self, setting):
        axes = covering(
            setting.area,
            Axes(np.arange(149.0, 151, 1 / 240), np.arange(-38.0, -36, 1 / 240), "EPSG:4326"),
            CRS,
        )
        assert np.diff(axes.x)[0] == 200.0
        assert np.diff(axes.y)[0] == 100.0
        fine = covering(
            setting.area, Axes(np.arange(149.8, 150, 1e-4), np.arange(-37.0, -36.8, 1e-4), "EPSG:4326"), CRS
        )
        assert np.diff(fine.x)[0] == pytest.approx(8.9)
        assert (axes.x[0], axes.x[-1]) == (X0, X0 + 2000)

    def test_absurd_sizes_are_refused(self, setting):
        lon, lat = moved([(X0 + 1000, Y0 + 500)], CRS, "EPSG:4326")[0]
        tiny = Axes(
            np.array([149.0, lon - 5e-8, lon + 5e-8, 151.0]),
            np.array([-38.0, lat - 5e-8, lat + 5e-8, -36.0]),
            "EPSG:4326",
        )
        with pytest.raises(DataError, match="needs .* nodes"):
            covering(setting.area, tiny, CRS)


class TestRealData:
    """Weather and depths of Queensland in January 2023, as services deliver them."""

    @pytest.fixture
    def real_data(self):
        root = Path(os.environ.get("ROMPY_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
        folder = root / "real"
        if not folder.is_dir():
            reason = f"REAL DATA ARE NOT TESTED: there is no {folder}; name their folder in ROMPY_TEST_DATA"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        return folder

    @pytest.fixture
    def queensland(self, tmp_path):
        corners = moved([(147.5, -19.0), (148.5, -19.0), (148.5, -18.0), (147.5, -18.0)], "EPSG:4326", CRS)
        period = Period(np.datetime64("2023-01-01T06:00"), np.datetime64("2023-01-02T06:30"))
        return Setting(Area(Ring(corners, ("wall",) * 4)), CRS, period, tmp_path)

    def at_centre(self, data):
        """Values at 148 E, 18.5 S, which is a node of the weather's grid."""
        x, y = moved([(148.0, -18.5)], "EPSG:4326", CRS)[0]
        return data.interp(x=x, y=y)

    def test_weather_keeps_its_values(self, queensland, real_data):
        uri = real_data / "schism" / "era5.nc"
        file = {"source": {"model_type": "file", "uri": uri}}
        wind, pressure = Wind(**file).write(queensland), Pressure(**file).write(queensland)
        with xr.open_dataset(uri) as ds:
            there = (
                ds.sel(time=slice("2023-01-01T06", "2023-01-02T07"))
                .interp(longitude=148.0, latitude=-18.5)
                .load()
            )
        assert there.time.size == 26
        np.testing.assert_allclose(
            self.at_centre(written(queensland, pressure, "msl")), there.msl, atol=5.0
        )  # Pa; bilinear twice
        u, v = (self.at_centre(written(queensland, wind, name)) for name in ("u10", "v10"))
        np.testing.assert_allclose(np.hypot(u, v), np.hypot(there.u10, there.v10), atol=0.1)
        turned = np.angle((v + 1j * u) / (there.v10.values + 1j * there.u10.values))
        expected = convergence(*moved([(148.0, -18.5)], "EPSG:4326", CRS)[0], CRS)
        assert np.median(turned) == pytest.approx(expected, abs=2e-3)

    def test_coarse_depths_of_the_globe_are_enough_of_a_grid(self, queensland, real_data):
        file = {"source": {"model_type": "file", "uri": real_data / "gebco-1deg.nc"}}
        bed = written(queensland, Bathymetry(**file).write(queensland), "elevation")
        with xr.open_dataset(file["source"]["uri"]) as ds:
            there = float(ds.elevation.interp(lon=148.0, lat=-18.5))
        assert float(self.at_centre(bed)) == pytest.approx(there, abs=2.0)

    def test_period_beyond_the_weather_is_refused(self, queensland, real_data):
        file = {"source": {"model_type": "file", "uri": real_data / "schism" / "era5.nc"}}
        late = Period(np.datetime64("2023-01-03"), np.datetime64("2023-01-05"))
        with pytest.raises(CoverageError, match="covers 2023-01-01T00:00:00Z to 2023-01-04T00:00:00Z"):
            Wind(**file).write(replace(queensland, period=late))
