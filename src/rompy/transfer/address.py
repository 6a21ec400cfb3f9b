"""Addresses of files: URIs with a scheme, and plain paths."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

from rompy.errors import TransferError

Address = str | os.PathLike[str]
"""A URI, or a path on this machine."""
Addresses = list[str]

# Two letters at least, so that the drive of a Windows path is no scheme.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


def parse_scheme(uri: Address | None) -> str:
    """Scheme of an address in lower case; ``file`` for a plain path, a drive letter and None."""
    match = _SCHEME.match(os.fspath(uri)) if uri is not None else None
    return match.group(1).lower() if match else "file"


def join_prefix(prefix: str, name: str) -> str:
    """Address of ``name`` below a prefix, with exactly one slash between them.

    A per cent sign of the name is escaped below ``file://``, the only scheme whose addresses are decoded.
    """
    head, separator, rest = prefix.rpartition("://")
    head += separator
    name = name.lstrip("/")
    if parse_scheme(prefix) == "file" and head:
        name = name.replace("%", "%25")
    return f"{head}{rest.rstrip('/')}/{name}" if rest else f"{head}{name}"


def path_of(uri: Address) -> Path:
    """Path on this machine of a plain path or of a ``file://`` URI, which is decoded.

    Raises:
        TransferError: the URI names another machine.
    """
    text = os.fspath(uri)
    if parse_scheme(text) != "file" or not _SCHEME.match(text):
        return Path(text).expanduser()
    host, slash, rest = text.partition("://")[2].partition("/")
    if host in (".", "..", "~"):
        return Path(unquote(host + slash + rest)).expanduser()
    if host not in ("", "localhost"):
        raise TransferError(
            f"{text} names a file on the machine {host!r}",
            hint=f"For a file here write file:///{host}/{rest}",
        )
    return Path(unquote(slash + rest))


def last_part(uri: Address) -> str:
    """Name of the file or folder that an address ends with; empty when there is none."""
    text = os.fspath(uri)
    if parse_scheme(text) == "file":
        return path_of(text).absolute().name
    return text.partition("://")[2].rstrip("/").rpartition("/")[2]


def without_secrets(url: str) -> str:
    """A URL fit for messages: without user, password, query and fragment, any of which may hold a secret."""
    scheme, _, rest = re.split(r"[?#]", url, maxsplit=1)[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
