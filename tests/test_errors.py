"""Errors say what, where and what to do, and end the command line with their own status."""

import pickle

import pytest

from rompy import errors

ALL = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, errors.RompyError)
]


def test_text_names_place_message_and_hint():
    error = errors.ConfigError("no such key", hint="Remove it.", field="config.grdi", file="run.yml", line=7)
    assert str(error) == "run.yml:7: config.grdi: no such key\n  Remove it."


def test_text_without_a_place_is_the_message_alone():
    assert str(errors.DataError("no data")) == "no data"


@pytest.mark.parametrize("cls", ALL, ids=lambda c: c.__name__)
def test_every_error_can_be_raised_with_all_its_facts(cls):
    error = cls("what", hint="do", field="f", file="x", line=1)
    assert (error.message, error.hint, error.field, error.line) == ("what", "do", "f", 1)
    assert "what" in str(error)


def test_exit_statuses_tell_the_main_kinds_apart_and_leave_usage_errors_alone():
    kinds = [cls for cls in ALL if errors.RompyError in cls.__bases__]
    statuses = [kind.exit_status for kind in kinds]
    assert len(set(statuses)) == len(statuses)
    assert not {0, 1, 2} & set(statuses)


def test_a_missing_file_is_also_the_builtin_kind():
    with pytest.raises(FileNotFoundError):
        raise errors.MissingFileError("gone")


def test_errors_survive_pickling_with_their_message():
    assert "what" in str(pickle.loads(pickle.dumps(errors.DataError("what"))))
