"""Planning, and using what is there, as people do it."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def tide(rompy, describe, monkeypatch, folder):
    monkeypatch.setenv("ROMPY_STATE_DIR", str(folder / "state"))
    path = describe(backend={"type": "local"}, postprocessor={"type": "noop"})
    assert rompy("run", path, "-q").exit_code == 0
    return path


def attempts(root="simulations/tide"):
    return len(json.loads(Path(root, ".rompy/job.json").read_text())["attempts"])


def test_a_plan_tells_what_is_there_and_what_is_made(rompy, describe, tide):
    result = rompy("plan", tide)
    assert result.exit_code == 0, result.output
    assert [line.split()[:2] for line in result.stdout.splitlines()[1:]] == [
        ["reused", "input"],
        ["reused", "run"],
    ]
    deeper = describe({"depth": 2.5}, name="deeper.yml")
    document = json.loads(rompy("plan", deeper, "--json").stdout)
    assert document["compared_with"] == "simulations/tide"
    assert [step["action"] for step in document["steps"]] == ["built", "run"]
    assert document["steps"][0]["reasons"] == ["config.depth: not given -> 2.5"]


def test_a_run_is_reused_without_running_anything(rompy, tide):
    result = rompy("run", tide, "--reuse")
    assert result.exit_code == 0, result.output
    assert "simulations/tide: reused, nothing was run (the model succeeded on " in result.stdout
    document = json.loads(rompy("run", tide, "--reuse", "--json").stdout)
    assert document["reused"] == {"run": "simulations/tide"}
    assert document["run"]["state"] == "succeeded"
    assert attempts() == 1


def test_a_run_elsewhere_is_found_by_the_index(rompy, tide, folder):
    result = rompy("run", tide, "--reuse", "--output-dir", "elsewhere")
    assert f"{folder / 'simulations' / 'tide'}: reused" in result.stdout
    assert not Path("elsewhere").exists()


def test_a_field_without_effect_does_not_run_the_model_again(rompy, describe, tide):
    same = describe({"depth": 1.0}, name="same.yml")
    assert "config.depth: not given -> 1.0" in rompy("plan", same).stdout
    assert "reused, nothing was run" in rompy("run", same, "--reuse").stdout
    assert attempts() == 1
    # The pause is not in the files, but in the way that the model is started.
    slow = describe({"pause": 0.01}, name="slow.yml", delete_existing=True)
    assert "reused" not in rompy("run", slow, "--reuse").stdout


def test_other_input_is_built_and_run(rompy, describe, tide):
    deeper = describe({"depth": 2.5}, name="deeper.yml", delete_existing=True)
    result = rompy("run", deeper, "--reuse")
    assert result.exit_code == 0, result.output
    assert "the run succeeded" in result.stdout
    assert Path("simulations/tide/puddle.txt").read_text() == "2.5\n"


def test_generated_input_is_kept(rompy, describe):
    path = describe()
    rompy("generate", path)
    before = Path("simulations/tide/.rompy/manifest.json").stat().st_mtime_ns
    result = rompy("generate", path, "--reuse")
    assert "simulations/tide: reused, nothing was generated" in result.stdout
    assert "its input is reused" in rompy("run", path, "--reuse").stderr
    Path("simulations/tide/puddle.txt").write_text("changed")
    assert Path("simulations/tide/.rompy/manifest.json").stat().st_mtime_ns > before
    changed = describe(delete_existing=True)
    assert "reused" not in rompy("generate", changed, "--reuse").stdout
    assert Path("simulations/tide/puddle.txt").read_text() == "1.0\n"


def test_a_pipeline_only_processes_what_was_run(rompy, tide):
    result = rompy("pipeline", tide, "--reuse", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["reused"] == {"run": "simulations/tide"}
    assert attempts() == 1
    assert [
        p["processor"]
        for p in json.loads(Path("simulations/tide/.rompy/manifest.json").read_text())["phases"][
            "postprocess"
        ]
    ] == ["noop"]


def test_a_plan_against_what_is_no_run_says_so(rompy, tide, folder):
    (folder / "empty").mkdir()
    result = rompy("plan", tide, "--against", "empty")
    assert result.exit_code == 6
    assert "there is no manifest in empty" in result.stderr


def test_reuse_and_ways_to_skip_exclude_each_other(rompy, tide):
    for option in ("--dry-run", "--skip-generate"):
        assert rompy("run", tide, "--reuse", option).exit_code == 2
