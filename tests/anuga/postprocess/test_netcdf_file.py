import netCDF4
import pytest

from rompy_anuga.postprocess.netcdf_file import new_file, time_chunk


def test_a_file_appears_only_when_it_is_complete(tmp_path):
    path = tmp_path / "a.nc"
    with new_file(path) as file:
        file.createDimension("t", 1)
        assert not path.exists()
    with netCDF4.Dataset(path) as file:
        assert "t" in file.dimensions


def test_an_error_of_the_netcdf_library_is_an_oserror_and_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match=r"while writing a\.nc"), new_file(tmp_path / "a.nc") as file:
        file.createDimension("t", 1)
        file.createDimension("t", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("times", "rows", "chunk"), [(100, 1000, 16), (5, 1000, 5), (100, 3, 3), (0, 9, 1)])
def test_chunks_fit_the_blocks_they_are_written_in(times, rows, chunk):
    assert time_chunk(times, rows) == chunk
