import json

import numpy as np
import pytest

from rompy.errors import PostprocessError
from rompy_anuga.postprocess.boundary_series import read_boundary_series
from rompy_anuga.postprocess.case_file import read_case


def test_forcing_is_cut_to_the_period_of_the_run(finished_channel):
    (series,) = read_boundary_series(read_case(finished_channel))
    assert series.tag == "open"
    assert series.seconds[[0, -1]].tolist() == [0.0, 5400.0]
    np.testing.assert_allclose(
        series.water_level, 0.6 * np.sin(2 * np.pi * series.seconds / 3600), atol=1e-12
    )


def test_ends_between_samples_are_interpolated(channel):
    content = json.loads((channel / "case.json").read_text()) | {"duration_s": 5370.0}
    (channel / "case.json").write_text(json.dumps(content))
    (series,) = read_boundary_series(read_case(channel))
    level = 0.6 * np.sin(2 * np.pi * np.array([5340.0, 5400.0]) / 3600)
    assert series.water_level[-1] == pytest.approx(level.mean(), abs=1e-12)


def test_a_missing_file_names_the_boundary(channel):
    (channel / "boundary_open.nc").unlink()
    with pytest.raises(PostprocessError, match="boundary 'open'"):
        read_boundary_series(read_case(channel))


def test_a_missing_variable_names_the_boundary(channel):
    content = json.loads((channel / "case.json").read_text())
    content["boundaries"]["open"]["variable"] = "level"
    (channel / "case.json").write_text(json.dumps(content))
    with pytest.raises(PostprocessError, match=r"boundary 'open'.*level"):
        read_boundary_series(read_case(channel))
