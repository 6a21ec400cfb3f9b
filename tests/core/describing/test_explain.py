from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

from rompy import plugins
from rompy.core.config import BaseConfig
from rompy.core.describing.description import Description
from rompy.core.describing.explain import DescriptionError, explain
from rompy.core.tagged import Tagged
from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError, DataError, MissingFileError


class Wall(RompyBaseModel):
    type: Literal["wall"] = "wall"


class Level(RompyBaseModel):
    type: Literal["water_level"] = "water_level"
    scheme: Literal["set_level", "flather"] = "set_level"
    offset: float = 0.0


class FieldFile(RompyBaseModel):
    file: Path
    variable: str = "manning"


class Estuary(BaseConfig):
    model_type: Literal["estuary"] = "estuary"
    friction: float | FieldFile = 0.025
    boundaries: dict[str, Annotated[Wall | Level, Field(discriminator="type")]] = {}
    stations: list[tuple[float, float]] = []
    mesh: Path | None = None
    token: int = 0

    @field_validator("mesh")
    @classmethod
    def _exists(cls, mesh):
        if not mesh.exists():
            raise MissingFileError(f"{mesh} does not exist", hint="Check the path.")
        return mesh


class Run(RompyBaseModel):
    run_id: str = "x"
    threads: int = Field(1, ge=1, le=64)
    start: datetime | None = None
    config: Annotated[BaseModel | None, Tagged("rompy.config")] = None


@pytest.fixture(autouse=True)
def _estuary():
    with plugins.registered("rompy.config", "estuary", Estuary):
        yield


def complaint(text, model=Run, section=None):
    description = Description.from_text(text, name="tide.yml")
    if section:
        description = description.section(section)
    with pytest.raises(ValidationError) as caught:
        model.model_validate(description.data)
    return explain(caught.value, description, model)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run_idd: x", "tide.yml:1: run_idd: unknown key; did you mean 'run_id'?"),
        (
            "run_id: x\nwhatever: 1",
            "tide.yml:2: whatever: unknown key\n  keys here: config, run_id, start, threads",
        ),
        ("threads: many", "tide.yml:1: threads: expected a whole number, not 'many'"),
        ("threads: 2.5", "tide.yml:1: threads: must be a whole number, not 2.5"),
        ("threads: 0", "tide.yml:1: threads: must be at least 1, not 0"),
        ("threads: [1, 2]", "tide.yml:1: threads: expected a whole number, not [1, 2]"),
        ("threads: {a: 1}", "tide.yml:1: threads: expected a whole number, not keys with values"),
        ("threads:", "tide.yml:1: threads: expected a whole number, not nothing"),
        ("run_id: 2023-02-01", "tide.yml:1: run_id: expected text, not 2023-02-01\n  put it in quotes"),
        ("run_id: no", "tide.yml:1: run_id: expected text, not false\n  put it in quotes"),
        ("start: tomorrow", "tide.yml:1: start: expected a time such as 2023-02-01T06:00:00, not 'tomorrow'"),
        (
            "config:\n  model_type: estuary\n  boundaries:\n    open:\n      type: water_level\n      schema: x",
            "tide.yml:6: config.boundaries.open.schema: unknown key; did you mean 'scheme'?",
        ),
        (
            "config:\n  model_type: estuary\n  boundaries:\n    open:\n      type: water_level\n      zz: x",
            "tide.yml:6: config.boundaries.open.zz: unknown key\n  keys here: offset, scheme, type",
        ),
        (
            "config:\n  model_type: estuary\n  boundaries:\n    open: {type: water_level, scheme: flater}",
            "tide.yml:4: config.boundaries.open.scheme: expected one of 'set_level', 'flather', not 'flater'; "
            "did you mean 'flather'?",
        ),
        (
            "config:\n  model_type: estuary\n  boundaries:\n    open: {type: wal}",
            "tide.yml:4: config.boundaries.open: type: 'wal' is none of 'wall', 'water_level'; did you mean 'wall'?",
        ),
        (
            "config:\n  model_type: estuary\n  boundaries:\n    open: {scheme: flather}",
            "tide.yml:4: config.boundaries.open: 'type' is missing; it tells which kind is meant",
        ),
        (
            "config: {model_type: estuary, friction: {variable: n}}",
            "tide.yml:1: config.friction.file: is missing",
        ),
        (
            "config: {model_type: estuary, friction: rough}",
            "tide.yml:1: config.friction: expected a number, or keys with values, not 'rough'",
        ),
        (
            "config:\n  model_type: estuary\n  stations:\n    - [1, 2]\n    - [1, x]",
            "tide.yml:5: config.stations.1.1: expected a number, not 'x'",
        ),
        ("config: {model_type: estuary, token: abc123}", "tide.yml:1: config.token: expected a whole number"),
    ],
)
def test_one_mistake_gives_one_clear_line(text, message):
    error = complaint(text)
    assert isinstance(error, ConfigError)
    assert str(error) == message


def test_a_model_that_nobody_provides_is_explained():
    text = str(complaint("config: {model_type: swan}"))
    assert text.startswith("tide.yml:1: config: 'swan' is not among the installed model configurations")
    assert "pip install rompy-swan" in text


def test_several_mistakes_give_a_line_each_in_the_order_of_the_file():
    error = complaint("threads: x\nconfig:\n  model_type: estuary\n  friction: x\nrun_id: 7\n")
    assert isinstance(error, DescriptionError)
    assert [problem.line for problem in error.problems] == [1, 4, 5]
    assert str(error).splitlines()[2] == "tide.yml:5: run_id: expected text, not 7 (put it in quotes)"
    assert error.problems[0].to_dict() == {
        "field": "threads",
        "message": "expected a whole number, not 'x'",
        "hint": None,
        "file": "tide.yml",
        "line": 1,
    }


def test_an_error_of_ours_keeps_its_class_and_hint():
    error = complaint("config:\n  model_type: estuary\n  mesh: nope.tsh\n")
    assert isinstance(error, MissingFileError)
    assert error.exit_status == DataError.exit_status
    assert str(error) == "tide.yml:3: config.mesh: nope.tsh does not exist\n  Check the path."


def test_the_path_starts_at_the_top_of_the_file():
    error = complaint("config:\n  threads: x\n", section="config")
    assert str(error) == "tide.yml:2: config.threads: expected a whole number, not 'x'"


def test_nothing_of_pydantic_shows():
    text = str(
        complaint("threads: x\nconfig: {model_type: estuary, friction: [], boundaries: 3, stations: 7}")
    )
    for word in ("pydantic", "Input should", "https", "Estuary", "FieldFile", "type="):
        assert word not in text


def test_data_without_a_file_are_explained_too():
    with pytest.raises(ValidationError) as caught:
        Run.model_validate({"threads": "x"})
    assert (
        str(explain(caught.value, Description.of({"threads": "x"})))
        == "threads: expected a whole number, not 'x'"
    )
