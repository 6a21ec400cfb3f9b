"""Regular files, and no others: to open a pipe is to wait for who writes it, and a device may have no end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def opener(path: str, flags: int) -> int:
    """For ``open(path, opener=opener)``, of files that may be anything by now.

    To be written, a file is not looked for through a link: it would be somebody else's.

    Raises:
        IsADirectoryError: it is a folder.
        OSError: it is a pipe, a device or a socket, or cannot be opened.
    """
    if flags & (os.O_WRONLY | os.O_RDWR):
        flags |= os.O_NOFOLLOW
    # Regular files are never waited for.
    handle = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    kind = os.fstat(handle).st_mode
    if stat.S_ISREG(kind):
        return handle
    os.close(handle)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise OSError(errno.ENXIO, "it is no regular file", path)


def is_file(path: Path) -> bool:
    """Whether there is a regular file or a link to one; False also where nobody can look."""
    try:
        return path.is_file()
    except OSError:
        return False
