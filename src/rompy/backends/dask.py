"""Settings for running on a cluster of Dask."""

import re
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from rompy import plugins
from rompy.backends.base import BaseBackendConfig
from rompy.core.describing.surroundings import Command


class DaskConfig(BaseBackendConfig):
    """Runs the model as a task of a Dask cluster: one whose scheduler is named, or one that rompy starts and ends.

    Each run takes one slot (thread) of a worker, and waits until one is free. The workers must see the workspace under
    the same path; rompy need not be installed there.
    """

    backend_type: ClassVar[str] = "dask"

    command: Command | None = None
    """Command to run in the workspace. Without it, the model's configuration says how it is started."""
    scheduler: str | None = None
    """Address of a scheduler that runs, such as ``tcp://host:8786`` or ``tls://host:8786``. Either this,
    ``scheduler_file`` or ``cluster``."""
    scheduler_file: Path | None = None
    """File in which a scheduler tells its address (``dask scheduler --scheduler-file``)."""
    cluster: str | None = None
    """Class of a cluster to start: ``LocalCluster``, ``SLURMCluster`` or another one of dask-jobqueue, ``KubeCluster``,
    ``SSHCluster``, or the dotted path of any other. A process of its own on this machine keeps it, whatever becomes of
    this one, and all runs with the same settings of the cluster share it."""
    cluster_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Arguments of that class, such as ``{"cores": 4, "memory": "8GB", "queue": "short"}``."""
    workers: int | None = Field(default=None, ge=1)
    """How many workers the cluster starts; by default one for each processor of a ``LocalCluster``, else one."""
    linger: float = Field(default=30.0, ge=0)
    """Seconds that the cluster stays when it has nothing to do any more."""
    tls_ca_file: Path | None = None
    """Certificates of those who may sign certificates here (PEM), for an address that begins with ``tls``. Without
    this and the next two, Dask's own configuration holds."""
    tls_cert_file: Path | None = None
    """Certificate of this client (PEM)."""
    tls_key_file: Path | None = None
    """Key of this client's certificate (PEM)."""
    resources: dict[str, float] = Field(default_factory=dict)
    """What a worker must have free for a run, as its ``--resources`` say, such as ``{"slot": 1}``."""
    priority: int = 0
    """Runs with a higher one are started first."""
    python: str | None = None
    """Python on the workers, for the supervisor (3.6 or newer) and for models in Python; by default the running one,
    or ``python3`` where that does not exist."""
    mpiexec: str | None = None
    """Launcher for a model with several MPI ranks, with options if need be; ``-n RANKS`` is added. Dask counts one slot
    all the same, so give such runs a resource of their own."""
    grace: float = Field(default=10.0, ge=0)
    """Seconds between asking a model to end and killing it."""
    patience: float = Field(default=30.0, ge=0)
    """Seconds that the result of a run that has gone may take to be seen, on a slow file system, before the run counts
    as lost."""
    connect_timeout: float = Field(default=10.0, gt=0)
    """Seconds that the scheduler may take to answer."""

    @field_validator("scheduler")
    @classmethod
    def _is_an_address(cls, address: str | None) -> str | None:
        if address is not None and not re.fullmatch(r"(tcp|tls|ws|wss|ucx)://[^\s/@]+:\d+", address):
            raise ValueError(f"{address!r} is not the address of a scheduler, such as tcp://host:8786")
        return address

    @field_validator("cluster")
    @classmethod
    def _is_a_class(cls, name: str | None) -> str | None:
        if name is not None and not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", name):
            raise ValueError(
                f"{name!r} is not the name of a class, such as LocalCluster or package.module.Class"
            )
        return name

    @model_validator(mode="after")
    def _names_one_place(self) -> "DaskConfig":
        named = [
            name for name in ("scheduler", "scheduler_file", "cluster") if getattr(self, name) is not None
        ]
        if len(named) != 1:
            raise ValueError(
                "give one of  scheduler: tcp://host:8786,  scheduler_file: FILE  and  cluster: LocalCluster"
                + (f", not {' and '.join(named)}" if named else "")
            )
        alone = [
            name for name in ("cluster_kwargs", "workers") if getattr(self, name) and self.cluster is None
        ]
        if alone:
            raise ValueError(
                f"{alone[0]} is for a  cluster  that rompy starts; a running scheduler has its own"
            )
        return self

    @model_validator(mode="after")
    def _has_all_of_tls(self) -> "DaskConfig":
        files = {name: getattr(self, name) for name in ("tls_ca_file", "tls_cert_file", "tls_key_file")}
        missing = [name for name, path in files.items() if path is None]
        if missing and len(missing) < len(files):
            raise ValueError(f"TLS needs {' and '.join(missing)} too")
        for name, path in files.items():
            if path is not None and not path.is_file():
                raise ValueError(f"{name}: there is no file {path}")
        return self

    def get_backend_class(self) -> type[Any]:
        """The backend registered as ``dask``."""
        backend: type[Any] = plugins.load("rompy.run", "dask")
        return backend
