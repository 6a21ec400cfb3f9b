"""Series in Parquet files: times in UTC, and only the columns that are asked for."""

import pandas as pd
import pytest

from rompy import plugins
from rompy.core.source import SourceTimeseriesParquet
from rompy.errors import DataError
from rompy.testing import SourceSuite

pytest.importorskip("pyarrow")


@pytest.fixture
def frame():
    times = pd.date_range("2023-01-01", periods=5, freq="h")
    return pd.DataFrame({"time": times, "hs": [1.0, 2, 3, 4, 5], "tp": range(5), "note": list("abcde")})


@pytest.fixture
def path(frame, tmp_path):
    frame.to_parquet(tmp_path / "waves.parquet")
    return tmp_path / "waves.parquet"


class TestParquet(SourceSuite):
    lazy = False

    @pytest.fixture(autouse=True)
    def known(self):
        with plugins.registered("rompy.source", "parquet:timeseries", SourceTimeseriesParquet):
            yield

    @pytest.fixture
    def source_class(self):
        return SourceTimeseriesParquet

    @pytest.fixture
    def description(self, path):
        return {"model_type": "parquet", "uri": str(path)}

    @pytest.fixture
    def missing(self, path):
        return {"model_type": "parquet", "uri": str(path) + ".not"}


def test_zones_and_indexes(frame, tmp_path):
    frame["time"] = frame["time"].dt.tz_localize("Australia/Perth")
    frame.set_index("time").to_parquet(tmp_path / "a.parquet")
    ds = SourceTimeseriesParquet(uri=tmp_path / "a.parquet").open(variables=["hs"])
    assert str(ds.time.values[0])[:16] == "2022-12-31T16:00"


def test_an_object_of_s3(s3, path):
    s3.put(str(path), "bucket/waves.parquet")
    assert SourceTimeseriesParquet(uri="s3://bucket/waves.parquet").open().hs.values.tolist() == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_numbers_are_no_times(frame, tmp_path):
    frame.assign(time=range(5)).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match="numbers without a unit"):
        SourceTimeseriesParquet(uri=tmp_path / "a.parquet").open()
    with pytest.raises(DataError, match=r"(?s)no column 'when'.*Columns: time, hs, tp, note"):
        SourceTimeseriesParquet(uri=tmp_path / "a.parquet", tcol="when").open()
    (tmp_path / "b.parquet").write_bytes(b"PAR1 rubbish")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        SourceTimeseriesParquet(uri=tmp_path / "b.parquet").open()
