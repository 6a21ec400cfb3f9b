"""What a postprocessor says about its work."""

from __future__ import annotations

from typing import Any

from rompy.core.outcome import has_succeeded, message_of

__all__ = ["PostprocessResult", "has_succeeded", "message_of"]


class PostprocessResult(dict[str, Any]):
    """A dict with ``success`` and ``message`` and whatever else a processor reports. True only when it succeeded."""

    @property
    def success(self) -> bool:
        """Whether the output was processed."""
        return bool(self.get("success"))

    @property
    def message(self) -> str:
        """What was done, or why it was not."""
        return str(self.get("message", ""))

    def __bool__(self) -> bool:
        return self.success
