"""What every run backend must do with a model that works, fails, hangs, or is not there at all."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import psutil
import pytest
from pydantic import ValidationError

from rompy import plugins
from rompy.backends import BaseBackendConfig, load_backend_config
from rompy.core.config import BaseConfig
from rompy.core.describing.dump import plain
from rompy.core.launch import Launch
from rompy.errors import RompyError
from rompy.jobs import JobState, RunResult, request_cancel
from rompy.model import ModelRun
from rompy.testing.folder import contents

MakeSettings = Callable[..., BaseBackendConfig]

AWKWARD = 'it\'s a "folder" of $HOME `x` & more; Größe'
"""A folder name that careless quoting breaks."""


class RunBackendSuite:
    """Tests of a run backend through its settings class, as ModelRun.run uses both.

    The models are commands for a POSIX shell. They run in a workspace whose path is full of blanks and quotes.
    """

    takes_command: ClassVar[bool] = True
    """Whether settings without a command are allowed, the model's configuration then saying how it is started."""
    same_machine: ClassVar[bool] = True
    """Whether the model's processes can be seen from here."""
    patience: ClassVar[float] = 60.0
    """Seconds after which a model that was to be ended must be gone."""

    @pytest.fixture
    def make_settings(self) -> MakeSettings:
        """A function of the keywords ``command`` (None: none), ``timeout`` (s) and ``env_vars`` that gives settings."""
        raise NotImplementedError("supply a fixture `make_settings`")

    @pytest.fixture
    def run(self, tmp_path: Path) -> ModelRun:
        """A run whose configuration does not say how its model is started."""
        return ModelRun(run_id="run", output_dir=tmp_path / AWKWARD)

    @pytest.fixture
    def workspace(self, run: ModelRun) -> Path:
        """Its generated workspace."""
        return run.generate()

    def test_settings_and_backend_are_found_by_name(self, make_settings: MakeSettings) -> None:
        settings = make_settings(command="true")
        backend = settings.get_backend_class()
        assert isinstance(settings, BaseBackendConfig)
        assert _name_of("rompy.backend.config", type(settings)), "not in the group rompy.backend.config"
        assert _name_of("rompy.run", backend), "the backend is not in the group rompy.run"

    def test_settings_survive_a_file(self, make_settings: MakeSettings, tmp_path: Path) -> None:
        settings = make_settings(
            command="echo 'two words' && true", timeout=61, env_vars={"A": "1", "B": "b c"}
        )
        name = _name_of("rompy.backend.config", type(settings))
        path = tmp_path / "settings.json"
        path.write_text(json.dumps({**plain(settings), "type": name}))
        assert load_backend_config(path) == settings

    def test_an_unknown_setting_is_refused(self, make_settings: MakeSettings) -> None:
        cls = type(make_settings(command="true"))
        with pytest.raises(ValidationError, match="qqq"):
            cls(**{**make_settings(command="true").model_dump(), "qqq": 1})

    def test_a_model_that_ends_well_succeeded(
        self, make_settings: MakeSettings, run: ModelRun, workspace: Path
    ) -> None:
        result = run.run(make_settings(command="echo result > out.txt"), workspace)
        _check(result, JobState.succeeded, workspace)
        assert result.exit_code == 0
        assert (workspace / "out.txt").read_text() == "result\n", "the model did not run in the workspace"

    def test_a_model_that_ends_badly_failed(
        self, make_settings: MakeSettings, run: ModelRun, workspace: Path
    ) -> None:
        result = run.run(make_settings(command="echo the bed is dry >&2; exit 3"), workspace)
        _check(result, JobState.failed, workspace)
        assert result.exit_code == 3
        assert "the bed is dry" in result.reason, "the reason lacks the model's last words"

    def test_a_program_that_is_not_there_failed(
        self, make_settings: MakeSettings, run: ModelRun, workspace: Path
    ) -> None:
        _check(run.run(make_settings(command="no-such-program-9f2c"), workspace), JobState.failed, workspace)

    def test_a_model_that_a_signal_ends_failed(
        self, make_settings: MakeSettings, run: ModelRun, workspace: Path
    ) -> None:
        result = run.run(make_settings(command="kill -9 $$"), workspace)
        _check(result, JobState.failed, workspace)

    def test_what_executes_nothing_does_not_succeed(
        self, make_settings: MakeSettings, run: ModelRun, workspace: Path
    ) -> None:
        with pytest.raises((RompyError, ValidationError)) as caught:
            run.run(make_settings(command=None), workspace)
        assert "command" in str(caught.value), "the message does not say what to give"

    def test_the_configuration_can_say_how_its_model_is_started(
        self, make_settings: MakeSettings, tmp_path: Path
    ) -> None:
        if not self.takes_command:
            pytest.skip("takes_command is False: the settings always have one")
        run = ModelRun(run_id="run", output_dir=tmp_path / AWKWARD, config=_Launching())
        result = run.run(make_settings(command=None, env_vars={"GIVEN": "settings"}))
        _check(result, JobState.succeeded, run.staging_dir)
        assert (run.staging_dir / "it's out.txt").read_text() == "configuration settings"

    def test_words_and_environment_reach_the_model_as_they_are(
        self, make_settings: MakeSettings, run: ModelRun, workspace: Path
    ) -> None:
        value = 'it\'s "quoted" $HOME `touch hacked` $(touch hacked) \\n ; Größe'
        settings = make_settings(command='printf %s "$AWKWARD" > out.txt', env_vars={"AWKWARD": value})
        _check(run.run(settings, workspace), JobState.succeeded, workspace)
        assert (workspace / "out.txt").read_text(encoding="utf-8") == value
        assert not (workspace / "hacked").exists(), "a value was executed"

    def test_logs_are_kept(self, make_settings: MakeSettings, run: ModelRun, workspace: Path) -> None:
        command = "echo to output; printf '\\377 no text\\n'; echo to errors >&2"
        result = run.run(make_settings(command=command), workspace)
        _check(result, JobState.succeeded, workspace)
        assert result.stdout_log is not None
        assert b"to output\n\xff no text\n" in result.stdout_log.read_bytes()
        assert result.stderr_log is not None
        assert b"to errors\n" in result.stderr_log.read_bytes()

    def test_a_model_that_hangs_is_ended_with_its_children(
        self, make_settings: MakeSettings, run: ModelRun, workspace: Path
    ) -> None:
        for timeout in (1, 5, 25):  # longer where the model has not begun by then
            began = time.monotonic()
            result = run.run(make_settings(command=_HANG, timeout=timeout), workspace)
            assert time.monotonic() - began < timeout + self.patience
            _check(result, JobState.timeout, workspace)
            if (workspace / "started").exists():
                break
        self.check_gone(workspace)

    def test_a_model_can_be_cancelled_from_elsewhere(
        self, make_settings: MakeSettings, run: ModelRun, workspace: Path
    ) -> None:
        elsewhere = threading.Thread(target=_cancel_when_started, args=(workspace, self.patience))
        elsewhere.start()
        result = run.run(make_settings(command=_HANG, timeout=600), workspace)
        elsewhere.join()
        _check(result, JobState.cancelled, workspace)
        self.check_gone(workspace)

    def check_gone(self, workspace: Path) -> None:
        """Fail if the processes of a model that was ended still run."""
        if not self.same_machine:
            return
        pids = [int(pid) for pid in (workspace / "pids").read_text().split()]
        assert len(pids) == 2
        deadline = time.monotonic() + self.patience
        while (alive := [pid for pid in pids if _is_alive(pid)]) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not alive, "the model or a child of it still runs"

    def test_without_a_workspace_it_is_generated(self, make_settings: MakeSettings, run: ModelRun) -> None:
        result = run.run(make_settings(command="test -f INPUT"))
        _check(result, JobState.succeeded, run.staging_dir)

    def test_a_workspace_that_is_missing_is_an_error(
        self, make_settings: MakeSettings, run: ModelRun, tmp_path: Path
    ) -> None:
        with pytest.raises(RompyError, match="nowhere"):
            run.run(make_settings(command="true"), tmp_path / "nowhere")
        assert not (tmp_path / "nowhere").exists()

    def test_the_callers_process_stays_as_it_was(
        self, make_settings: MakeSettings, run: ModelRun, workspace: Path
    ) -> None:
        before = Path.cwd(), dict(os.environ), os.umask(0o022)
        run.run(make_settings(command="cd /; A=2", env_vars={"A": "1"}), workspace)
        assert (Path.cwd(), dict(os.environ), os.umask(before[2])) == (before[0], before[1], 0o022)

    def test_input_and_description_stay_as_they_were(
        self, make_settings: MakeSettings, run: ModelRun, workspace: Path
    ) -> None:
        settings = make_settings(command="true", env_vars={"A": "1"})
        before = contents(workspace), plain(run), plain(settings)
        run.run(settings, workspace)
        assert (contents(workspace), plain(run), plain(settings)) == before

    def test_a_run_can_be_repeated_in_its_workspace(
        self, make_settings: MakeSettings, run: ModelRun, workspace: Path
    ) -> None:
        _check(run.run(make_settings(command="exit 1"), workspace), JobState.failed, workspace)
        result = run.run(make_settings(command="true"), workspace)
        _check(result, JobState.succeeded, workspace)
        assert result.attempt == 2


