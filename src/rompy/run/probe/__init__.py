"""Looks around on a machine and writes down what it finds, as the profile of a site."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from datetime import datetime, timezone

from rompy.run.probe import lsf, pbs, sge, slurm
from rompy.run.probe.containers import container_runtimes
from rompy.run.probe.modules import module_system
from rompy.run.probe.mpi import mpi_launcher
from rompy.run.probe.scratch import scratch_folders
from rompy.sites.profile import Probed, Python, Scheduler, SiteProfile

SCHEDULERS: dict[str, Callable[[], Scheduler | None]] = {
    "slurm": slurm.survey,
    "pbs": pbs.survey,
    "sge": sge.survey,
    "lsf": lsf.survey,
}
"""Each tells of its scheduler, or None where there is none."""


def probe_site(name: str, description: str | None = None) -> SiteProfile:
    """The profile of this machine. Only asks: nothing is submitted, loaded or started.

    Raises:
        ConfigError: the name cannot be that of a site.
    """
    import rompy

    found = {kind: survey() for kind, survey in SCHEDULERS.items()}
    return SiteProfile(
        name=name,
        description=description,
        probed=Probed(
            host=platform.node(),
            at=datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z"),
            rompy=rompy.__version__,
        ),
        schedulers={kind: scheduler for kind, scheduler in found.items() if scheduler is not None},
        modules=module_system(),
        containers=container_runtimes(),
        scratch=scratch_folders(),
        mpi=mpi_launcher(),
        python=Python(executable=sys.executable, version=platform.python_version()),
    )
