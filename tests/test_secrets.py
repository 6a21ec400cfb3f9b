import pytest

from rompy.secrets import MASK, is_secret, without_secrets


@pytest.mark.parametrize(
    "name",
    [
        "API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "dbPassword",
        "token",
        "DATAMESH_TOKEN",
        "APIKey",
        "passwd",
        "credentials",
    ],
)
def test_names_that_speak_of_secrets(name):
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["OMP_NUM_THREADS", "PWD", "KEYBOARD", "PATH", "MONKEY", "tokenizer", "", "AUTHOR"]
)
def test_ordinary_names(name):
    assert not is_secret(name, "value")


def test_a_login_in_an_address_is_a_secret():
    assert is_secret("PROXY", "https://me:hunter2@example.org:8080/x")
    assert not is_secret("PROXY", "https://example.org:8080/x@y")


def test_settings_are_masked_at_any_depth():
    settings = {
        "env_vars": {"OMP_NUM_THREADS": "2", "API_KEY": "abc", "URL": "s3://u:p@host/x"},
        "tokens": ["a", "b"],
        "timeout": 60,
        "login": {"password": ""},
    }
    assert without_secrets(settings) == {
        "env_vars": {"OMP_NUM_THREADS": "2", "API_KEY": MASK, "URL": f"s3://{MASK}@host/x"},
        "tokens": [MASK, MASK],
        "timeout": 60,
        "login": {"password": ""},
    }
    assert settings["env_vars"]["API_KEY"] == "abc"


def test_a_secret_from_an_expression_reaches_no_log(monkeypatch):
    import logging

    from rompy import secrets
    from rompy.logging.console import LineFormatter
    from rompy.templating import render_string

    monkeypatch.setattr(secrets, "_known", {})
    assert render_string("Bearer ${API_TOKEN}", {"API_TOKEN": "s3cr3t-value"}) == "Bearer s3cr3t-value"
    record = logging.makeLogRecord({"msg": "header %s", "args": ("Bearer s3cr3t-value",)})
    assert LineFormatter().format(record).endswith("header Bearer ***")


def test_a_command_whose_argument_is_a_secret_by_value_is_masked(monkeypatch):
    from rompy import secrets

    monkeypatch.setattr(secrets, "_known", {"s3cr3t-value": "API_TOKEN"})
    assert without_secrets({"FOO": "s3cr3t-value", "command": ["x", "--with=s3cr3t-value"]}) == {
        "FOO": MASK,
        "command": ["x", f"--with={MASK}"],
    }
