"""The parts of a description, by their places."""

from pydantic import BaseModel

from rompy.core.parts import parts_of, texts_of


class Inner(BaseModel):
    x: int = 1
    other: object = None


class Outer(BaseModel):
    a: Inner
    many: list[Inner]
    named: dict[str, Inner]


def test_models_are_found_in_models_lists_and_dicts():
    run = Outer(a=Inner(), many=[Inner(), Inner()], named={"k": Inner()})
    assert [path for path, _ in parts_of(run)] == ["", "a", "many.0", "many.1", "named.k"]


def test_a_description_that_holds_itself_has_an_end():
    inner = Inner()
    inner.other = inner
    assert len(list(parts_of(inner))) == 1


def test_texts_are_known_by_their_first_place():
    assert texts_of({"a": ["x", {"b": "y"}], "c": "x", "n": 1}) == {"x": "a.0", "y": "a.1.b"}
