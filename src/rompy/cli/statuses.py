"""The statuses that commands exit with."""

from __future__ import annotations

from rompy import errors

DIFFERS = 1
"""Two things were compared and are not the same, as ``diff`` and ``cmp`` have it."""
BUG = 70
"""An unexpected exception (EX_SOFTWARE of sysexits.h)."""
STILL_RUNNING = 124
"""A run had not ended when the time to wait was over, as ``timeout`` of the shell has it."""
INTERRUPTED = 130
"""Ctrl-C, as shells have it."""
TERMINATED = 143
"""Ended by SIGTERM."""

MEANINGS: dict[int, str] = {
    0: "success",
    DIFFERS: "two runs differ",
    2: "wrong options or arguments",
    errors.ConfigError.exit_status: "the description is wrong",
    errors.DataError.exit_status: "input data, or an archive, are missing or unfit",
    errors.PluginError.exit_status: "a plugin or an extra is missing or broken",
    errors.WorkspaceError.exit_status: "the run directory cannot be used",
    errors.SubmitError.exit_status: "the model could not be started",
    errors.ModelError.exit_status: "the model failed",
    errors.PostprocessError.exit_status: "postprocessing failed",
    errors.TransferError.exit_status: "a transfer failed",
    errors.ReproducibilityError.exit_status: "not reproducible: something differs from its record",
    BUG: "a fault of rompy or of a plugin",
    STILL_RUNNING: "a run had not ended when the time to wait was over",
    INTERRUPTED: "interrupted",
    TERMINATED: "terminated",
}
"""Every status and what it means."""

EPILOG = "\b\nExit status:\n" + "\n".join(f"  {status:>3}  {text}" for status, text in MEANINGS.items())
"""For the help."""
