"""The option that takes input from a restored archive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.core.describing.run_file import RunFile

F = TypeVar("F", bound=Callable[..., Any])


def inputs_from(function: F) -> F:
    """Add ``--inputs-from``: what the description names is taken from the copies that an archive brought along."""

    @wraps(function)
    def command(session: Session, source: RunFile, *, inputs_from: Path | None, **kwargs: Any) -> Any:
        if inputs_from is None:
            return function(session, source, **kwargs)
        from rompy.core.workspace import Workspace
        from rompy.manifest import read_manifest
        from rompy.provenance.relocation import Relocation

        relocation = Relocation.of(inputs_from, read_manifest(Workspace(inputs_from)))
        moved = replace(source, run=replace(source.run, data=relocation.applied(source.run.data)))
        with relocation.in_use():
            return function(session, moved, **kwargs)

    option = click.option(
        "--inputs-from",
        type=click.Path(file_okay=False, path_type=Path),
        help="Take inputs from the copies in this folder, which rompy restore made of an archive.",
    )
    return option(command)  # type: ignore[return-value]
