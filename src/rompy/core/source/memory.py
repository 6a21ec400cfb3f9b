"""Sources of data that are in memory already; they live in the package ``rompy-binary-datasources``."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from rompy.core.source.moved import create_import_error_class

_NAMES = ("SourceDataset", "SourceTimeseriesDataFrame")


def __getattr__(name: str) -> Any:
    """The class itself when its package is installed, else a stand-in that says how to get it.

    Looked up at the moment of use: the package imports ``rompy.core.source`` while it is imported itself.
    """
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module("rompy_binary_datasources.source"), name)
    except ImportError:
        found = globals()[name] = create_import_error_class(name)
        return found
