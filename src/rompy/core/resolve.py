"""From what a description names a file by to the file itself.

A name is a path, a ``file://`` URI, ``package://name/inner/path`` for a file that an installed Python package brings
along, or a URI of another scheme, which is left to those who can open it.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from difflib import get_close_matches
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from rompy.errors import ConfigError, MissingFileError
from rompy.fetch.supply import supply
from rompy.inputs import note_file
from rompy.transfer.address import parse_scheme, path_of


def resolve(uri: str | os.PathLike[str], base: Path | None = None) -> Path | str:
    """The path that a name stands for; URIs of other schemes come back as they are.

    Relative paths start at ``base``, by default the current folder. That the file exists is not checked.

    Raises:
        MissingFileError: the package of a ``package://`` name is not installed.
        ConfigError: a ``package://`` name leads out of its package.
        TransferError: a ``file://`` URI names another machine.
    """
    scheme = parse_scheme(uri)
    if scheme == "file":
        return (base or Path()) / path_of(uri)
    return _in_package(os.fspath(uri)) if scheme == "package" else os.fspath(uri)


def existing(uri: str | os.PathLike[str], base: Path | None = None) -> Path | str:
    """As ``resolve``, after checking that a path exists. Of a file that an archive brought along, its copy.

    Raises:
        MissingFileError: it does not; names files of nearly that name.
    """
    found, brought = resolve(uri, base), supply()
    if isinstance(found, Path):
        if brought is not None and (copy := brought.file(found)) != found:
            found = uri = copy
        if not found.exists():
            raise missing_file(found)
        note_file(found, uri)
    return found


def missing_file(path: Path) -> MissingFileError:
    """The error for a path at which there is nothing, saying how far the path leads and what lies there instead."""
    folder, neighbours = path.parent, list[str]()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    if folder != path.parent:
        hint = f"There is no folder {path.parent}; it ends at {folder.resolve()}."
    else:
        with suppress(OSError):  # a folder that must not be listed
            neighbours = sorted(child.name for child in folder.iterdir())
        close = get_close_matches(path.name, neighbours, n=3)
        hint = f"In that folder there is: {', '.join(close)}" if close else f"Looked in {folder.resolve()}."
    return MissingFileError(f"there is no file {path}", hint=hint)


def _in_package(uri: str) -> Path:
    package, _, inner = uri.partition("://")[2].partition("/")
    parts = PurePosixPath(unquote(inner)).parts
    if not package.isidentifier() or not parts or ".." in parts or parts[0] == "/":
        raise ConfigError(
            f"{uri} names no file in a package", hint="Write package://name/path/in/the/package"
        )
    spec = find_spec(package)  # a top-level name: this does not import it
    locations = list(spec.submodule_search_locations or []) if spec is not None else []
    if not locations:
        raise MissingFileError(
            f"{uri} is in the Python package {package!r}, which is not installed",
            hint=f"Install it: pip install {_requirement(package)}",
        )
    candidates = [Path(location).joinpath(*parts) for location in locations]
    return next((candidate for candidate in candidates if candidate.exists()), candidates[0])


def _requirement(package: str) -> str:
    """What to install for a package: the extra of rompy that brings it, or else the package itself."""
    try:
        requirements = metadata.requires("rompy") or []
    except metadata.PackageNotFoundError:
        requirements = []
    for requirement in requirements:
        match = re.match(r"([A-Za-z0-9_.-]+).*extra == ['\"]([\w-]+)['\"]", requirement)
        if match and match[1].lower().replace("-", "_") == package.lower():
            return f'"rompy[{match[2]}]"'
    return package
