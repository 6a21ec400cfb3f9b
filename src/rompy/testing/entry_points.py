"""Plugins that are not installed, made known for the time of a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from rompy import plugins

_faked: list[tuple[str, str, Any]] = []


@contextmanager
def faked_plugins(
    points: Mapping[str, Mapping[str, Any]], *, distribution: str = "test-plugin"
) -> Iterator[list[plugins.Plugin]]:
    """Register objects as if a package with these entry points were installed, for the length of a ``with`` block.

    ::

        with faked_plugins({"rompy.config": {"mymodel": MyConfig}, "rompy.source": {"mine": MySource}}):
            ModelRun(config={"model_type": "mymodel"})

    Args:
        points: by group and name, as in ``pyproject.toml``, the object itself. An exception instead stands for a
            plugin whose import fails with it.
        distribution: name of the package that seems to provide them; two different ones can be made to conflict.
    """
    own = [(group, name, obj) for group, members in points.items() for name, obj in members.items()]
    with ExitStack() as stack:
        found = [stack.enter_context(plugins.registered(*point, distribution=distribution)) for point in own]
        _faked.extend(own)
        try:
            yield found
        finally:
            for point in own:
                _faked.remove(point)


def faked() -> list[tuple[str, str, Any]]:
    """Group, name and object of what :func:`faked_plugins` makes known just now."""
    return list(_faked)
