"""The variables of the environment, and the clock, as they were when a run was generated."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from rompy.core.instant import parse_instant
from rompy.core.source.choice import AS_OF, acting_at
from rompy.manifest import Manifest
from rompy.manifest.generation import EPOCH


@contextmanager
def as_then(manifest: Manifest) -> Iterator[None]:
    """Within this block, generated files depend on the same variables and the same time as those of a run.

    A source that takes the latest of several forecasts takes the one that was the latest then.
    """
    former = {name: os.environ.get(name) for name in (AS_OF, EPOCH)}
    span = manifest.phases.generate
    moment = None if span is None or span.started is None else parse_instant(span.started)
    try:
        _set({name: manifest.variables.get(name) for name in former})
        with acting_at(moment):
            yield
    finally:
        _set(former)


def _set(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
