"""The job script: readable, kept in the workspace, and good for submitting it again by hand."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rompy.backends.batch import BatchConfig

JOB = ".rompy/job.sh"
"""Job script of a run, relative to its workspace."""
ARRAY = ".rompy/array.sh"
"""Job script of an array, in the workspace of its first run."""
UNREACHABLE = 72
"""Exit code of a job that cannot reach its workspace."""
UNPREPARED = 73
"""Exit code of a job whose modules or set-up lines failed."""


def script_log(attempt: int) -> str:
    """Where the job script of an attempt says what it has to say, relative to the workspace.

    The script opens it itself: schedulers replace ``%`` and ``$`` in the path of an output file, the workspace's own
    included.
    """
    return f".rompy/script-{attempt}.log"


def job_script(
    header: Sequence[str],
    workspace: Path,
    config: BatchConfig,
    options: Sequence[str],
    *,
    limit_s: int,
    attempt: int,
) -> str:
    """Text of ``job.sh``.

    Args:
        header: lines with the directives.
        options: of the supervisor, without the time limit.
        limit_s: seconds from the start of the script after which the model is ended.
    """
    log = [] if config.output_file else [f"exec >>{script_log(attempt)} 2>&1"]
    python = config.python or sys.executable
    lines = [
        "#!/bin/bash",
        "# Runs the model of this folder under supervision. To submit it by hand, do so from the folder.",
        *header,
        "",
        f"cd -P -- {shlex.quote(str(workspace))} || exit {UNREACHABLE}",
        *log,
        *_prepared(config),
        f"python={shlex.quote(python)}",
        'command -v "$python" >/dev/null 2>&1 || python=python3',
        f'exec "$python" -I -S .rompy/supervise.py {" ".join(map(shlex.quote, options))} \\',
        f'    --time-limit "$(({limit_s} - SECONDS))"',
    ]
    return "\n".join(lines) + "\n"


def array_script(header: Sequence[str], workspaces: Mapping[int, Path], index_variable: str) -> str:
    """Text of ``array.sh``, whose elements each run the job script of a workspace.

    Args:
        workspaces: by the number of the element.
    """
    cases = [f"    {index}) workspace={shlex.quote(str(path))} ;;" for index, path in workspaces.items()]
    lines = [
        "#!/bin/bash",
        "# Runs the models of many folders; each element of the array runs the job script of one.",
        *header,
        "",
        f'case "${{{index_variable}}}" in',
        *cases,
        f"    *) exit {UNREACHABLE} ;;",
        "esac",
        f'cd -P -- "$workspace" || exit {UNREACHABLE}',
        f"exec /bin/bash {JOB}",
    ]
    return "\n".join(lines) + "\n"


def _prepared(config: BatchConfig) -> list[str]:
    site = config.site_profile
    known = site.modules if site is not None else None
    command = known.command if known is not None else "module"
    modules = [f"{command} load {shlex.quote(name)} || exit {UNPREPARED}" for name in config.modules]
    if modules:
        # A job's shell is no login shell, so the command may have to be brought in first.
        first = f"{shlex.quote(known.init)} " if known is not None and known.init else ""
        modules.insert(0, f"type {command} >/dev/null 2>&1 || for file in {first}{_USUAL_INITS}")
    setup = [f"{{ {line}\n}} || exit {UNPREPARED}" for line in config.setup]
    return [*modules, *setup]


_USUAL_INITS = (
    '"${MODULESHOME:-/usr/share/modules}/init/bash" /etc/profile.d/modules.sh /etc/profile.d/lmod.sh; '
    'do [ -r "$file" ] && . "$file" && break; done'
)
"""Where the command of environment modules usually comes from, and the rest of the loop."""
