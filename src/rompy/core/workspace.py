"""The run directory: where its parts lie, and how input is generated into it all or nothing."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from rompy.core import atomic
from rompy.core.json_file import read_json
from rompy.core.sealed import write_sealed
from rompy.digest import FileDigest, digests_of
from rompy.errors import RompyError, WorkspaceError
from rompy.regular_file import opener

logger = logging.getLogger(__name__)

HIDDEN = ".rompy"


class Workspace:
    """Paths inside a run directory. Holds no state besides them: what is on disk is the truth."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    @cached_property
    def hidden(self) -> Path:
        """Everything that is rompy's own."""
        return self.root / HIDDEN

    @cached_property
    def run_yml(self) -> Path:
        """The resolved description, sufficient to make the workspace again."""
        return self.hidden / "run.yml"

    @cached_property
    def manifest(self) -> Path:
        """Digests of the generated files, and by whom, where and when they were made."""
        return self.hidden / "manifest.json"

    @cached_property
    def launch_sh(self) -> Path:
        """The model's command and environment, for a person to read and rerun."""
        return self.hidden / "launch.sh"

    @cached_property
    def supervise_py(self) -> Path:
        """The supervisor: a copy of ``rompy.jobs.supervise``, so that the place of the run needs no rompy."""
        return self.hidden / "supervise.py"

    @cached_property
    def job_json(self) -> Path:
        """The job's record: backend, native id, attempts, history of states."""
        return self.hidden / "job.json"

    @cached_property
    def result_json(self) -> Path:
        """How the job ended, written by the job itself."""
        return self.hidden / "result.json"

    @cached_property
    def stdout_log(self) -> Path:
        """What the model wrote on standard output."""
        return self.hidden / "stdout.log"

    @cached_property
    def stderr_log(self) -> Path:
        """What the model wrote on standard error."""
        return self.hidden / "stderr.log"

    @cached_property
    def rompy_log(self) -> Path:
        """What rompy logged about this run."""
        return self.hidden / "rompy.log"

    @cached_property
    def lock(self) -> Path:
        """Locked by the run that uses the folder."""
        return self.hidden / "lock"

    @cached_property
    def cancel(self) -> Path:
        """Its presence asks the supervisor to end the model."""
        return self.hidden / "CANCEL"

    @cached_property
    def unfinished(self) -> Path:
        """Present while input is being generated; left behind only by a killed process."""
        return self.hidden / "generating"

    @property
    def made_by_rompy(self) -> bool:
        """Whether rompy may replace it: it has a manifest, or was left unfinished."""
        return self.manifest.is_file() or self.unfinished.is_file()

    @property
    def has_run(self) -> bool:
        """Whether a model has been started in it."""
        # Whatever is in their place by now: it is not for us to remove.
        return os.path.lexists(self.job_json) or os.path.lexists(self.result_json)

    @cached_property
    def aside(self) -> Path:
        """Where the former workspace waits while a new one is generated in its place."""
        absolute = self.root.absolute()
        return absolute.with_name(f".{absolute.name}.previous")

    def generated_files(self) -> dict[str, dict[str, Any]]:
        """What the manifest says of each generated file, by path relative to the root; empty without a manifest."""
        try:
            files = read_json(self.manifest)["files"]
            return {name: facts for name, facts in files.items() if isinstance(facts, dict)}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}


