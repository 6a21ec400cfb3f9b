"""Settings for running on this machine."""

from typing import Any, ClassVar

from pydantic import Field

from rompy import plugins
from rompy.backends.base import BaseBackendConfig
from rompy.core.describing.surroundings import Command


class LocalConfig(BaseBackendConfig):
    """Runs the model as a supervised group of processes on this machine."""

    backend_type: ClassVar[str] = "local"

    command: Command | None = None
    """Command to run in the workspace. Without it, the model's configuration says how it is started."""
    shell: bool = True
    """Whether a shell reads the command, so that pipes, ``&&`` and variables work; otherwise it is only split into
    words."""
    capture_output: bool = True
    """Whether the model's output is kept, in ``.rompy/stdout.log`` and ``.rompy/stderr.log``; otherwise it goes to
    the standard output and error of this process, and no log is left."""
    stream_output: bool = False
    """Whether each line that the model writes is logged as it comes, besides being kept."""
    mpiexec: str | None = None
    """Launcher for a model with several MPI ranks, with options if need be; ``-n RANKS`` is added. By default the
    one beside the running Python, else the one on the PATH."""
    grace: float = Field(default=10.0, ge=0)
    """Seconds between asking a model to end and killing it."""

    def get_backend_class(self) -> type[Any]:
        """The backend registered as ``local``."""
        backend: type[Any] = plugins.load("rompy.run", "local")
        return backend
