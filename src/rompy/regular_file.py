"""Opens regular files only: to open a pipe is to wait for who writes it, and a device may have no end."""

from __future__ import annotations

import errno
import os
import stat


def opener(path: str, flags: int) -> int:
    """For ``open(path, opener=opener)``, of files that may be anything by now.

    Raises:
        IsADirectoryError: it is a folder.
        OSError: it is a pipe, a device or a socket, or cannot be opened.
    """
    handle = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)  # regular files are never waited for
    kind = os.fstat(handle).st_mode
    if stat.S_ISREG(kind):
        return handle
    os.close(handle)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise OSError(errno.ENXIO, "it is no regular file", path)
