"""Whose the files of a run are: the caller's, whatever user the container has."""

from __future__ import annotations

import logging
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from rompy.backends.docker import CALLER

logger = logging.getLogger(__name__)

_ROOT = frozenset(("root", "0", "root:root", "0:0", "root:0", "0:root"))


def container_user(client: Any, user: str) -> str:
    """The user to give to the engine.

    In a rootless engine the container's root is the caller, and any other number is somebody without rights here.
    """
    if user != CALLER:
        return user
    return "0:0" if is_rootless(client) else f"{os.getuid()}:{os.getgid()}"


def is_root(user: str) -> bool:
    """Whether a user in the container is root there."""
    return user in _ROOT


def is_rootless(client: Any) -> bool:
    """Whether the engine itself runs without the rights of root."""
    info = client.info()  # of Docker and of Podman, which tell it in different places
    return bool(info.get("Rootless")) or any(
        "rootless" in option for option in info.get("SecurityOptions") or ()
    )


def let_in(workspace: Path) -> None:
    """Let the group of the workspace write in it: a container of another user gets that group besides its own."""
    gid = os.getgid()
    for path in (workspace, *workspace.rglob("*")):
        with suppress(OSError):  # what is not ours is not ours to open
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                continue
            if status.st_gid != gid:
                os.chown(path, -1, gid)
            wanted = 0o070 if stat.S_ISDIR(status.st_mode) else 0o060 | (status.st_mode & 0o100) >> 3
            if status.st_mode & wanted != wanted:
                path.chmod(stat.S_IMODE(status.st_mode) | wanted)


def foreign(workspace: Path) -> list[Path]:
    """Files of the workspace that belong to somebody else."""
    uid = os.getuid()
    found = []
    for folder, folders, files in os.walk(workspace):
        for name in (*folders, *files):
            path = Path(folder, name)
            with suppress(OSError):
                if path.lstat().st_uid != uid:
                    found.append(path)
    return found


def take_back(client: Any, image_id: str, workspace: Path, user: str) -> str | None:
    """Make the caller the owner of all files in the workspace.

    Root does so itself; anybody else has it done by root in a container of the same image.

    Returns:
        why some files still belong to somebody else; None when all is well.
    """
    theirs = foreign(workspace)
    if not theirs:
        return None
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        for path in theirs:
            with suppress(OSError):
                os.chown(path, uid, gid, follow_symlinks=False)
        return None
    why = _chown_in_container(client, image_id, workspace, f"{uid}:{gid}")
    left = len(foreign(workspace))
    return f"{left} file(s) belong to the container's user {user}: {why}" if left else None


def _chown_in_container(client: Any, image_id: str, workspace: Path, owner: str) -> str:
    from docker.errors import APIError, ContainerError
    from docker.types import Mount

    try:
        client.containers.run(
            image_id,
            ["-R", "-h", "0:0" if is_rootless(client) else owner, "/workspace"],
            entrypoint=["chown"],
            user="0:0",
            network_mode="none",
            mounts=[Mount("/workspace", str(workspace), type="bind")],
            remove=True,
        )
    except (APIError, ContainerError) as error:
        return str(error)
    return "the reason is not known"
