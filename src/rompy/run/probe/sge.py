"""What Grid Engine tells of its queues."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from rompy.run.probe.answer import answer
from rompy.run.probe.slurm import walltime
from rompy.run.sge import SgeScheduler
from rompy.sites.asked import megabytes
from rompy.sites.profile import Queue, Scheduler
from rompy.sites.walltime import INFINITE


def survey() -> Scheduler | None:
    """Cluster queues with their limits."""
    names = answer(["qconf", "-sql"])
    if names is None:
        return None
    version = (answer(["qconf", "-help"], errors_too=True) or "").partition("\n")[0].split()
    hosts = _hosts(answer(["qhost", "-q", "-xml"]) or "")
    return Scheduler(
        version=version[-1] if version else None,
        max_array_size=SgeScheduler().max_array_size(),
        default_queue=None,  # a job that names none may go to any
        queues={name: _queue(name, hosts) for name in names.split()},
    )


def _queue(name: str, hosts: list[ElementTree.Element]) -> Queue:
    facts = dict(re.findall(r"^(\w+)\s+(.*?)\s*$", answer(["qconf", "-sq", name]) or "", flags=re.MULTILINE))
    own = [host for host in hosts if any(queue.get("name") == name for queue in host.iter("queue"))]
    limit = facts.get("h_rt", "INFINITY").partition(",")[0]
    return Queue(
        max_walltime=INFINITE if limit == "INFINITY" else walltime(limit),
        nodes=len(own) or None,
        cores_per_node=max((int(v) for v in _values(own, "num_proc") if v.isdigit()), default=None),
        memory_per_node_mb=max((int(megabytes(v) or 0) for v in _values(own, "mem_total")), default=0)
        or None,
    )


def _hosts(output: str) -> list[ElementTree.Element]:
    try:
        return list(ElementTree.fromstring(output).iter("host"))
    except ElementTree.ParseError:
        return []


def _values(hosts: list[ElementTree.Element], name: str) -> list[str]:
    return [
        value.text or "" for host in hosts for value in host.iter("hostvalue") if value.get("name") == name
    ]
