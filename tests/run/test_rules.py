"""Models that end with exit code 0 after they have failed."""

import pytest

from rompy.backends import LocalConfig
from rompy.core.success import Success
from rompy.jobs import JobState
from rompy.run.local import LocalRunBackend
from rompy.run.rules import ready_rules, success_rules


def run_in(run, command, **settings):
    return LocalRunBackend().run(run, LocalConfig(command=command, **settings), run.staging_dir)


def as_model(run, model_type):
    run.config.model_type = model_type
    return run


@pytest.mark.parametrize(
    ("model_type", "command", "rule"),
    [
        ("swan", "touch norm_end; echo 'no wind field' > Errfile", "must_not_exist: Errfile*"),
        ("swan", "echo stopped", "must_exist: norm_end"),
        ("swan", "echo ok > norm_end", None),
        ("schism", "echo 'ABORT: NaN'", r"must_not_match: \bABORT\b"),
        (
            "schism",
            "mkdir outputs; echo 'MAIN: dt' > outputs/fatal.error",
            "must_not_exist: outputs/fatal.error",
        ),
        ("schism", "mkdir outputs; : > outputs/fatal.error", None),
        ("xbeach", "echo 'Simulation started' > XBlog.txt", "must_match: End of program xbeach"),
        ("xbeach", "echo '  End of program xbeach' > XBlog.txt; : > XBerror.txt", None),
        ("ww3", "echo ' *** WAVEWATCH III ERROR IN W3INIT :'", "must_not_match"),
        ("ww3", "echo ' End of program'", None),
        ("base", "echo ABORT > Errfile", None),
    ],
)
def test_ready_rules_of_models(new_run, model_type, command, rule):
    result = run_in(as_model(new_run(), model_type), command)
    assert result.exit_code == 0
    if rule is None:
        assert result, result.reason
        assert result.rule is None
    else:
        assert result.state is JobState.failed
        assert result.rule.startswith(rule)
        assert "exit code 0, but" in result.reason


def test_the_reason_has_the_words_of_the_error_file(new_run):
    result = run_in(as_model(new_run(), "swan"), "echo ok > norm_end; echo 'no wind field' > Errfile-001")
    assert "no wind field" in result.reason
    assert "Errfile-001" in result.reason


def test_what_an_earlier_attempt_left_does_not_count(new_run):
    run = as_model(new_run(), "swan")
    assert not run_in(run, "echo ok > norm_end; echo bad > Errfile")
    second = run_in(run, "sleep 0.1")
    assert second.rule == "must_exist: norm_end"
    assert run_in(run, "sleep 0.1; echo ok > norm_end")


def test_settings_add_rules_and_switch_them_off(new_run):
    run = as_model(new_run(), "swan")
    assert run_in(run, "true", success={})
    result = run_in(run, "echo ok > norm_end", success={"must_exist": ["hs.nc"]})
    assert result.rule == "must_exist: hs.nc"
    matched = {"must_match": [{"file": "*.prt", "pattern": "Normal +end"}]}
    assert run_in(run, "echo ok > norm_end; echo 'Normal  end' > a.prt", success=matched)


def test_a_configuration_says_it_itself(new_run):
    run = as_model(new_run(), "swan")
    run.config.succeeds_when = lambda: Success(must_exist=["own.out"])
    assert success_rules(run) == Success(must_exist=["own.out"])
    assert run_in(run, "true").rule == "must_exist: own.out"


def test_binary_logs_are_searched_too(new_run):
    rules = {"must_not_match": [{"file": "stdout", "pattern": "NaN"}]}
    result = run_in(new_run(), r"head -c 300000 /dev/zero; printf '\377NaN\001\n'", success=rules)
    assert result.rule == "must_not_match: NaN"


def test_models_without_ready_rules_have_none():
    assert ready_rules("base") is None
    assert ready_rules("anuga") is None
    assert ready_rules("swan_csiro") is not None
