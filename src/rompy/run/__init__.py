"""Run backends: each runs models in one kind of place. Their settings are in `rompy.backends`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "Capabilities": "protocol",
    "DockerRunBackend": "docker",
    "Job": "job",
    "LocalRunBackend": "local",
    "Plan": "protocol",
    "RunBackend": "protocol",
    "cancel_all": "waiting",
    "statuses": "waiting",
    "submit": "submission",
    "submit_async": "submission",
    "submit_many": "submission",
    "submit_many_async": "submission",
    "wait_for_all": "waiting",
    "wait_for_all_async": "waiting",
}

__all__ = [
    "Capabilities",
    "DockerRunBackend",
    "Job",
    "LocalRunBackend",
    "Plan",
    "RunBackend",
    "cancel_all",
    "statuses",
    "submit",
    "submit_async",
    "submit_many",
    "submit_many_async",
    "wait_for_all",
    "wait_for_all_async",
]

if TYPE_CHECKING:
    from rompy.run.docker import DockerRunBackend
    from rompy.run.job import Job
    from rompy.run.local import LocalRunBackend
    from rompy.run.protocol import Capabilities, Plan, RunBackend
    from rompy.run.submission import submit, submit_async, submit_many, submit_many_async
    from rompy.run.waiting import cancel_all, statuses, wait_for_all, wait_for_all_async

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
