"""The options that all commands share."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rompy.cli.session import Session

if TYPE_CHECKING:
    from rompy.core.describing.run_file import RunFile

F = TypeVar("F", bound=Callable[..., Any])

_COMMON = (
    click.option("-v", "--verbose", count=True, help="Say more: -v what is done, -vv every detail."),
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but results and errors."),
    click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document."),
    click.option(
        "--log-dir",
        type=click.Path(file_okay=False),
        envvar="ROMPY_LOG_DIR",
        help="Keep a log file in this folder.",
    ),
    click.option(
        "--show-warnings/--hide-warnings",
        default=False,
        help="Show warnings that Python libraries issue.  [default: hide]",
    ),
    click.option(
        "--ascii-only/--unicode",
        "ascii_only",
        default=None,
        envvar="ROMPY_ASCII_ONLY",
        help="Draw with plain ASCII characters.",
    ),
    click.option(
        "--simple-logs/--detailed-logs",
        "simple_logs",
        default=None,
        envvar="ROMPY_SIMPLE_LOGS",
        help="Log messages alone, or with time and origin.",
    ),
)

_CONFIG = (
    click.argument("config", required=False, metavar="[CONFIG]"),
    click.option(
        "--config-from-env",
        is_flag=True,
        help="Read the description from the variable ROMPY_CONFIG instead of CONFIG.",
    ),
)

output_dir = click.option(
    "--output-dir",
    type=click.Path(),
    help="Folder for the run's folder, instead of output_dir.",
)
site = click.option(
    "--site",
    envvar="ROMPY_SITE",
    metavar="NAME|FILE",
    help="Profile of the machine, which fills in what the settings of the backend leave open; 'none': use no "
    "profile.  [default: the profile named default]",
)
delete_existing = click.option(
    "--delete-existing", is_flag=True, help="Replace a run that rompy made under the same name."
)


def common_options(function: F) -> F:
    """Add the options that every command has. The command gets a `Session` as its first argument."""

    @wraps(function)
    def command(
        *args: Any,
        verbose: int,
        quiet: bool,
        as_json: bool,
        log_dir: str | None,
        show_warnings: bool,
        ascii_only: bool | None,
        simple_logs: bool | None,
        **kwargs: Any,
    ) -> Any:
        session = Session(
            command=click.get_current_context().command.name or "",
            verbose=verbose,
            quiet=quiet,
            as_json=as_json,
            log_dir=log_dir,
            show_warnings=show_warnings,
            ascii_only=ascii_only,
            simple_logs=simple_logs,
        )
        with session:
            return function(session, *args, **kwargs)

    return _with(command, _COMMON)  # type: ignore[return-value]


def config_options(function: F) -> F:
    """Add the argument CONFIG and its stand-in. The command gets ``source``, a `RunFile`."""

    @wraps(function)
    def command(session: Session, *, config: str | None, config_from_env: bool, **kwargs: Any) -> Any:
        _require_one_of_two(config is not None, config_from_env)
        from rompy.core.describing.run_file import RunFile, read_description

        if config is not None:
            session.subject = _shown(config)
        env_var = "ROMPY_CONFIG" if config_from_env else None
        session.source = RunFile.of(read_description(config or "", env_var=env_var))
        return function(session, session.source, **kwargs)

    return _with(command, _CONFIG)  # type: ignore[return-value]


@dataclass(frozen=True)
class Described:
    """A description that was named on the command line."""

    name: str
    source: RunFile


def descriptions_options(function: F) -> F:
    """Add the argument CONFIG..., for several descriptions. The command gets ``described``, a list of `Described`."""

    @wraps(function)
    def command(session: Session, *, configs: tuple[str, ...], config_from_env: bool, **kwargs: Any) -> Any:
        _require_one_of_two(bool(configs), config_from_env)
        from rompy.core.describing.run_file import RunFile, read_description

        if configs:
            names = [name for config in configs for name in _matching(config)]
            session.subject = _shown(names[0])
            described = [Described(name, RunFile.of(read_description(name))) for name in names]
        else:
            source = RunFile.of(read_description("", env_var="ROMPY_CONFIG"))
            described = [Described("ROMPY_CONFIG", source)]
        session.source = described[0].source
        return function(session, described, **kwargs)

    return _with(command, (click.argument("configs", nargs=-1, metavar="[CONFIG]..."), _CONFIG[1]))  # type: ignore[return-value]


def _require_one_of_two(has_config: bool, from_env: bool) -> None:
    if has_config == from_env:
        both = "both CONFIG and --config-from-env" if has_config else "neither CONFIG nor --config-from-env"
        raise click.UsageError(f"Give either CONFIG or --config-from-env ({both} given).")


def _shown(config: str) -> str:
    """CONFIG as it can be typed again; a description that was given as text itself is not repeated."""
    return shlex.quote(config) if len(config) < 200 else "CONFIG"


def _matching(config: str) -> list[str]:
    """Files that a pattern stands for which the shell has left as it is; the text itself when it is none."""
    if "\n" in config or not any(sign in config for sign in "*?[") or Path(config).exists():
        return [config]
    return sorted(glob(config)) or [config]  # noqa: PTH207 - patterns may be absolute


def _with(command: Callable[..., Any], decorators: tuple[Callable[[Any], Any], ...]) -> Callable[..., Any]:
    for decorator in reversed(decorators):
        command = decorator(command)
    return command
