"""Base of every model configuration."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from rompy import TEMPLATES_DIR
from rompy.core.launch import Launch
from rompy.core.success import Success
from rompy.core.types import RompyBaseModel
from rompy.errors import RompyError

if TYPE_CHECKING:
    from pathlib import Path

    from rompy.core.citation import Citation


class BaseConfig(RompyBaseModel):
    """What a model computes: grid, data, physics. How to prepare its workspace, and how the model is started.

    A plugin subclasses it, gives ``model_type`` its own tag and points ``template`` to its own folder.
    """

    model_type: Literal["base"] = "base"
    """Tells configurations apart in a description."""
    template: str | None = str(TEMPLATES_DIR / "base")
    """Folder, archive or git repository of the template."""
    checkout: str | None = "main"
    """Branch or tag, when the template is a git repository."""

    passing_files: ClassVar[tuple[str, ...]] = ()
    """Patterns of files in the workspace that tell how long a run took and where, not what came out: they differ
    between any two runs, and are left out when results are compared."""

    def __call__(self, runtime: Any) -> Any:
        """Prepare input in ``runtime.staging_dir`` and return what templates see as ``config``.

        Args:
            runtime: the ModelRun; its ``period`` and ``staging_dir`` (an existing folder) are there to be read.
        """
        return self

    def render(self, context: dict[str, Any], output_dir: Any) -> None:
        """Render the template into the workspace. Called after ``__call__``, with the full context."""
        from rompy.core.render import render

        render(context, self.template, output_dir, self.checkout)

    def check(self, runtime: Any) -> Iterator[RompyError]:
        """What can be told to be wrong before anything is made; here, files that sources name and that are not there.

        Called before a run is generated and by ``rompy validate``. A model adds what it knows of itself, and is quick
        about it: headers may be read, data not.

        Args:
            runtime: the ModelRun.
        """
        from rompy.core.preflight import missing_files

        yield from missing_files(self, "config")

    def launch(self) -> Launch | None:
        """How to start the model in its workspace; None when only the backend's settings can tell."""
        return None

    def succeeds_when(self) -> Success | None:
        """What the model's success looks like besides exit code 0; None for the ready rules of its ``model_type``."""
        return None

    @classmethod
    def citations(cls) -> "Sequence[Citation]":
        """What the developers of the model ask to be cited; empty for the ready references of its ``model_type``."""
        return ()

    @classmethod
    def model_version(cls, workspace: "Path") -> str | None:
        """Version of the model that wrote the output in a workspace, as that output tells; None when it does not.

        For crates, citations and the ``source`` of result files. Called when a run has ended, well or not: what is
        expected may be missing or broken.
        """
        return None
