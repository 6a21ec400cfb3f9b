"""How programs with several MPI ranks are started here."""

from __future__ import annotations

import re
import shutil

from rompy.run.probe.answer import answer
from rompy.sites.profile import Mpi

LAUNCHERS = ("mpiexec", "mpirun", "srun")
FLAVOURS = {
    "openmpi": r"\(Open ?MPI\) ([\w.]+)|OpenRTE\) ([\w.]+)|Open MPI\W+v?(\d[\w.]*)",
    "intelmpi": r"Intel\(R\) MPI Library.*?Version ([\w. ]+?)(?: Build|$)",
    "mpich": r"HYDRA build details:\s*Version:\s*([\w.]+)",
    "slurm": r"slurm\S* ([\w.]+)",
}
"""What each says of its version."""


def mpi_launcher() -> Mpi | None:
    """The first launcher on the PATH; None without any."""
    for name in LAUNCHERS:
        path = shutil.which(name)
        if path is not None:
            return _known(path, answer([path, "--version"], errors_too=True) or "")
    return None


def _known(path: str, said: str) -> Mpi:
    for flavour, pattern in FLAVOURS.items():
        match = re.search(pattern, said, flags=re.MULTILINE)
        if match:
            return Mpi(launcher=path, flavour=flavour, version=next(filter(None, match.groups())).strip())
    return Mpi(launcher=path)
