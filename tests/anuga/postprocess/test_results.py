import json

from rompy.postprocess.result import has_succeeded, message_of
from rompy_anuga.postprocess.results import AnugaResults
from rompy_anuga.postprocess.summary import MassBalance, RunSummary


def test_results_are_typed_subscriptable_and_true(tmp_path):
    results = AnugaResults(tmp_path, ["b.nc", "a.png"], RunSummary("m MSL", mass=MassBalance(1e-9, 1e6)))
    assert results
    assert has_succeeded(results)
    assert results["success"] is results.success is True
    assert results.files == (tmp_path / "a.png", tmp_path / "b.nc")
    assert results.summary.mass.error_m3 == 1e-9
    assert message_of(results) == results["message"] == f"2 files of results in {tmp_path}"
    assert str(results).splitlines()[1].startswith("Mass error:")


def test_results_go_into_json_as_they_are(tmp_path):
    results = AnugaResults(tmp_path, ["a.png"], RunSummary("m"))
    assert json.loads(json.dumps(results))["files"] == [str(tmp_path / "a.png")]
