"""Settings of each way to run a model. The backends themselves are in `rompy.run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "BackendConfig": "config",
    "BaseBackendConfig": "base",
    "BatchConfig": "batch",
    "DaskConfig": "dask",
    "DockerConfig": "docker",
    "LsfConfig": "lsf",
    "PbsConfig": "pbs",
    "SgeConfig": "sge",
    "LocalConfig": "local",
    "SlurmConfig": "slurm",
    "load_backend_config": "load",
}

__all__ = [
    "BackendConfig",
    "BaseBackendConfig",
    "BatchConfig",
    "DaskConfig",
    "DockerConfig",
    "LocalConfig",
    "LsfConfig",
    "PbsConfig",
    "SgeConfig",
    "SlurmConfig",
    "load_backend_config",
]

if TYPE_CHECKING:
    from rompy.backends.base import BaseBackendConfig
    from rompy.backends.batch import BatchConfig
    from rompy.backends.config import BackendConfig
    from rompy.backends.dask import DaskConfig
    from rompy.backends.docker import DockerConfig
    from rompy.backends.load import load_backend_config
    from rompy.backends.local import LocalConfig
    from rompy.backends.lsf import LsfConfig
    from rompy.backends.pbs import PbsConfig
    from rompy.backends.sge import SgeConfig
    from rompy.backends.slurm import SlurmConfig

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
