"""Classes of clusters by their names."""

from __future__ import annotations

import inspect
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from rompy.errors import PluginError, SubmitError

HOMES = {
    "LocalCluster": "distributed",
    "SSHCluster": "distributed",
    "KubeCluster": "dask_kubernetes.operator",
    **dict.fromkeys(
        (
            "HTCondorCluster",
            "LSFCluster",
            "MoabCluster",
            "OARCluster",
            "PBSCluster",
            "SGECluster",
            "SLURMCluster",
        ),
        "dask_jobqueue",
    ),
}
"""Modules of the classes that can be named without one."""
PACKAGES = {
    "distributed": "rompy[dask]",
    "dask_jobqueue": "dask-jobqueue",
    "dask_kubernetes": "dask-kubernetes",
}


def kind_of(name: str) -> Callable[..., Any]:
    """The class of a cluster.

    Raises:
        PluginError: what has it is not installed.
        SubmitError: there is none of that name, or it is something else.
    """
    module, _, cls = name.rpartition(".")
    module = module or HOMES.get(cls, "")
    if not module:
        raise SubmitError(
            f"there is no cluster called {name}; one of {', '.join(sorted(HOMES))}, or a dotted path",
            field="cluster",
        )
    try:
        with _own_answer_to_ctrl_c():
            found = getattr(import_module(module), cls)
    except ModuleNotFoundError as error:
        package = PACKAGES.get(module.partition(".")[0], module.partition(".")[0])
        raise PluginError(f"{name} cannot be had: {error}", hint=f'pip install "{package}"') from error
    except (AttributeError, ImportError) as error:
        raise SubmitError(f"{name} cannot be had: {error}", field="cluster") from error
    if not _is_cluster(found):
        raise SubmitError(f"{name} is not a class of Dask clusters", field="cluster")
    kind: Callable[..., Any] = found
    return kind


def arguments_for(name: str, given: dict[str, Any], workers: int | None) -> dict[str, Any]:
    """Arguments of the class: what fits models, then what is given.

    A worker takes one run at a time, and is not ended for the memory of its model, which Dask takes for its own.
    """
    fitting: dict[str, Any] = {}
    if name.rpartition(".")[2] == "LocalCluster":
        fitting = {"threads_per_worker": 1, "memory_limit": 0, "dashboard_address": None}
        fitting |= {"n_workers": workers} if workers else {}
    elif "n_workers" not in given and _takes_workers(name):
        fitting = {"n_workers": workers or 1}
    return {**fitting, **given, **({"n_workers": workers} if workers and fitting else {})}


def _takes_workers(name: str) -> bool:
    try:
        parameters = inspect.signature(kind_of(name)).parameters
    except ValueError:
        return False
    return "n_workers" in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _is_cluster(found: Any) -> bool:
    from distributed import SSHCluster
    from distributed.deploy.cluster import Cluster

    return found is SSHCluster or (inspect.isclass(found) and issubclass(found, Cluster))


@contextmanager
def _own_answer_to_ctrl_c() -> Iterator[None]:
    """Whatever is imported inside, Ctrl-C means the same after it: dask-jobqueue makes it end the program at once."""
    answer = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if answer is not None and signal.getsignal(signal.SIGINT) is not answer:
            signal.signal(signal.SIGINT, answer)
