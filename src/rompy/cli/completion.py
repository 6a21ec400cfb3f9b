"""``rompy completion``, and what completes the values of options."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session

WHERE = {
    "bash": "~/.local/share/bash-completion/completions/rompy",
    "zsh": "~/.zfunc/_rompy",
    "fish": "~/.config/fish/completions/rompy.fish",
}
"""File that each shell reads by itself (zsh when ``~/.zfunc`` is in ``fpath``)."""


@click.command()
@click.argument("shell", required=False, type=click.Choice(sorted(WHERE)))
@common_options
def completion(session: Session, shell: str | None) -> None:
    """Print a script that completes commands and options in a shell.

    Without a name the shell you are using is taken.

    \b
    Examples:
      rompy completion bash > ~/.local/share/bash-completion/completions/rompy
      rompy completion zsh > ~/.zfunc/_rompy
      rompy completion fish > ~/.config/fish/completions/rompy.fish
    """
    from click.shell_completion import get_completion_class

    from rompy.cli import cli

    shell = shell or PurePath(os.environ.get("SHELL", "")).name
    kind = get_completion_class(shell)
    if kind is None or shell not in WHERE:
        raise click.UsageError(f"Name the shell: {', '.join(sorted(WHERE))}.")
    template = kind(cli, {}, "rompy", "_ROMPY_COMPLETE")
    # Rendered here, because click would start bash to ask for its version.
    script = template.source_template % template.source_vars()
    lines = [f"# Save it for good: rompy completion {shell} > {WHERE[shell]}", script]
    session.result({"shell": shell, "script": script, "file": WHERE[shell]}, lines)


def model_types(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Values of ``model_type`` that installed plugins answer to."""
    from rompy import plugins

    return [tag for tag in plugins.known_tags("rompy.config") if tag.startswith(incomplete)]


def backend_types(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Names of installed backends."""
    return _names("rompy.backend.config", incomplete)


def processor_types(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Names of installed postprocessors."""
    return _names("rompy.postprocess.config", incomplete)


def groups(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Entry-point groups of plugins."""
    from rompy import plugins

    return [group for group in plugins.GROUPS if group.startswith(incomplete)]


def _names(group: str, incomplete: str) -> list[str]:
    from rompy import plugins

    return sorted({plugin.name for plugin in plugins.entries(group) if plugin.name.startswith(incomplete)})
