import json
from pathlib import Path

from rompy.errors import ConfigError


def test_a_good_description(rompy, describe):
    result = rompy("validate", describe())
    assert result.exit_code == 0
    assert result.stdout == "valid: tide (puddle, 2023-02-01 00:00 to 2023-02-01 12:00 UTC)\n"
    assert not Path("simulations").exists()


def test_the_sections_are_checked_too(rompy, describe):
    result = rompy("validate", describe(backend={"type": "local", "timeout": "soon"}))
    assert result.exit_code == ConfigError.exit_status
    assert "backend.timeout: expected a whole number, not 'soon'" in result.stderr
    sections = {"backend": {"type": "local"}, "postprocessor": {"type": "noop"}}
    document = json.loads(rompy("validate", describe(**sections), "--json").stdout)
    assert document["sections"] == ["config", "backend", "postprocessor"]


def test_mistakes_are_listed_for_programs(rompy, describe):
    result = rompy("validate", describe({"depth": -1, "boundaries": {"open": {"kindd": "wall"}}}), "--json")
    document = json.loads(result.stdout)
    assert document["ok"] is False
    fields = {problem["field"]: problem["line"] for problem in document["error"]["problems"]}
    assert set(fields) == {"config.depth", "config.boundaries.open.kindd"}
    assert all(fields.values())


def test_what_is_missing_or_outside_is_told_together_and_nothing_is_made(rompy, folder):
    square = [[757000, 5911000], [758000, 5911000], [758000, 5912000], [757000, 5912000]]
    config = {
        "model_type": "anuga",
        "crs": "EPSG:28355",
        "domain": {"model_type": "polygon", "ring": square, "default_tag": "coast", "max_area": 5000},
        "bathymetry": {"source": {"model_type": "file", "uri": "bed.nc"}, "variable": "z"},
        "boundaries": {"cost": "wall"},
    }
    period = {"start": "2023-02-01", "duration": "1h"}
    run = {"run_id": "bay", "output_dir": "out", "period": period, "config": config}
    processor = {"type": "anuga", "stations": {"far": {"x": 760000, "y": 5911500}}}
    described = {"config": run, "backend": {"type": "local"}, "postprocessor": processor}
    (folder / "bay.yml").write_text(json.dumps(described))
    document = json.loads(rompy("validate", "bay.yml", "--json").stdout)
    problems = document["error"]["problems"]
    found = {problem["field"]: problem["message"] for problem in problems}
    assert set(found) == {
        "config.config.bathymetry.source.uri",
        "config.config.boundaries",
        "postprocessor.stations.far",
    }
    assert all(problem["file"].endswith("bay.yml") and problem["line"] for problem in problems)
    assert "tags without a condition: coast" in found["config.config.boundaries"]
    assert "outside the domain, 2,000 m from its nearest edge" in found["postprocessor.stations.far"]
    result = rompy("pipeline", "bay.yml")
    assert result.exit_code == ConfigError.exit_status
    assert "postprocessor.stations.far" in result.stderr
    assert not Path("out").exists()


def test_a_single_problem_of_the_postprocessor_is_told_with_its_line(rompy, describe):
    sections = {"postprocessor": {"type": "anuga", "inside": "lake"}}
    result = rompy("validate", describe(**sections))
    assert "yml:" in result.stderr
    assert "postprocessor.inside: there is no station 'lake'" in result.stderr
