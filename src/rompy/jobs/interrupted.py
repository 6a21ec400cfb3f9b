"""The interrupt of a run by its user."""

from __future__ import annotations

from rompy.jobs.result import RunResult


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C during a run: the model has been ended with all its processes. An ordinary KeyboardInterrupt to others,
    so that a script with many runs stops as its user expects."""

    def __init__(self, result: RunResult) -> None:
        super().__init__(str(result))
        self.result = result
        """How the run ended; as a rule its state is ``cancelled``."""
