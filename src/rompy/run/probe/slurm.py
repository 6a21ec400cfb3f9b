"""What Slurm tells of its partitions."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from rompy.run.probe.answer import answer
from rompy.run.slurm import SlurmScheduler
from rompy.sites.profile import Queue, Scheduler
from rompy.sites.walltime import INFINITE, written

logger = logging.getLogger(__name__)

_FIELDS = ("%P", "%a", "%l", "%L", "%D", "%c", "%m", "%G", "%s")
"""Partition, availability, time limit, default time, nodes, processors, memory (MB), gres, size of jobs."""


def survey() -> Scheduler | None:
    """Partitions with their limits; one row of ``sinfo -e`` for each kind of node in each."""
    version = answer(["sinfo", "--version"])
    if version is None:
        return None
    table = answer(["sinfo", "-h", "-e", "-o", "|".join(_FIELDS)])
    if table is None:
        logger.warning("Slurm is installed, but does not answer: is this a machine of its cluster?")
        return None
    queues: dict[str, Queue] = {}
    default = None
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != len(_FIELDS):
            continue
        name = cells[0].rstrip("*")
        default = name if cells[0].endswith("*") else default
        queues[name] = _joined(queues.get(name), _queue(cells))
    return Scheduler(
        version=version.split()[-1] if version.split() else None,
        max_array_size=SlurmScheduler().max_array_size(),
        default_queue=default,
        queues=queues,
    )


def _queue(cells: list[str]) -> Queue:
    _, availability, limit, default, nodes, cores, memory, gres, size = cells
    return Queue(
        max_walltime=walltime(limit),
        default_walltime=walltime(default),
        nodes=_number(nodes),
        max_nodes=_number(size.rpartition("-")[2]),
        cores_per_node=_number(cores) or None,
        memory_per_node_mb=_number(memory) or None,
        gpus_per_node=gpus(gres),
        available=availability == "up",
    )


def _joined(one: Queue | None, other: Queue) -> Queue:
    """Of a partition with several kinds of nodes: their number together, and the best of each."""
    if one is None:
        return other
    best = {
        name: _largest(getattr(one, name), getattr(other, name))
        for name in ("cores_per_node", "memory_per_node_mb")
    }
    kinds = {*one.gpus_per_node, *other.gpus_per_node}
    best_gpus = {kind: max(q.gpus_per_node.get(kind, 0) for q in (one, other)) for kind in sorted(kinds)}
    nodes = (one.nodes or 0) + (other.nodes or 0)
    return one.model_copy(update={**best, "nodes": nodes, "gpus_per_node": best_gpus})


def _largest(*numbers: int | None) -> int | None:
    return max((number for number in numbers if number is not None), default=None)


def walltime(text: str) -> str | None:
    """``2-00:00:00``, ``30:00`` (minutes and seconds), ``infinite``; None for ``n/a``."""
    if text == INFINITE:
        return INFINITE
    match = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return written(((24 * days + hours) * 60 + minutes) * 60 + seconds)


def gpus(gres: str) -> Mapping[str, int]:
    """GPUs by kind from ``gpu:a100:4(S:0-1),lustre:1``; those without a kind as ``gpu``."""
    found: dict[str, int] = {}
    for kind, count in re.findall(r"(?:^|,)gpu(?::([A-Za-z][\w.-]*))?:(\d+)", gres):
        found[kind or "gpu"] = found.get(kind or "gpu", 0) + int(count)
    return found


def _number(text: str) -> int | None:
    match = re.match(r"\d+", text)
    return int(match[0]) if match else None
