"""The command line. It reads options, calls the library and shows results; commands are imported when used."""

from __future__ import annotations

from typing import Any

import click

from rompy.cli.lazy import LazyGroup
from rompy.cli.statuses import EPILOG

COMMANDS = {
    "generate": "Write the input files of a model.",
    "run": "Generate a workspace and run the model in it.",
    "submit": "Generate workspaces, hand the runs over and return.",
    "jobs": "List all runs, with how they stand now.",
    "status": "Tell how runs stand: state, reason, progress, where the logs are.",
    "logs": "Show what a model wrote.",
    "wait": "Wait until runs have ended.",
    "cancel": "End runs, with all processes of their models.",
    "resume": "Run again what did not succeed, and leave alone what did.",
    "postprocess": "Turn the output of a run into datasets, pictures and scores.",
    "pipeline": "Generate, run and postprocess in one go.",
    "validate": "Check a description without making anything.",
    "schema": "Print the JSON schema of a description.",
    "plan": "Tell what a run would reuse, fetch, build and run, and why.",
    "verify": "Tell what changed, is missing or was added in run directories since they were made.",
    "lock": "Pin what runs are made with, for --locked to enforce.",
    "diff": "Compare two runs: description, data, code, environment and results.",
    "reproduce": "Make a run again in another place, and tell what differs.",
    "archive": "Pack a run into one portable file.",
    "restore": "Unpack an archive or a crate into a new folder.",
    "crate": "Write an RO-Crate of one or several runs.",
    "cite": "Print what to cite: the model, plugins, datasets and rompy.",
    "cache": "List, shrink and check what was fetched from elsewhere.",
    "plugins": "List the plugins: who provides what, and whether it works.",
    "catalog": "List, show and check datasets that can be opened by name.",
    "backends": "List, check and describe the ways to run a model.",
    "site": "Find out, show and check what is known of a machine.",
    "init": "Start something new from a template.",
    "completion": "Print a script that completes commands and options in a shell.",
    "legacy": "Generate a run and pack it, as in the days of old.",
}
"""Commands in the order of the help, each in the module of its name."""


def _show_version(context: click.Context, option: click.Parameter, value: bool) -> None:
    if not value or context.resilient_parsing:
        return
    from rompy import __version__, plugins

    names = dict.fromkeys(plugin.name for plugin in plugins.entries("rompy.config"))
    click.echo(f"ROMPY Version: {__version__}")
    click.echo(f"Available models: {', '.join(names)}")
    context.exit()


@click.group(
    name="rompy",
    cls=LazyGroup,
    package=__name__,
    short_helps=COMMANDS,
    hidden_commands=("legacy",),
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and the installed models.",
)
def cli() -> None:
    """From one description of a coastal or ocean model run to input files, runs, datasets and pictures.

    \b
    rompy validate tide.yml          is it right?
    rompy pipeline tide.yml          generate, run and postprocess
    rompy run tide.yml -v            with the model's own words
    rompy plugins                    which models, sources and backends are there?

    Results are printed on standard output, messages on standard error.
    """


main = cli


def load_config(config_path: str, from_env: bool = False, env_var: str = "ROMPY_CONFIG") -> Any:
    """Data of a description, with includes put in place and ``${...}`` resolved, ready for ``ModelRun(**data)``.

    Args:
        config_path: a file, or a text in YAML or JSON.
        from_env: read the text (or the path of a file) from ``env_var`` instead.

    Raises:
        click.UsageError: it cannot be read.
    """
    from rompy.core.describing.run_file import read_description
    from rompy.core.yaml_loader import YamlError
    from rompy.errors import RompyError
    from rompy.templating import TemplateError, escape

    try:
        description = read_description(config_path, env_var=env_var if from_env else None)
        # Escaped again, because ModelRun resolves expressions itself.
        return escape(description.rendered().data)
    except TemplateError as error:
        raise click.UsageError(f"Template rendering error: {error}") from None
    except YamlError as error:
        raise click.UsageError(f"Config is not valid JSON or YAML: {error}") from None
    except RompyError as error:
        raise click.UsageError(str(error)) from None
