import json
from datetime import datetime, timezone

import numpy as np
import pytest

from rompy.errors import PostprocessError
from rompy_anuga.postprocess.case_file import read_case


def test_times_are_utc_and_relative_to_the_start(channel):
    case = read_case(channel)
    assert case.start == datetime(2023, 2, 1, tzinfo=timezone.utc)
    assert case.times([0.0, 0.5])[1] - case.times([0.0])[0] == np.timedelta64(500, "ms")


def test_a_start_with_an_offset_is_moved_to_utc(channel):
    content = json.loads((channel / "case.json").read_text())
    content["start"] = "2023-02-01T10:00:00+11:00"
    (channel / "case.json").write_text(json.dumps(content))
    assert read_case(channel).start64 == np.datetime64("2023-01-31T23:00:00")


def test_names_become_headings(channel):
    assert read_case(channel).heading == "Tidal channel"


def test_the_period_is_short_within_one_day(channel):
    assert read_case(channel).period_words == "2023-02-01 00:00 to 01:30 UTC"


def test_a_folder_without_a_case_file_says_what_to_do(tmp_path):
    with pytest.raises(PostprocessError, match=r"not a workspace(.|\n)*rompy generate"):
        read_case(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not a case file"),
        ('{"format": "rompy-anuga-case/2"}', "not a case file"),
        ('{"format": "rompy-anuga-case/1", "name": "x"}', "lacks 'start'"),
        ('{"format": "rompy-anuga-case/1", "name": "x", "start": "soon"}', "cannot be used"),
    ],
)
def test_a_bad_case_file_is_named(tmp_path, text, message):
    (tmp_path / "case.json").write_text(text)
    with pytest.raises(PostprocessError, match=message) as caught:
        read_case(tmp_path)
    assert caught.value.file == tmp_path / "case.json"
