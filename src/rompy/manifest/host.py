"""What machine it is, as far as results may depend on it."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any


def host_facts() -> dict[str, Any]:
    """Name, system, processor and memory of this machine."""
    system = platform.uname()
    facts = {
        "name": system.node,
        "system": system.system,
        "release": system.release,
        "machine": system.machine,
        "processor": _processor(),
        "cpus": os.cpu_count(),
        "memory_bytes": _memory(),
        "libc": " ".join(part for part in _libc() if part),
    }
    return {key: value for key, value in facts.items() if value}


def loaded_modules() -> list[str]:
    """Environment modules (Lmod, Tcl modules) that are loaded."""
    return [name for name in os.environ.get("LOADEDMODULES", "").split(":") if name]


def _processor() -> str | None:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return None


def _memory() -> int | None:
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def _libc() -> tuple[str, ...]:
    with suppress(OSError, ValueError, AttributeError):
        return tuple((os.confstr("CS_GNU_LIBC_VERSION") or "").split())
    return ()
