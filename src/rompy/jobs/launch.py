"""The script that starts the model: readable, and good for starting it again by hand."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from rompy.core import atomic
from rompy.core.workspace import Workspace
from rompy.errors import SubmitError
from rompy.secrets import is_secret

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def write_launch(
    workspace: Workspace,
    argv: Sequence[str],
    env: Mapping[str, str] | None = None,
    directory: str | Path | None = None,
) -> None:
    """Write ``.rompy/launch.sh``. Arguments as for ``launch_script``."""
    atomic.write_bytes(workspace.launch_sh, os.fsencode(launch_script(argv, env, directory)), sync=False)
    workspace.launch_sh.chmod(0o755)


def launch_script(
    argv: Sequence[str], env: Mapping[str, str] | None = None, directory: str | Path | None = None
) -> str:
    """Text of the script.

    It finds the workspace by its own place, so that the folder may be moved. Every value is quoted, and none is ever
    read by a shell. Secrets are left out: the model gets them from the environment of whoever starts it.

    Args:
        argv: the model's command.
        env: variables to set for it.
        directory: where to run it, when not in the workspace.

    Raises:
        SubmitError: there is no command, or a value cannot be handed to a program.
    """
    env = env or {}
    if not argv:
        raise SubmitError("there is no command to start")
    for text in (*argv, *env, *env.values(), str(directory or "")):
        if "\0" in text:
            raise SubmitError(f"a command or its environment cannot hold a zero byte: {text!r}")
    lines = [
        "#!/bin/sh",
        "# Starts the model of this run directory. To run it once more by hand:  sh .rompy/launch.sh",
        'case $0 in */*) set -- "${0%/*}" ;; *) set -- . ;; esac',
        'CDPATH="" cd -P -- "$1/.." || exit 126',
    ]
    if directory is not None:
        lines.append(f'CDPATH="" cd -P -- {shlex.quote(str(directory))} || exit 126')
    lines += [_export(name, env[name]) for name in sorted(env) if _IDENTIFIER.match(name)]
    return "\n".join([*lines, "exec " + " ".join(map(shlex.quote, [*_odd_names(env), *argv]))]) + "\n"


def secrets_of(env: Mapping[str, str]) -> dict[str, str]:
    """The variables that are not written into the script."""
    return {name: value for name, value in env.items() if is_secret(name, value)}


def _export(name: str, value: str) -> str:
    if is_secret(name, value):
        return f': "${{{name}?is a secret and not kept in this file: set it before you start this script}}"'
    return f"export {name}={shlex.quote(value)}"


def _odd_names(env: Mapping[str, str]) -> list[str]:
    """Variables whose names a shell cannot export; the program ``env`` can."""
    odd = {n: v for n, v in env.items() if not _IDENTIFIER.match(n) and not is_secret(n, v)}
    if any("=" in name or not name for name in odd):
        raise SubmitError(f"the name of an environment variable cannot be empty or hold '=': {sorted(odd)}")
    return ["env", *(f"{name}={odd[name]}" for name in sorted(odd))] if odd else []
