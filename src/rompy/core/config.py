"""Base of every model configuration."""

from typing import Any, Literal

from rompy import TEMPLATES_DIR
from rompy.core.launch import Launch
from rompy.core.success import Success
from rompy.core.types import RompyBaseModel


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

    def launch(self) -> Launch | None:
        """How to start the model in its workspace; None when only the backend's settings can tell."""
        return None

    def succeeds_when(self) -> Success | None:
        """What the model's success looks like besides exit code 0; None for the ready rules of its ``model_type``."""
        return None