@contextmanager
def generating(
    root: str | Path,
    description: str,
    *,
    replace: bool = False,
    facts: Callable[[dict[str, Any]], Mapping[str, Any]] | None = None,
    known: Callable[[], Mapping[str, FileDigest]] | None = None,
) -> Iterator[Workspace]:
    """Make a workspace in a ``with`` block: complete with its manifest at the end, or as it was before.

    A workspace that rompy made is put aside first and comes back if the block fails. Files in it that rompy did not
    generate are carried over, unless it is to be replaced. In a folder that rompy did not make, only files that the
    block created are removed on failure; nothing there is ever deleted otherwise.

    Args:
        root: the run directory; made with its parents when missing.
        description: text of ``run.yml``.
        replace: drop a former workspace with everything in it, also when a model has run in it.
        facts: called at the end with the generated files, gives the manifest; what it raises fails the block.
        known: called at the end, gives digests of files that need not be read for them.

    Raises:
        WorkspaceError: it cannot be written, it is in use, a model has run in it, or ``replace`` is asked for a folder
            that rompy did not make.
    """
    workspace = Workspace(root)
    try:
        _refuse_if_in_use(workspace)
        _recover(workspace)
        _check(workspace, replace)
        former = workspace.made_by_rompy
        created = [
            p for p in (workspace.root.absolute(), *workspace.root.absolute().parents) if not p.exists()
        ]
        if former:
            _forget(workspace.aside)
            workspace.root.rename(workspace.aside)
        workspace.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(workspace, error) from error
    before = snapshot(workspace.root)
    try:
        workspace.hidden.mkdir(exist_ok=True)
        with workspace.unfinished.open("w", encoding="utf-8") as marker:
            fcntl.flock(marker, fcntl.LOCK_EX)  # gone with this process, however it ends
            marker.write(f"{os.getpid()}\n")
            yield workspace
            digests = known() if known is not None else {}
            _finish(
                workspace, before, description, facts or _mere_files, digests, keep=former and not replace
            )
    except BaseException as error:
        _undo(workspace, before, former, created)
        if isinstance(error, OSError) and not isinstance(error, RompyError) and _concerns(workspace, error):
            raise _unusable(workspace, error) from error
        raise
    _forget(workspace.aside)


def remove(root: str | Path) -> None:
    """Delete a workspace that rompy made.

    Raises:
        WorkspaceError: rompy did not make it, it is in use, or it cannot be deleted.
    """
    workspace = Workspace(root)
    if not workspace.made_by_rompy:
        raise _not_ours(workspace)
    _refuse_if_in_use(workspace)
    try:
        shutil.rmtree(workspace.root)
    except OSError as error:
        raise _unusable(workspace, error) from error


def _recover(workspace: Workspace) -> None:
    """Put things back after a process was killed while it generated."""
    if not workspace.aside.is_dir():
        return
    if workspace.manifest.is_file() and not workspace.unfinished.exists():
        _forget(workspace.aside)
        return
    if workspace.unfinished.is_file():
        shutil.rmtree(workspace.root)
    elif workspace.root.is_dir() and any(workspace.root.iterdir()):
        raise WorkspaceError(
            f"{workspace.root} has files in it, and the workspace that was there before waits in {workspace.aside}",
            hint="Generating it had been interrupted. Move one of the two folders out of the way.",
        )
    workspace.aside.rename(workspace.root)
    logger.warning("restored %s, whose generation had been interrupted", workspace.root)


def _refuse_if_in_use(workspace: Workspace) -> None:
    """Raise while a model runs in the workspace, or another process generates into it."""
    for path, what in (
        (workspace.lock, "a model runs in it"),
        (workspace.unfinished, "input is being generated into it"),
    ):
        if is_held(path):
            raise WorkspaceError(
                f"{workspace.root} is in use: {what}", hint="Wait for its end, or choose another run_id."
            )


def is_held(path: Path) -> bool:
    """Whether some process holds the lock on a file. A look that disturbs nobody for longer than an instant."""
    try:
        with open(path, "rb", opener=opener) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no such file, or a file system without locks
        return False
    return False


def _check(workspace: Workspace, replace: bool) -> None:
    root = workspace.root
    if root.exists() and not root.is_dir():
        raise WorkspaceError(f"{root} is a file, not a folder", hint="Choose another output_dir or run_id.")
    if replace and root.is_dir() and any(root.iterdir()) and not workspace.made_by_rompy:
        raise _not_ours(workspace)
    if workspace.has_run and not replace:
        raise WorkspaceError(
            f"{root} holds a run that was started already",
            hint="Set delete_existing: true to replace it, choose another run_id, or run it again as it is with "
            "--skip-generate.",
        )


