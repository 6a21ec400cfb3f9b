"""What was executed: programs and the libraries they load."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from typing_extensions import TypedDict

from rompy.core.record_file import RecordError, read_record
from rompy.core.workspace import Workspace
from rompy.digest import DigestCache, FileDigest, digests_of
from rompy.manifest.texts import checked_path

PROGRAMS = "programs.json"
"""In the hidden folder: what the supervisor saw where the model ran."""
FORMAT = "rompy-programs/1"
"""As the supervisor, which stands above, has it."""
STARTERS = frozenset(
    [
        "sh",
        "dash",
        "bash",
        "ksh",
        "zsh",
        "busybox",
        "env",
        "nice",
        "time",
        "stdbuf",
        "setpriv",
        "mpiexec",
        "mpirun",
        "orterun",
        "prterun",
        "mpiexec.hydra",
        "hydra_pmi_proxy",
        "orted",
        "prted",
        "srun",
    ]
)
"""Programs that start others, and compute nothing themselves."""


class _File(TypedDict, total=False):
    """A file that was seen."""

    bytes: int
    modified_ns: int
    sha256: str


_Files = dict[Annotated[str, checked_path], _File]


class _Taken(TypedDict):
    """Files that took part in a run, by path."""

    programs: _Files
    libraries: _Files


class Seen(_Taken, total=False):
    """What a supervisor wrote of what was executed."""

    attempt: int
    main: str | None
    """The program that was started."""
    machine: dict[str, Any]
    """What results may depend on of the machine where it ran."""
    modules: list[str]
    """Environment modules that were loaded."""


def seen_programs(workspace: Workspace, attempt: int) -> Seen | None:
    """What the supervisor of an attempt wrote; None when it was not beside the model, or when that cannot be relied on.
    Of models that end within a moment it has seen no programs."""
    try:
        told = read_record(workspace.hidden / PROGRAMS, Seen, layout=FORMAT)
    except RecordError:
        return None
    return told if told is not None and told.get("attempt") == attempt else None


def executable_of(seen: Seen | None, command: list[str]) -> dict[str, Any] | None:
    """The program of the model with its digest, all others that took part, and the libraries.

    Files that look here as they did where the model ran are read for their digests; of others, on a machine with files
    of its own, size and time tell. Without what was seen it is the command's own program as found here.
    """
    if seen is None or not seen["programs"]:
        found = shutil.which(command[0]) if command else None
        if found is None:
            return None
        own = str(Path(found).resolve())
        return {"path": own, **_digested({own: {}})[own], "seen": False}
    programs, libraries = _digested(seen["programs"]), _digested(seen["libraries"])
    path = _computing(seen.get("main"), list(seen["programs"]))
    if path is None:
        return None
    return {
        "path": path,
        **programs.get(path, {}),
        "programs": programs,
        "libraries": libraries,
        "seen": True,
    }


def _computing(main: str | None, programs: list[str]) -> str | None:
    if main is not None and Path(main).name not in STARTERS:
        return main
    others = [path for path in programs if Path(path).name not in STARTERS]
    return others[-1] if others else main


def _digested(files: Mapping[str, _File]) -> dict[str, dict[str, Any]]:
    unknown = [path for path, facts in files.items() if "sha256" not in facts and _looks_like(path, facts)]
    digests = dict(zip(unknown, digests_of(unknown, cache=DigestCache()), strict=True))
    found: dict[str, dict[str, Any]] = {}
    for path, facts in sorted(files.items()):
        found[path] = {key: value for key, value in facts.items() if key in ("bytes", "sha256")}
        digest = digests.get(path)
        if isinstance(digest, FileDigest):
            found[path] = digest._asdict()
    return found


def _looks_like(path: str, facts: _File) -> bool:
    try:
        status = Path(path).stat()
    except OSError:
        return False
    return not facts or (status.st_size, status.st_mtime_ns) == (facts.get("bytes"), facts.get("modified_ns"))
