"""Tables become series; what cannot be read in them is named by file and line."""

import numpy as np
import pytest

from rompy.core.filters import Filter
from rompy.core.source import SourceTimeseriesCSV
from rompy.errors import DataError, MissingFileError

PLAIN = "time,u10,v10\n2023-01-01 00:00:00,1.5,2\n2023-01-01 01:00:00,2.5,3\n"


@pytest.fixture
def table(tmp_path):
    def write(text, **kwargs):
        path = tmp_path / "wind.csv"
        path.write_text(text, encoding=kwargs.pop("encoding", "utf-8"))
        return SourceTimeseriesCSV(filename=path, **kwargs)

    return write


def times(ds):
    return [str(t)[:16] for t in ds.time.values]


def test_columns_become_variables_along_time(table):
    ds = table(PLAIN).open()
    assert ds.u10.dims == ("time",)
    assert ds.u10.values.tolist() == [1.5, 2.5]
    assert times(ds) == ["2023-01-01T00:00", "2023-01-01T01:00"]
    assert ds.time.dtype == "datetime64[ns]"


@pytest.mark.parametrize(
    ("column", "kwargs"),
    [
        (["2023-01-31T00:00", "2023-01-31 06:00:00"], {}),
        (["20230131", "20230131T06"], {}),
        (["2023-01-31T00:00:00Z", "2023-01-31T17:00+11:00"], {}),
        (["01/31/2023 00:00", "01/31/2023 06:00"], {}),
        (["31/01/2023 00:00", "31/01/2023 06:00"], {"dayfirst": True}),
        (["31.01.2023 00h", "31.01.2023 06h"], {"date_format": "%d.%m.%Y %Hh"}),
        (
            ["31.01.2023 00h", "31.01.2023 06h"],
            {"date_format": {"time": "%d.%m.%Y %Hh"}, "parse_dates": ["time"]},
        ),
    ],
)
def test_layouts_of_times(table, column, kwargs):
    ds = table("time,u\n" + "".join(f"{t},1\n" for t in column), read_csv_kwargs=kwargs).open()
    assert times(ds) == ["2023-01-31T00:00", "2023-01-31T06:00"]


def test_the_column_of_times_may_have_another_name_and_place(table):
    ds = table(
        PLAIN.replace("time,u10,v10", "u10,v10,date").replace("2023-01-01 0", "1,1,2023-01-0"), tcol="date"
    )
    ds = table("u10,date\n1,2023-01-01\n", tcol="date").open()
    assert times(ds) == ["2023-01-01T00:00"]
    assert list(ds.data_vars) == ["u10"]


def test_options_of_pandas(table):
    text = "# wind\ntime;u;name\n2023-01-01;1,5;a\n\n2023-01-02;-;b\n"
    options = {"sep": ";", "decimal": ",", "na_values": ["-"], "comment": "#", "index_col": "time"}
    ds = table(text, read_csv_kwargs=options).open()
    np.testing.assert_array_equal(ds.u, [1.5, np.nan])
    assert ds.name.values.tolist() == ["a", "b"]
    assert table(PLAIN, read_csv_kwargs={"dtype": "float32"}).open().u10.dtype == "float32"
    assert table(PLAIN, read_csv_kwargs={"dtype": {"u10": "float32"}}).open().u10.dtype == "float32"


def test_text_columns_can_be_written(table, tmp_path):
    table("time,name\n2023-01-01,a\n").open().to_netcdf(tmp_path / "out.nc")


def test_filters_apply(table):
    ds = table(PLAIN).open(variables="v10", filters=Filter(crop={"time": slice("2023-01-01T01:00", None)}))
    assert ds.v10.values.tolist() == [3]


def test_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError, match=r"nothing\.csv"):
        SourceTimeseriesCSV(filename=tmp_path / "nothing.csv").open()


def test_a_missing_column_of_times_names_those_there_are(table):
    with pytest.raises(DataError, match=r"(?s)wind\.csv: there is no column 'Time'.*Columns: time, u10, v10"):
        table(PLAIN, tcol="Time").open()


@pytest.mark.parametrize(
    ("text", "kwargs", "line", "value"),
    [
        ("time,u\n2023-01-01,1\nyesterday,2\n", {}, 3, "yesterday"),
        ("time,u\n2023-01-01,1\n2023-02-30,2\n", {}, 3, "2023-02-30"),
        ("# a\n# b\ntime,u\n2023-01-01,1\n\n# c\nyesterday,2\n", {"comment": "#"}, 7, "yesterday"),
        ("made by me\ntime;u\n2023-01-01;1\nyesterday;2\n", {"sep": ";", "skiprows": 1}, 4, "yesterday"),
        ('time,u,note\n2023-01-01,1,"two\nlines"\nyesterday,2,x\n', {}, 4, "yesterday"),
        ("time,u\n2023-01-01,1\n,2\n", {}, 3, "nan"),
        ("time,u\n1672531200,1\n", {}, 2, "1672531200"),
    ],
)
def test_a_time_that_is_none_is_named_by_line(table, text, kwargs, line, value):
    with pytest.raises(DataError, match=f"wind.csv:{line}: cannot read a time from .*{value}"):
        table(text, read_csv_kwargs=kwargs).open()


@pytest.mark.parametrize("text", ["", "time,u\n"])
def test_an_empty_table_is_refused(table, text):
    with pytest.raises(DataError, match=r"wind\.csv"):
        table(text).open()


def test_a_table_that_is_none_is_refused(table):
    with pytest.raises(DataError, match="cannot be read as CSV"):
        table('time,u\n2023-01-01,1\n2023-01-02,1,2,3\n"').open()
    with pytest.raises(DataError, match="do not fit"):
        table(PLAIN, read_csv_kwargs={"no_such_option": 1}).open()


def test_a_real_table(real_data):
    ds = SourceTimeseriesCSV(filename=real_data / "wind.csv").open()
    assert set(ds.data_vars) == {"u10", "v10", "wspd", "wdir"}
    assert ds.sizes["time"] == 25


def test_the_table_itself_can_be_had_with_its_times_as_index(tmp_path):
    path = tmp_path / "wind.csv"
    path.write_text("when,u10\n2023-01-01T00:00,1\n2023-01-01T06:00,2\n")
    frame = SourceTimeseriesCSV(filename=path, tcol="when")._open_dataframe()
    assert frame.index.name == "time"
    assert frame.u10.tolist() == [1, 2]
