"""Spectra are read by wavespectra's own readers."""

import gc

import pytest

from rompy.core.source import SourceWavespectra, opened_once
from rompy.errors import ConfigError, DataError, MissingFileError


def test_real_spectra(real_data):
    source = SourceWavespectra(uri=real_data / "aus-20230101.nc", reader="read_wavespectra")
    with opened_once():
        ds = source.open(variables=["efth", "lon", "lat"])
        assert set(ds.efth.dims) == {"time", "site", "freq", "dir"}
        assert float(ds.isel(site=[0]).spec.hs().max()) > 0
    assert str(source).startswith("SourceWavespectra(uri=")
    assert SourceWavespectra(**source.model_dump()) == source


def test_an_unknown_reader_names_the_known_ones():
    with pytest.raises(ConfigError, match=r"(?s)no reader 'read_swam'\. Did you mean 'read_swan'.*read_ww3"):
        SourceWavespectra(uri="a.nc", reader="read_swam").open()


def test_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError):
        SourceWavespectra(uri=tmp_path / "a.spc", reader="read_swan").open()


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # the reader leaves its file open
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_file_of_another_kind(tmp_path):
    (tmp_path / "a.spc").write_text("nothing")
    with pytest.raises(DataError, match="cannot be read by read_swan"):
        SourceWavespectra(uri=tmp_path / "a.spc", reader="read_swan").open()
    gc.collect()
