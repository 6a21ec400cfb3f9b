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
