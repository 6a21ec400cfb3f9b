"""What readers and services write into the history of data about this very reading does not reach those who use it."""

import xarray as xr

from rompy.core.noting.history import without_history, without_reading

READ = '2026-11-22T19:14 GRIB to CDM+CF via cfgrib-0.9.15.1/ecCodes-2.41.0 with {"source": "a/b.grib", "encode_cf": []}'


def test_data_read_from_grib_say_by_what_and_neither_when_nor_from_where():
    ds = xr.Dataset(attrs={"history": f"made by a centre\n{READ}", "institution": "ecmf"})
    found = without_reading(ds).attrs
    assert found["history"] == "made by a centre\nGRIB to CDM+CF via cfgrib-0.9.15.1/ecCodes-2.41.0"
    assert found["institution"] == "ecmf"
    assert READ in ds.attrs["history"]


def test_any_other_history_is_part_of_the_data():
    ds = xr.Dataset(attrs={"history": "2020-01-01T00:00 cdo remapbil in.nc out.nc"})
    assert without_reading(ds) is ds


def test_what_a_service_adds_is_left_out_and_it_is_still_closed():
    closed = []
    ds = xr.Dataset(attrs={"History": "asked just now", "title": "winds"})
    ds.set_close(lambda: closed.append(True))
    found = without_history(ds)
    assert found.attrs == {"title": "winds"}
    found.close()
    assert closed == [True]
