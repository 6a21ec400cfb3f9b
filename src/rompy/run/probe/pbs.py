"""What PBS tells of its queues."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rompy.run.pbs import attributes, blocks
from rompy.run.probe.answer import answer
from rompy.run.probe.slurm import walltime
from rompy.sites.asked import megabytes
from rompy.sites.profile import Queue, Scheduler
from rompy.sites.walltime import INFINITE

Facts = Mapping[str, str]


def survey() -> Scheduler | None:
    """Execution queues with their limits. Grid Engine has a ``qstat`` too, but no server that it tells of."""
    server = next((facts for _, facts in blocks(answer(["qstat", "-B", "-f"]) or "", "Server")), None)
    if server is None:
        return None
    nodes = list(_nodes(answer(["pbsnodes", "-a"]) or ""))
    queues = dict(blocks(answer(["qstat", "-Q", "-f"]) or "", "Queue"))
    size = server.get("max_array_size", "")
    return Scheduler(
        version=server.get("pbs_version"),
        max_array_size=int(size) if size.isdigit() else None,
        default_queue=server.get("default_queue"),
        queues={
            name: _queue(name, facts, nodes)
            for name, facts in queues.items()
            if facts.get("queue_type", "Execution") == "Execution"
        },
    )


def _nodes(text: str) -> Iterator[Facts]:
    """Attributes of each node in the output of ``pbsnodes -a``, whose blocks begin with its name."""
    for chunk in re.split(r"\n\s*\n", text.strip()):
        yield attributes(chunk.splitlines()[1:])


def _queue(name: str, facts: Facts, nodes: list[Facts]) -> Queue:
    # Most nodes belong to no queue of their own, and serve all that have none.
    own = [node for node in nodes if node.get("queue") == name] or [
        node for node in nodes if "queue" not in node
    ]
    limit = facts.get("resources_max.walltime")
    return Queue(
        max_walltime=walltime(limit) if limit else INFINITE,
        default_walltime=walltime(facts.get("resources_default.walltime", "")),
        nodes=len(own) or None,
        max_nodes=_most(facts.get("resources_max.nodect")),
        cores_per_node=_most(*(node.get("resources_available.ncpus") for node in own)),
        memory_per_node_mb=_most(*(_mb(node.get("resources_available.mem")) for node in own)),
        gpus_per_node=_gpus(own),
        available=facts.get("enabled") == "True" and facts.get("started") == "True",
    )


def _gpus(nodes: list[Facts]) -> dict[str, int]:
    count = _most(*(node.get("resources_available.ngpus") for node in nodes))
    return {"gpu": count} if count else {}


def _mb(size: str | None) -> str | None:
    number = megabytes(size, "b")
    return None if number is None else str(int(number))


def _most(*numbers: str | None) -> int | None:
    return max(
        (int(number) for number in numbers if number and number.isdigit() and int(number)), default=None
    )
