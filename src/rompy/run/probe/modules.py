"""The system of environment modules: Lmod or Environment Modules."""

from __future__ import annotations

import os
import re
from pathlib import Path

from rompy.run.probe.answer import answer
from rompy.sites.profile import Modules

INITS = (
    "/usr/share/lmod/lmod/init/bash",
    "/opt/apps/lmod/lmod/init/bash",
    "/etc/profile.d/lmod.sh",
    "/usr/share/modules/init/bash",
    "/usr/share/Modules/init/bash",
    "/opt/cray/pe/modules/default/init/bash",
    "/etc/profile.d/modules.sh",
    "/etc/profile.d/z00_lmod.sh",
)
"""Where the command usually comes from."""


def module_system() -> Modules | None:
    """What this machine has; None without any."""
    init = next((path for path in (*_named_by_environment(), *INITS) if Path(path).is_file()), None)
    if init is None:
        return None
    # A shell of its own, because modules are a function of the shell. The path is an argument, and none of its text.
    command = ["bash", "--noprofile", "--norc", "-c", '. "$0" >/dev/null 2>&1; module --version 2>&1', init]
    said = answer(command, errors_too=True) or ""
    lmod = re.search(r"Lua: Version ([\d.]+)", said)
    modules = re.search(r"(?:Modules Release|VERSION=)\s*([\d.]+)", said)
    if lmod is None and modules is None and "lmod" not in init:
        system = "environment-modules" if "command not found" not in said else ""
        return Modules(system=system, init=init) if system else None
    if lmod is not None or modules is None:
        return Modules(system="lmod", version=lmod[1] if lmod else None, init=init)
    return Modules(system="environment-modules", version=modules[1].rstrip("."), init=init)


def _named_by_environment() -> list[str]:
    homes = [os.environ[name] for name in ("LMOD_PKG", "MODULESHOME") if os.environ.get(name)]
    return [f"{home}/init/bash" for home in homes]
