"""rompy: from one validated description of a model run to input files, runs, datasets and pictures.

Public names are imported when they are first used, so that ``import rompy`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

__version__ = "1.0.0.dev0"

ROOT_DIR = Path(__file__).parent
TEMPLATES_DIR = ROOT_DIR / "templates"

_HOME_OF = {
    "BaseConfig": "rompy.core.config",
    "DataBlob": "rompy.core.data",
    "DataGrid": "rompy.core.data",
    "DataPoint": "rompy.core.data",
    "LogFormat": "rompy.logging",
    "LogLevel": "rompy.logging",
    "LoggingConfig": "rompy.logging",
    "ModelRun": "rompy.model",
    "RegularGrid": "rompy.core.grid",
    "RompyError": "rompy.errors",
    "TimeRange": "rompy.core.time",
    "UnstructuredGrid": "rompy.core.grid",
    "get_formatted_box": "rompy.formatting",
    "get_formatted_header_footer": "rompy.formatting",
    "get_logger": "rompy.logging",
}

__all__ = ["ROOT_DIR", "TEMPLATES_DIR", "__version__", "logger", *sorted(_HOME_OF)]

if TYPE_CHECKING:
    import logging as _logging

    from rompy.core.config import BaseConfig
    from rompy.core.data import DataBlob, DataGrid, DataPoint
    from rompy.core.grid import RegularGrid, UnstructuredGrid
    from rompy.core.time import TimeRange
    from rompy.errors import RompyError
    from rompy.formatting import get_formatted_box, get_formatted_header_footer
    from rompy.logging import LogFormat, LoggingConfig, LogLevel, get_logger
    from rompy.model import ModelRun

    logger: _logging.Logger


def __getattr__(name: str) -> Any:
    if name == "logger":
        return import_module("rompy.logging").get_logger("rompy")
    if name in _HOME_OF:
        value = getattr(import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'rompy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
