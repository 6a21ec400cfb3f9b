"""rompy: from one validated description of a model run to input files, runs, datasets and pictures.

Public names are imported when they are first used, so that ``import rompy`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rompy.exports import on_demand

__version__ = "1.0.0.dev0"

ROOT_DIR = Path(__file__).parent
TEMPLATES_DIR = ROOT_DIR / "templates"

_HOME_OF = {
    "BaseConfig": "core.config",
    "DataBlob": "core.data",
    "DataGrid": "core.data",
    "DataPoint": "core.data",
    "LogFormat": "logging",
    "LogLevel": "logging",
    "LoggingConfig": "logging",
    "ModelRun": "model",
    "RegularGrid": "core.grid",
    "RompyError": "errors",
    "TimeRange": "core.time",
    "UnstructuredGrid": "core.grid",
    "get_formatted_box": "formatting",
    "get_formatted_header_footer": "formatting",
    "get_logger": "logging",
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


_exported, _ = on_demand(__name__, _HOME_OF)


def __getattr__(name: str) -> Any:
    return import_module("rompy.logging").get_logger("rompy") if name == "logger" else _exported(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
