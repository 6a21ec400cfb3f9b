"""Run backends: each runs models in one kind of place. Their settings are in `rompy.backends`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME_OF = {
    "Capabilities": "rompy.run.protocol",
    "DockerRunBackend": "rompy.run.docker",
    "Job": "rompy.run.job",
    "LocalRunBackend": "rompy.run.local",
    "Plan": "rompy.run.protocol",
    "RunBackend": "rompy.run.protocol",
    "statuses": "rompy.run.waiting",
    "submit": "rompy.run.submission",
    "submit_async": "rompy.run.submission",
    "submit_many": "rompy.run.submission",
}

__all__ = [
    "Capabilities",
    "DockerRunBackend",
    "Job",
    "LocalRunBackend",
    "Plan",
    "RunBackend",
    "statuses",
    "submit",
    "submit_async",
    "submit_many",
]

if TYPE_CHECKING:
    from rompy.run.docker import DockerRunBackend
    from rompy.run.job import Job
    from rompy.run.local import LocalRunBackend
    from rompy.run.protocol import Capabilities, Plan, RunBackend
    from rompy.run.submission import submit, submit_async, submit_many
    from rompy.run.waiting import statuses


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'rompy.run' has no attribute {name!r}")
