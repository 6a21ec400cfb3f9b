"""Small functions under the names that model plugins import them by. New code finds each at home elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from itertools import product
from typing import Any

from rompy import plugins
from rompy.core.source.moved import create_import_error_class as create_import_error_class
from rompy.errors import PluginError


def load_entry_points(egroup: str, etype: str | None = None) -> tuple[Any, ...]:
    """Every object of an entry-point group, or those registered as ``name:etype``.

    Broken plugins are left out with a warning, so that one cannot take the others down.
    """
    return tuple(plugins.load_all(egroup, etype))


def total_seconds(timedelta: Any) -> Any:
    """Seconds of a duration: of ``datetime``, pandas or numpy, also of arrays and series of them.

    >>> from datetime import timedelta
    >>> total_seconds(timedelta(hours=1))
    3600.0
    """
    method = getattr(timedelta, "total_seconds", None) or getattr(
        getattr(timedelta, "dt", None), "total_seconds", None
    )
    if method is not None:
        return method()
    import numpy as np

    seconds = np.asarray(timedelta) / np.timedelta64(1, "s")
    return float(seconds) if seconds.ndim == 0 else seconds


def load_config(config: str, from_env: bool = False, env_var: str = "ROMPY_CONFIG") -> Any:
    """Data of a description: a file, a text, or an environment variable; ``${...}`` is resolved.

    Raises:
        ConfigError: it is not readable.
    """
    from rompy.core.describing.run_file import read_description

    return read_description(config, env_var=env_var if from_env else None).rendered().data


def get_class_from_module(dotted: str) -> Any:
    """The object at ``package.module.Class`` or ``package.module:Class``.

    Raises:
        PluginError: there is none.
    """
    module, _, name = dotted.rpartition(":") if ":" in dotted else dotted.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise PluginError(f"there is no {dotted!r}: {error}") from error


def dict_product(options: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Every combination of the values that each key can have.

    >>> list(dict_product({"a": [1, 2], "b": ["x"]}))
    [{'a': 1, 'b': 'x'}, {'a': 2, 'b': 'x'}]
    """
    for values in product(*options.values()):
        yield dict(zip(options, values, strict=True))
