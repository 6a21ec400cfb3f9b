"""Settings of each way to run a model. The backends themselves are in `rompy.run`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME_OF = {
    "BackendConfig": "rompy.backends.config",
    "BaseBackendConfig": "rompy.backends.base",
    "BatchConfig": "rompy.backends.batch",
    "DockerConfig": "rompy.backends.docker",
    "LsfConfig": "rompy.backends.lsf",
    "PbsConfig": "rompy.backends.pbs",
    "SgeConfig": "rompy.backends.sge",
    "LocalConfig": "rompy.backends.local",
    "SlurmConfig": "rompy.backends.slurm",
    "load_backend_config": "rompy.backends.load",
}

__all__ = [
    "BackendConfig",
    "BaseBackendConfig",
    "BatchConfig",
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
    from rompy.backends.docker import DockerConfig
    from rompy.backends.load import load_backend_config
    from rompy.backends.local import LocalConfig
    from rompy.backends.lsf import LsfConfig
    from rompy.backends.pbs import PbsConfig
    from rompy.backends.sge import SgeConfig
    from rompy.backends.slurm import SlurmConfig


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'rompy.backends' has no attribute {name!r}")