def _finish(
    workspace: Workspace,
    before: Mapping[str, Any],
    description: str,
    facts: Callable[[dict[str, Any]], Mapping[str, Any]],
    known: Mapping[str, FileDigest],
    *,
    keep: bool,
) -> None:
    after = snapshot(workspace.root)
    names = [name for name in sorted(after) if after[name] != before.get(name)]
    atomic.write_text(workspace.run_yml, description)
    write_sealed(workspace.manifest, facts(identities(workspace.root, names, known)))
    if keep:
        _carry_over(workspace)
    workspace.unfinished.unlink()


def _carry_over(workspace: Workspace) -> None:
    former = Workspace(workspace.aside)
    generated = former.generated_files()
    for name in snapshot(former.root):
        target = workspace.root / name
        if name not in generated and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            (former.root / name).rename(target)


def _undo(workspace: Workspace, before: Mapping[str, Any], former: bool, created: list[Path]) -> None:
    try:
        if former:
            shutil.rmtree(workspace.root, ignore_errors=True)
            workspace.aside.rename(workspace.root)
        elif workspace.root.absolute() in created:
            shutil.rmtree(workspace.root, ignore_errors=True)
            for parent in created[1:]:
                parent.rmdir()
        else:
            shutil.rmtree(workspace.hidden, ignore_errors=True)
            _remove_new(workspace.root, before)
    except OSError as error:
        logger.warning("could not clean up %s: %s", workspace.root, error)


def _remove_new(root: Path, before: Mapping[str, Any]) -> None:
    for name in set(snapshot(root)) - set(before):
        path = root / name
        path.unlink()
        for parent in path.parents:
            if parent == root or any(parent.iterdir()):
                break
            parent.rmdir()


def snapshot(root: Path) -> dict[str, tuple[int, int]]:
    """Size and modification time of every file below ``root`` but rompy's own, by relative path."""
    found = {}
    for folder, folders, names in os.walk(root):
        if Path(folder) == root and HIDDEN in folders:
            folders.remove(HIDDEN)
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in (*names, *links):
            path = Path(folder) / name
            status = path.lstat()
            found[path.relative_to(root).as_posix()] = (status.st_size, status.st_mtime_ns)
    return found


def identities(
    root: Path, names: Sequence[str], known: Mapping[str, FileDigest]
) -> dict[str, dict[str, Any]]:
    """Size and SHA-256 of files by path relative to ``root``, or where they link to.

    Args:
        known: digests of some, which are not read again.

    Raises:
        OSError: one cannot be read.
    """
    links = {name for name in names if (root / name).is_symlink()}
    fresh = [name for name in names if name not in links and name not in known]
    read = dict(zip(fresh, digests_of([root / name for name in fresh]), strict=True))
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        if name in links:
            found[name] = {"link": os.readlink(root / name)}  # noqa: PTH115 - the text as it stands, not as a path
            continue
        digest = known[name] if name in known else read[name]
        if isinstance(digest, OSError):
            raise digest
        found[name] = digest._asdict()
    return found


def _mere_files(files: dict[str, Any]) -> dict[str, Any]:
    return {"schema": 1, "files": files}


def _forget(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)


def _concerns(workspace: Workspace, error: OSError) -> bool:
    """Whether a failed file operation was about the workspace rather than about some input."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    names = [n for n in (error.filename, error.filename2) if isinstance(n, (str, os.PathLike))]
    root = workspace.root.absolute()
    return any(Path(name).absolute().is_relative_to(root) for name in names)


def _not_ours(workspace: Workspace) -> WorkspaceError:
    return WorkspaceError(
        f"{workspace.root} was not made by rompy, so it is not deleted",
        hint="Choose another output_dir or run_id, or empty the folder yourself.",
    )


def _unusable(workspace: Workspace, error: OSError) -> Exception:
    if isinstance(error, RompyError):
        return error
    reason = (error.strerror or str(error)).lower()
    return WorkspaceError(
        f"the run directory {workspace.root} cannot be used: {reason}",
        hint="Choose a shorter run_id."
        if error.errno == errno.ENAMETOOLONG
        else "Choose another output_dir.",
        field="output_dir",
    )
