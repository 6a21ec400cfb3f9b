import json
from pathlib import Path

import pytest

from rompy.errors import ConfigError, DataError, ModelError, WorkspaceError

SECTIONS = {"backend": {"type": "local"}, "postprocessor": {"type": "noop"}}


def test_all_stages_are_told_and_the_outcome_is_printed(rompy, describe):
    result = rompy("pipeline", describe(**SECTIONS))
    assert result.exit_code == 0, result.stderr
    stages = [line.split(" (")[0] for line in result.stderr.splitlines() if line[0] in "→✓✗"]
    assert stages == ["→ generate", "✓ generate", "→ run", "✓ run", "→ postprocess", "✓ postprocess"]
    assert "workspace: simulations/tide" in result.stdout


def test_sections_may_be_included_files(rompy, describe):
    describe(name="run.yml")
    Path("local.yml").write_text("type: local\n")
    Path("noop.yml").write_text("type: noop\n")
    Path("all.yml").write_text(
        "config: !include run.yml\nbackend: !include local.yml\npostprocessor: !include noop.yml\n"
    )
    assert rompy("pipeline", "all.yml").exit_code == 0


def test_files_given_as_options_win_over_sections(rompy, describe):
    Path("other.yml").write_text("type: local\ncommand: echo from a file\n")
    Path("noop.yml").write_text("type: noop\n")
    name = describe(backend={"type": "nonsense"}, postprocessor={"type": "nonsense"})
    result = rompy("pipeline", name, "--backend-config", "other.yml", "--processor-config", "noop.yml")
    assert result.exit_code == 0, result.stderr
    assert "from a file" in Path("simulations/tide/.rompy/stdout.log").read_text()


@pytest.mark.parametrize(
    ("missing", "flag"), [("backend", "--backend-config"), ("postprocessor", "--processor-config")]
)
def test_a_missing_section_is_a_usage_error_that_names_the_flag(rompy, describe, missing, flag):
    result = rompy("pipeline", describe(**{k: v for k, v in SECTIONS.items() if k != missing}))
    assert result.exit_code == 2
    assert flag in result.stderr
    assert f"section {missing}" in result.stderr


def test_a_misspelt_section_is_explained(rompy, describe):
    describe(name="run.yml")
    Path("all.yml").write_text(
        "config: !include run.yml\nbackend: {type: local}\npostprocesor: {type: noop}\n"
    )
    result = rompy("pipeline", "all.yml")
    assert result.exit_code == ConfigError.exit_status
    assert "all.yml:3: postprocesor: unknown section; did you mean 'postprocessor'?" in result.stderr


def test_a_failure_names_the_stage_and_the_cause(rompy, describe):
    result = rompy("pipeline", describe({"fault": "data"}, **SECTIONS))
    assert result.exit_code == DataError.exit_status
    assert "Error: generate: the bathymetry has gaps\n  Fill them.\n" in result.stderr
    assert result.stderr.count("gaps") == 1
    assert not Path("simulations/tide").exists()


def test_a_failed_model_names_its_logs(rompy, describe):
    result = rompy(
        "pipeline", describe(backend={"type": "local", "command": "exit 3"}, postprocessor={"type": "noop"})
    )
    assert result.exit_code == ModelError.exit_status
    assert "Error: run: exit code 3" in result.stderr
    assert "stdout.log" in result.stderr


def test_json_tells_of_success_and_failure(rompy, describe):
    document = json.loads(rompy("pipeline", describe(**SECTIONS), "--json").stdout)
    assert document["ok"] is True
    assert document["pipeline"]["stages_completed"] == ["generate", "run", "postprocess"]
    result = rompy("pipeline", "tide.yml", "--json")
    document = json.loads(result.stdout)
    assert document["ok"] is False
    assert document["stage"] == "generate"
    assert document["error"]["exit_status"] == result.exit_code == WorkspaceError.exit_status


def test_the_workspace_goes_after_a_failure_if_wanted(rompy, describe):
    name = describe(backend={"type": "local", "command": "exit 3"}, postprocessor={"type": "noop"})
    rompy("pipeline", name, "--cleanup-on-failure")
    assert not Path("simulations/tide").exists()
