"""What every postprocessor must do with the output of a run, and without it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from rompy import plugins
from rompy.core.describing.dump import plain
from rompy.errors import RompyError
from rompy.model import ModelRun
from rompy.postprocess import BasePostprocessorConfig, load_processor_config
from rompy.postprocess.result import has_succeeded
from rompy.testing.folder import contents


class PostprocessorSuite:
    """Tests of a postprocessor through its settings class, as ModelRun.postprocess uses both."""

    @pytest.fixture
    def settings(self) -> BasePostprocessorConfig:
        """The settings under test."""
        raise NotImplementedError("supply a fixture `settings`")

    @pytest.fixture
    def finished_run(self) -> ModelRun:
        """A run whose workspace holds the output to process, in a folder of the test's own."""
        raise NotImplementedError("supply a fixture `finished_run`")

    @pytest.fixture
    def unfinished_run(self, tmp_path: Path) -> ModelRun:
        """A run that never was: its workspace does not exist."""
        return ModelRun(run_id="never was", output_dir=tmp_path / "no such folder")

    def test_settings_and_processor_are_found_by_name(self, settings: BasePostprocessorConfig) -> None:
        assert isinstance(settings, BasePostprocessorConfig)
        assert isinstance(settings.type, str), "declare  type: Literal['name'] = 'name'"  # type: ignore[attr-defined]
        name = settings.type  # type: ignore[attr-defined]
        assert plugins.load("rompy.postprocess.config", name) is type(settings), (
            "type is not the entry point's name"
        )

    def test_settings_survive_a_file(self, settings: BasePostprocessorConfig, tmp_path: Path) -> None:
        path = tmp_path / "settings.json"
        path.write_text(json.dumps(plain(settings)))
        assert load_processor_config(path) == settings

    def test_an_unknown_setting_is_refused(self, settings: BasePostprocessorConfig) -> None:
        with pytest.raises(ValidationError, match="qqq"):
            type(settings)(**{**settings.model_dump(), "qqq": 1})

    def test_the_processor_is_made_without_arguments(self, settings: BasePostprocessorConfig) -> None:
        assert callable(settings.get_postprocessor_class()().process)

    def test_output_is_processed(self, settings: BasePostprocessorConfig, finished_run: ModelRun) -> None:
        result = finished_run.postprocess(settings)
        assert has_succeeded(result), str(result)
        assert result is not None, "a result says at least whether it succeeded"

    def test_output_stays_as_it_was(self, settings: BasePostprocessorConfig, finished_run: ModelRun) -> None:
        before = contents(finished_run.staging_dir)
        finished_run.postprocess(settings)
        after = contents(finished_run.staging_dir)
        assert {name: after.get(name) for name in before} == before

    def test_description_and_settings_stay_as_they_were(
        self, settings: BasePostprocessorConfig, finished_run: ModelRun
    ) -> None:
        before = plain(finished_run), plain(settings)
        finished_run.postprocess(settings)
        assert (plain(finished_run), plain(settings)) == before

    def test_it_can_be_repeated(self, settings: BasePostprocessorConfig, finished_run: ModelRun) -> None:
        finished_run.postprocess(settings)
        first = contents(finished_run.staging_dir)
        assert has_succeeded(finished_run.postprocess(settings))
        assert contents(finished_run.staging_dir).keys() == first.keys()

    def test_missing_output_is_no_success(
        self, settings: BasePostprocessorConfig, unfinished_run: ModelRun, tmp_path: Path
    ) -> None:
        before = contents(tmp_path, without=())
        try:
            result = unfinished_run.postprocess(settings)
        except (RompyError, FileNotFoundError) as error:
            said = str(error)
        else:
            assert not has_succeeded(result), "there was nothing to process, and yet it succeeded"
            said = str(result.get("message") if isinstance(result, Mapping) else result)
        assert said.strip(), "it failed without a word"
        assert contents(tmp_path, without=()) == before, "something was left behind"

    def test_settings_can_be_overridden_for_one_call(
        self, settings: BasePostprocessorConfig, finished_run: ModelRun
    ) -> None:
        own = ("type", "timeout", "env_vars", "working_dir")
        given: dict[str, Any] = {k: v for k, v in settings.model_dump().items() if k not in own}
        if not given:
            pytest.skip("has no settings of its own")
        name, value = next(iter(given.items()))
        assert has_succeeded(finished_run.postprocess(settings, **{name: value}))
