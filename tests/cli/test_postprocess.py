import json
from pathlib import Path
from typing import Any, Literal

import pytest

from rompy import plugins
from rompy.errors import ConfigError, PostprocessError
from rompy.postprocess import BasePostprocessorConfig


class Picture:
    """A result that is no dict."""

    success = True
    summary = "high water 0.8 m\nlag 2 h"
    files = (Path("out/map.png"), Path("out/series.png"))


class Painter:
    result: Any = Picture()

    def process(self, model_run, **settings):
        Painter.settings = settings
        return self.result


class PainterConfig(BasePostprocessorConfig):
    type: Literal["painter"] = "painter"
    colour: str = "blue"

    def get_postprocessor_class(self):
        return Painter


@pytest.fixture(autouse=True)
def _painter():
    with plugins.registered("rompy.postprocess.config", "painter", PainterConfig):
        yield


def test_the_summary_and_the_files_are_printed(rompy, describe):
    result = rompy("postprocess", describe(postprocessor={"type": "painter"}))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["high water 0.8 m", "lag 2 h", "out/map.png", "out/series.png"]


def test_settings_from_a_file_are_rendered(rompy, describe, monkeypatch):
    monkeypatch.setenv("COLOUR", "red")
    Path("paint.yml").write_text("type: painter\ncolour: ${COLOUR}\n")
    assert rompy("postprocess", describe(), "--processor-config", "paint.yml").exit_code == 0
    assert Painter.settings == {"colour": "red"}


def test_processors_get_only_the_options_that_were_given(rompy, describe):
    name = describe(postprocessor={"type": "painter"})
    rompy("postprocess", name, "--output-dir", "out", "--no-validate")
    assert Painter.settings == {"colour": "blue", "output_dir": "out", "validate_outputs": False}


def test_without_settings_the_message_says_how_to_give_them(rompy, describe):
    result = rompy("postprocess", describe())
    assert result.exit_code == 2
    assert "--processor-config" in result.stderr


def test_an_unknown_processor_is_located(rompy, describe):
    result = rompy("postprocess", describe(postprocessor={"type": "paintr"}))
    assert result.exit_code == ConfigError.exit_status
    assert "postprocessor.type: unknown type 'paintr'; did you mean 'painter'?" in result.stderr


def test_no_success_is_an_error(rompy, describe):
    result = rompy("postprocess", describe(postprocessor={"type": "noop"}))
    assert result.exit_code == PostprocessError.exit_status
    assert "Output directory not found" in result.stderr


@pytest.mark.parametrize(
    ("value", "lines", "document"),
    [
        ({"success": True, "range_m": 0.43219, "files": ["a.nc"]}, ["a.nc"], {"files": ["a.nc"]}),
        ({"success": True, "range_m": 0.43219}, ["range_m: 0.4322"], {"range_m": 0.43219}),
        ({"success": True, "files": 3}, ["files: 3"], {"files": 3}),
        (True, [], True),
        (None, [], None),
        ("done", ["done"], "done"),
    ],
)
def test_results_of_any_kind(rompy, describe, monkeypatch, value, lines, document):
    monkeypatch.setattr(Painter, "result", value)
    name = describe(postprocessor={"type": "painter"})
    assert rompy("postprocess", name).stdout.splitlines() == lines
    shown = json.loads(rompy("postprocess", name, "--json").stdout)["postprocess"]
    assert shown == document or document.items() <= shown.items()
