import json

import netCDF4
import numpy as np
import pytest

from rompy.errors import PostprocessError
from rompy_anuga.postprocess.finished_run import finished_run


def change_case(workspace, **changes):
    path = workspace / "case.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_complete_run_is_accepted_with_its_record(channel):
    run = finished_run(channel)
    assert run.case.name == "tidal_channel"
    assert run.model_version.startswith("4.")
    assert run.record["cells"] > 100


def test_a_run_that_never_started_says_so(channel):
    (channel / "run.json").unlink()
    (channel / "tidal_channel.sww").unlink()
    with pytest.raises(PostprocessError, match=r"has not been run(.|\n)*rompy run"):
        finished_run(channel)


def test_a_run_without_record_says_how_far_it_came(channel):
    (channel / "run.json").unlink()
    change_case(channel, duration_s=10800.0)
    with pytest.raises(PostprocessError, match="has not finished: its output ends at 5400 s of 10800 s"):
        finished_run(channel)


def test_missing_output_is_named(channel):
    (channel / "tidal_channel.sww").unlink()
    with pytest.raises(PostprocessError, match="output is not here") as caught:
        finished_run(channel)
    assert caught.value.file == channel / "tidal_channel.sww"


def test_output_shorter_than_the_period_is_refused(channel):
    change_case(channel, duration_s=5400.5)
    with pytest.raises(PostprocessError, match="ends at 5400 s of model time, 100 % of the period"):
        finished_run(channel)


def test_output_of_another_mesh_is_refused(channel):
    (channel / "run.json").write_text('{"cells": 3}')
    with pytest.raises(PostprocessError, match="of different runs"):
        finished_run(channel)


def test_output_of_two_writers_is_refused(channel):
    with netCDF4.Dataset(channel / "tidal_channel.sww", "a") as file:
        file["time"][5] = file["time"][4]
    with pytest.raises(PostprocessError, match="two runs have written"):
        finished_run(channel)


@pytest.mark.parametrize("text", ["{", "[]", "\udcff"])
def test_an_unreadable_record_is_named(channel, text):
    (channel / "run.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PostprocessError, match="record of the run") as caught:
        finished_run(channel)
    assert caught.value.file == channel / "run.json"


def test_rounding_of_the_last_time_is_forgiven(channel):
    change_case(channel, duration_s=float(np.nextafter(5400.0, 6000.0)))
    finished_run(channel)
