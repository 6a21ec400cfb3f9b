"""What LSF tells of its queues."""

from __future__ import annotations

import re

from rompy.run.lsf import LsfScheduler
from rompy.run.probe.answer import answer
from rompy.sites.asked import megabytes
from rompy.sites.profile import Queue, Scheduler
from rompy.sites.walltime import INFINITE, written


def survey() -> Scheduler | None:
    """Queues with their limits."""
    said = answer(["lsid"])
    if said is None:
        return None
    version = re.search(r"LSF[^\d\n]*(\d[\d.]*\d)", said)
    queues = answer(["bqueues", "-l"]) or ""
    hosts = _hosts(answer(["lshosts", "-w"]) or "")
    chunks = re.split(r"^QUEUE: ", queues, flags=re.MULTILINE)[1:]
    return Scheduler(
        version=version[1] if version else None,
        max_array_size=LsfScheduler().max_array_size(),
        default_queue=next((_name(chunk) for chunk in chunks if "default queue" in chunk), None),
        queues={_name(chunk): _queue(chunk, hosts) for chunk in chunks},
    )


def _name(chunk: str) -> str:
    return chunk.split(maxsplit=1)[0]


def _queue(chunk: str, hosts: dict[str, tuple[int, int]]) -> Queue:
    of_queue = re.search(r"^HOSTS:\s*(.*)$", chunk, flags=re.MULTILINE)
    # Groups of hosts are not looked into; with one of them the hosts are not known.
    named = [host.rstrip("/") for host in of_queue[1].split()] if of_queue else ["all"]
    own = hosts if "all" in named else {name: hosts[name] for name in named if name in hosts}
    known = "all" in named or len(own) == len(named)
    status = re.search(r"\b(Open|Closed):(Active|Inact)", chunk)
    return Queue(
        max_walltime=_run_limit(chunk, "MAXIMUM LIMITS:") or INFINITE,
        default_walltime=_run_limit(chunk, "DEFAULT LIMITS:"),
        nodes=len(own) if known and own else None,
        cores_per_node=max((cores for cores, _ in own.values()), default=0) or None if known else None,
        memory_per_node_mb=max((memory for _, memory in own.values()), default=0) or None if known else None,
        available=status is None or status.groups() == ("Open", "Active"),
    )


def _run_limit(chunk: str, head: str) -> str | None:
    """The run limit in minutes below a headline."""
    section = re.search(
        rf"^{head}\n(.*?)(?:\n[A-Z]{{3,}}[^\n]*(?:LIMITS|PARAMETERS)|\Z)",
        chunk,
        flags=re.MULTILINE | re.DOTALL,
    )
    limit = re.search(r"RUNLIMIT[^\n]*\n\s*([\d.]+)\s*min", section[1]) if section else None
    return written(60 * float(limit[1])) if limit else None


def _hosts(table: str) -> dict[str, tuple[int, int]]:
    """Processors and memory (MB) of each host that runs jobs, from the table of ``lshosts -w``."""
    lines = table.splitlines()
    heads = lines[0].split() if lines else []
    found = {}
    for line in lines[1:]:
        row = dict(zip(heads, line.split(), strict=False))
        if row.get("server") == "Yes" and row.get("ncpus", "").isdigit():
            found[row["HOST_NAME"]] = (int(row["ncpus"]), int(megabytes(row.get("maxmem")) or 0))
    return found