_HANG = "sleep 987 & echo $! > pids; echo $$ >> pids; touch started; sleep 987"
"""A model that hangs, with a child that would outlive it."""


class _Launching(BaseConfig):
    """Says how its model is started, in words that need quoting."""

    def launch(self) -> Launch:
        script = 'printf "%s %s" "$FROM" "$GIVEN" > "$1"'
        return Launch(("sh", "-c", script, "sh", "it's out.txt"), env={"FROM": "configuration"})


def _name_of(group: str, cls: type[Any]) -> str | None:
    names = (plugin.name for plugin in plugins.entries(group))
    return next((name for name in names if plugins.load(group, name) is cls), None)


def _check(result: Any, state: JobState, workspace: Path) -> None:
    """A result says what happened, to people and programs alike."""
    assert isinstance(result, RunResult)
    assert result.state is state, str(result)
    assert bool(result) is (state is JobState.succeeded)
    assert result.reason.strip(), "there is no reason"
    assert Path(result.workspace).resolve() == workspace.resolve()
    assert result.backend
    assert _in_order(result.submitted, result.started, result.ended)
    assert RunResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    if state is JobState.failed:
        assert result.exit_code != 0


def _in_order(*moments: datetime | None) -> bool:
    known = [moment for moment in moments if moment is not None]
    return known == sorted(known) and all(moment.utcoffset() == timedelta(0) for moment in known)


def _cancel_when_started(workspace: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not (workspace / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    request_cancel(workspace)


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
