import json
import subprocess
import sys
from pathlib import Path

import pytest


def test_success_says_where_how_much_and_what_next(rompy, describe):
    result = rompy("generate", describe())
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "simulations/tide: 1 file, 4 B",
        "  puddle.txt       4 B",
        "Next: rompy run tide.yml --skip-generate",
    ]
    assert result.stderr == ""
    assert Path("simulations/tide/puddle.txt").read_text() == "1.0\n"


def test_quiet_prints_the_result_only(rompy, describe):
    result = rompy("generate", describe(), "-q")
    assert result.stdout.startswith("simulations/tide")
    assert "Next" not in result.stdout


def test_json_is_one_document_on_stdout(rompy, describe):
    document = json.loads(rompy("generate", describe(), "--json").stdout)
    assert document["ok"] is True
    assert document["command"] == "generate"
    assert document["workspace"] == "simulations/tide"
    assert document["files"] == [{"path": "puddle.txt", "bytes": 4}]


def test_logs_go_to_stderr(rompy, describe):
    result = rompy("generate", describe(), "-v")
    assert "INFO: generating tide in simulations/tide" in result.stderr
    assert "INFO" not in result.stdout


@pytest.mark.parametrize(
    ("option", "start"), [("--simple-logs", "generating tide"), ("--detailed-logs", "20")]
)
def test_logs_can_be_simple_or_detailed(rompy, describe, option, start):
    assert rompy("generate", describe(), "-v", option).stderr.startswith(start)


def test_a_log_file_is_kept_on_request(rompy, describe, folder):
    rompy("generate", describe(), "-v", "--log-dir", folder / "logs")
    assert "generating tide" in (folder / "logs" / "rompy.log").read_text()


def test_the_environment_sets_the_options(rompy, describe):
    result = rompy("generate", describe(), env={"ROMPY_LOG_LEVEL": "info", "ROMPY_SIMPLE_LOGS": "1"})
    assert result.stderr.startswith("generating tide in simulations/tide\n")


def test_the_output_folder_can_be_given(rompy, describe):
    assert rompy("generate", describe(), "--output-dir", "elsewhere").exit_code == 0
    assert Path("elsewhere/tide/puddle.txt").is_file()


def test_the_description_can_come_from_the_environment(rompy, describe):
    text = Path(describe()).read_text()
    assert rompy("generate", "--config-from-env", env={"ROMPY_CONFIG": text}).exit_code == 0
    assert rompy("generate", "--config-from-env", env={"ROMPY_CONFIG": "tide.yml"}).exit_code == 0


def test_the_description_can_be_the_argument_itself(rompy, describe):
    assert rompy("generate", Path(describe()).read_text()).exit_code == 0


@pytest.mark.parametrize("arguments", [(), ("tide.yml", "--config-from-env")])
def test_both_or_no_description_is_a_usage_error(rompy, describe, arguments):
    describe()
    result = rompy("generate", *arguments)
    assert result.exit_code == 2
    assert "Give either CONFIG or --config-from-env" in result.stderr


def test_variables_are_resolved(rompy, describe, monkeypatch):
    monkeypatch.setenv("DEPTH", "2.5")
    name = describe({"depth": "${DEPTH}"}, run_id="run_${N:-0001}")
    assert rompy("generate", name).exit_code == 0
    assert Path("simulations/run_0001/puddle.txt").read_text() == "2.5\n"


def test_a_pipeline_file_will_do(rompy, describe):
    describe(name="run.yml")
    Path("all.yml").write_text(
        "config: !include run.yml\nbackend: {type: local}\npostprocessor: {type: noop}\n"
    )
    assert rompy("generate", "all.yml").exit_code == 0


def test_type_is_as_good_as_model_type(rompy):
    assert (
        rompy(
            "generate", "run_id: tide\nperiod: {start: 2023-02-01, duration: 1h}\nconfig: {type: puddle}"
        ).exit_code
        == 0
    )


@pytest.mark.parametrize("shown", [True, False])
def test_warnings_of_libraries_are_hidden_unless_wanted(shown):
    code = (
        "import warnings; from rompy.cli.session import Session\n"
        f"with Session('generate', show_warnings={shown}): warnings.warn('old habits')"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ("old habits" in result.stderr) == shown
