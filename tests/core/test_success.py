"""What may be said about the success of a model."""

import pytest
from pydantic import ValidationError

from rompy.core.success import Success


def test_rules_add_up_without_doubles():
    both = Success(must_exist=["a.nc"]) + Success(must_exist=["a.nc", "b.nc"], must_not_exist=["err"])
    assert both == Success(must_exist=["a.nc", "b.nc"], must_not_exist=["err"])
    assert both + None == both


def test_no_rules_are_false():
    assert not Success()
    assert Success(must_exist=["a"])


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "", "a\0"])
def test_files_are_inside_the_workspace(name):
    with pytest.raises(ValidationError, match="inside the workspace"):
        Success(must_exist=[name])
    with pytest.raises(ValidationError):
        Success(must_match=[{"file": name, "pattern": "x"}])


def test_patterns_are_regular_expressions():
    with pytest.raises(ValidationError, match="not a regular expression"):
        Success(must_match=[{"file": "stdout", "pattern": "("}])
