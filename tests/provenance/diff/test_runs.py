import json

import pytest

from rompy.core.sealed import write_sealed
from rompy.errors import WorkspaceError
from rompy.manifest import ManifestError
from rompy.provenance.diff import LEVELS, Verdict, compare_runs
from rompy.provenance.diff.difference_map import draw_map
from rompy.provenance.diff.report import report


def alter(root, change):
    """Change the manifest as if it had been written so."""
    path = root / ".rompy" / "manifest.json"
    values = json.loads(path.read_text())
    change(values)
    write_sealed(path, values)


def verdicts(comparison):
    return {level: found.verdict.value for level, found in comparison.levels.items()}


def test_a_run_is_the_same_as_its_copy(runs, ran):
    comparison = compare_runs(runs.pond, ran)
    assert tuple(comparison.levels) == LEVELS
    assert verdicts(comparison) == dict.fromkeys(LEVELS, "same")
    assert comparison.verdict() is Verdict.same


def test_a_change_is_seen_from_the_description_to_the_results(runs, unchanged):
    with unchanged(runs.folder):
        comparison = compare_runs(runs.pond, runs.rough)
    assert verdicts(comparison) == {
        "description": "different", "data": "different", "code": "same", "environment": "same", "results": "different",
    }  # fmt: skip
    text = "\n".join(report(comparison))
    assert "config.friction: not given -> 0.3" in text
    assert "settings.json: generated with other content" in text
    assert "level: rms" in text
    assert "gauge.txt: 7 numbers in 7 lines differ" in text
    # The output is called after the run, and its log tells the time.
    assert "pond.nc: values differ" in text
    assert "only in" not in text
    assert "not compared: pond.log" in text
    json.dumps(comparison.to_dict())


def test_a_tolerance_makes_results_close(runs):
    from rompy.provenance.diff import Tolerance

    comparison = compare_runs(runs.pond, runs.rough, tolerance=Tolerance(absolute=1.0))
    assert comparison.levels["results"].verdict is Verdict.close
    assert comparison.verdict() is Verdict.different
    assert comparison.verdict(ignoring=("description", "data")) is Verdict.close


def test_the_difference_can_be_drawn(runs, tmp_path):
    found = draw_map(compare_runs(runs.pond, runs.rough), tmp_path / "map.png")
    assert (found.file, found.variable, found.times) == ("pond.nc", "level", 8)


def test_inputs_are_compared_by_content(runs, ran):
    def other_content(values):
        values["inputs"][0] |= {"sha256": "0" * 64, "bytes": 1}

    alter(ran, other_content)
    comparison = compare_runs(runs.pond, ran)
    assert verdicts(comparison)["data"] == "different"
    assert "other content" in str(comparison.levels["data"].differences[0])


def test_the_same_input_in_another_place_is_the_same(runs, ran):
    alter(ran, lambda values: values["inputs"][0].update(uri="/elsewhere/bed.nc", path="/elsewhere/bed.nc"))
    assert verdicts(compare_runs(runs.pond, ran))["data"] == "same"


def test_the_same_input_is_the_same_whichever_field_it_is_known_by(runs, ran):
    alter(ran, lambda values: values["inputs"][0].update(field="config.elsewhere"))
    assert verdicts(compare_runs(runs.pond, ran))["data"] == "same"


def test_versions_and_machines_are_told(runs, ran):
    def elsewhere(values):
        values["code"]["distributions"]["numpy"] = "1.0"
        values["code"]["git"] = {"rompy": {"commit": "f" * 40, "dirty": True}}
        values["host"] |= {"name": "other", "machine": "riscv64"}

    alter(ran, elsewhere)
    comparison = compare_runs(runs.pond, ran)
    code = [str(d) for d in comparison.levels["code"].differences]
    assert any(text.startswith("package numpy: ") and text.endswith("-> 1.0") for text in code)
    assert any("ffffffffffff with changes" in text for text in code)
    # The name of a machine changes nothing; its kind may.
    assert [d.what for d in comparison.levels["environment"].differences] == ["host machine"]


def test_a_run_without_output_is_not_compared_with_one_that_has(runs, pond):
    comparison = compare_runs(runs.pond, pond(bed=str(runs.folder / "bed.nc")).generate())
    assert comparison.levels["results"].verdict is Verdict.unknown
    assert "only the first has output" in report(comparison)[-2]
    assert comparison.levels["data"].verdict is Verdict.same


def test_output_that_is_gone_is_told(runs, ran):
    (ran / "gauge.txt").write_text("other\n")
    (ran / "pond.nc").unlink()
    found = {d.what: d for d in compare_runs(runs.pond, ran).levels["results"].differences}
    assert found["gauge.txt"].verdict is Verdict.different
    # Both records say that it was the same, so nothing is known to differ.
    assert "pond.nc" not in found


@pytest.mark.parametrize("content", [b"\x89HDF\r\n\x1a\nbroken", b"\xff\xfe\x00", b"x" * 2_000_000])
def test_broken_output_differs_without_a_traceback(runs, ran, content):
    (ran / "pond.nc").write_bytes(content)
    (found,) = compare_runs(runs.pond, ran).levels["results"].differences
    assert found.verdict is Verdict.different


def test_what_is_no_run_is_refused(runs, tmp_path):
    for place in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(WorkspaceError):
            compare_runs(runs.pond, place)


def test_an_edited_manifest_is_refused(runs, ran):
    path = ran / ".rompy" / "manifest.json"
    path.write_text(path.read_text().replace('"pond"', '"puddle"'))
    with pytest.raises(ManifestError, match="edited"):
        compare_runs(runs.pond, ran)


def test_a_manifest_of_the_first_schema_says_what_it_can(runs, ran):
    path = ran / ".rompy" / "manifest.json"
    files = json.loads(path.read_text())["files"]
    path.write_text(json.dumps({"schema": 1, "rompy": "1.0", "python": "3.9", "host": "old", "files": files}))
    comparison = compare_runs(ran, runs.pond)
    assert comparison.levels["data"].verdict is Verdict.same
    assert "older schema" in comparison.levels["data"].notes[0]
    assert comparison.levels["code"].verdict is Verdict.different


def test_another_name_alone_is_no_other_description(pond):
    first, second = pond().generate(), pond(run_id="other").generate()
    level = compare_runs(first, second).levels["description"]
    assert level.verdict is Verdict.same, level.differences
