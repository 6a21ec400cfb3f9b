"""All settings classes of the built-in run backends in one place."""

from rompy.backends.base import BaseBackendConfig
from rompy.backends.docker import DockerConfig
from rompy.backends.local import LocalConfig
from rompy.backends.slurm import SlurmConfig

BackendConfig = LocalConfig | DockerConfig | SlurmConfig

__all__ = ["BackendConfig", "BaseBackendConfig", "DockerConfig", "LocalConfig", "SlurmConfig"]
