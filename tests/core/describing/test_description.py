import pytest

from rompy.core.describing.description import Description
from rompy.errors import ConfigError
from rompy.templating import TemplateError

TEXT = """\
config:
  run_id: ${NO_SUCH_VARIABLE}
  period:
    start: 2023-02-01
backend:
  type: local
"""


@pytest.fixture
def description():
    return Description.from_text(TEXT, name="tide.yml")


def test_a_key_is_located(description):
    assert description.locate(("config", "period", "start")) == ("tide.yml", 4)


def test_an_unknown_key_is_located_at_its_parent(description):
    assert description.locate(("config", "period", "nope")) == ("tide.yml", 3)


def test_a_section_keeps_its_places_and_its_path(description):
    section = description.section("config").section("period")
    assert section.locate(("start",)) == ("tide.yml", 4)
    assert str(section.error("is late", ("start",))) == "tide.yml:4: config.period.start: is late"


def test_a_missing_section_is_an_error(description):
    with pytest.raises(ConfigError, match=r"tide\.yml:1: the section 'postprocessor' is missing"):
        description.section("postprocessor")


def test_anything_but_a_mapping_is_an_error():
    with pytest.raises(ConfigError, match="expected keys with values, but found a list"):
        Description.from_text("[1]").require_mapping()
    with pytest.raises(ConfigError, match="but found nothing"):
        Description.from_text("").section("config")


def test_an_expression_that_cannot_be_resolved_is_located(description):
    with pytest.raises(
        TemplateError, match=r"^tide\.yml:2: config\.run_id: the variable NO_SUCH_VARIABLE is not set"
    ):
        description.section("config").rendered()


def test_rendering_keeps_the_original(description, monkeypatch):
    monkeypatch.setenv("NO_SUCH_VARIABLE", "x")
    assert description.rendered().data["config"]["run_id"] == "x"
    assert description.data["config"]["run_id"] == "${NO_SUCH_VARIABLE}"


def test_data_without_a_file_have_paths_only():
    error = Description.of({"a": [1]}).error("is bad", ("a", 0))
    assert str(error) == "a.0: is bad"


def test_sections_can_be_left_out(description):
    assert list(description.without("backend").data) == ["config"]
