"""A group whose commands are imported when they are used, because most calls need only one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from rompy.cli import statuses


class LazyGroup(click.Group):
    """Commands live in modules of their names inside ``package``; the help is printed without importing any."""

    def __init__(
        self,
        *args: Any,
        package: str,
        short_helps: Mapping[str, str],
        hidden_commands: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.package, self.short_helps, self.hidden_commands = package, short_helps, hidden_commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in self.short_helps if name not in self.hidden_commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.short_helps:
            return None
        command: click.Command = getattr(import_module(f"{self.package}.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):  # while the command is imported; later it tells of it itself
            click.echo("Error: interrupted", err=True)
            ctx.exit(statuses.INTERRUPTED)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.short_helps:
            close = get_close_matches(args[0], self.list_commands(ctx), n=1)
            guess = f" Did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"No such command {args[0]!r}.{guess}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.short_helps[name]) for name in self.list_commands(ctx)])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # As it stands: the default would indent it once more.
        if self.epilog:
            formatter.write_paragraph()
            formatter.write(self.epilog.removeprefix("\b\n") + "\n")
