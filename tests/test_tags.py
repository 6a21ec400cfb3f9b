"""Tags of a class are read from its source, so that finding a plugin does not import the others."""

import sys
from typing import Literal

from pydantic import BaseModel

from rompy.tags import tags_in_source, tags_of_class


def test_tags_of_a_class_are_its_literals_and_default():
    class Model(BaseModel):
        model_type: Literal["a", "A"] = "a"

    assert tags_of_class(Model) == {"a", "A"}


def test_the_field_type_serves_where_there_is_no_model_type():
    class Settings(BaseModel):
        type: Literal["local"] = "local"

    assert tags_of_class(Settings) == {"local"}


def test_anything_else_has_no_tags():
    assert tags_of_class(int) == frozenset()


def test_source_is_read_without_importing(tmp_path, monkeypatch):
    package = tmp_path / "unseen_pkg"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "models.py").write_text(
        "import typing\nclass M(Base):\n    x: int = 1\n    model_type: typing.Literal['m', 'M'] = 'm'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert tags_in_source("unseen_pkg.models:M") == {"m", "M"}
    assert tags_in_source("unseen_pkg.models:Other") == frozenset()
    assert tags_in_source("unseen_pkg.gone:M") == frozenset()
    assert tags_in_source("no_such_package.models:M") == frozenset()
    assert "unseen_pkg" not in sys.modules
