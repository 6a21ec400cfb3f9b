"""Parts of single remote files, whose servers tell their versions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rompy.core.driver import SMALL, is_service, is_store, open_dataset
from rompy.core.remote import scheme_of
from rompy.core.source.part import NotKept, Part, open_part
from rompy.core.source.wanted import Wanted
from rompy.errors import MissingFileError
from rompy.fetch import version_of
from rompy.fetch.settings import is_offline
from rompy.transfer.version import Version

if TYPE_CHECKING:
    import xarray as xr

_SCHEMES = frozenset({"http", "https", "s3", "gs", "az", "sftp"})
"""Schemes whose servers tell versions of files."""


def part_of_file(uri: str | os.PathLike[str], wanted: Wanted, kwargs: Mapping[str, Any]) -> Part | None:
    """The part of a remote file that is wanted; None for all of it, for files here, and for what is not one file."""
    place = str(uri)
    is_file = scheme_of(place) in _SCHEMES and not is_service(place, kwargs) and not is_store(place, kwargs)
    return Part.of(wanted) if is_file else None


def open_part_of_file(uri: str, part: Part, kwargs: Mapping[str, Any]) -> xr.Dataset:
    """The part from the cache if the file is large and its server tells which version it has; else the file."""
    try:
        return open_part(uri, part, lambda: open_dataset(uri, kwargs), kwargs, lambda: _version(uri))
    except MissingFileError:
        if not is_offline():
            raise
        return open_dataset(uri, kwargs)  # all of it may be in the cache


def _version(uri: str) -> Version:
    """The version of a file of which parts are worth keeping."""
    version = version_of(uri)
    if not version.is_known or (version.size is not None and version.size <= SMALL):
        raise NotKept
    return version
