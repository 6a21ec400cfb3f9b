"""What a backend asks to be run, put together from a run and the backend's settings."""

from __future__ import annotations

from typing import Any

from rompy.core.launch import Launch
from rompy.jobs.prepare import Order
from rompy.run.rules import success_rules


def order_of(model_run: Any, config: Any, launch: Launch, *, backend: str, patience_s: float) -> Order:
    """The order that settings of any backend make; what a backend does otherwise it replaces.

    Args:
        model_run: the ModelRun.
        config: the settings, with ``grace`` besides those of `rompy.backends.base.BaseBackendConfig`.
        launch: the command as the place will execute it.
        backend: name of the backend.
        patience_s: how long the result of a job that has gone may take to be seen, in seconds.
    """
    return Order(
        run_id=str(model_run.run_id),
        backend=backend,
        launch=launch,
        settings=config.recorded(),
        time_limit_s=config.timeout,
        grace_s=config.grace,
        directory=config.working_dir and config.working_dir.absolute(),
        success=success_rules(model_run, config),
        patience_s=patience_s,
    )
