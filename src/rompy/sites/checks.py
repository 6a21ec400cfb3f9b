"""Catches before it queues what a site could never run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from rompy.errors import SubmitError
from rompy.sites.asked import Asked
from rompy.sites.profile import Queue, Scheduler, SiteProfile
from rompy.sites.walltime import seconds_of, written


class Objection(NamedTuple):
    """Why a job could never run."""

    message: str
    field: str | None
    """Setting that asks for it."""
    hint: str | None = None


def objections(site: SiteProfile, config: Any, *, ranks: int = 1) -> Iterator[Objection]:
    """What a site has against some settings.

    Args:
        config: settings of a backend, of third parties too. Their ``asked(ranks)`` tells what they ask for, and
            their ``container_runtimes`` what they need.
        ranks: MPI ranks that the model's configuration asks for.
    """
    yield from _containers(site, getattr(type(config), "container_runtimes", ()))
    kind = str(getattr(type(config), "backend_type", ""))
    tell = getattr(config, "asked", None)
    if not callable(tell):
        return
    scheduler, asked = site.schedulers.get(kind), tell(ranks)
    if scheduler is not None:
        yield from _of_scheduler(site.name, scheduler, asked) if asked is not None else ()
    elif site.schedulers:
        there = ", ".join(sorted(site.schedulers))
        yield Objection(f"the site {site.name} has no scheduler {kind!r}", None, f"It has: {there}")


def check_submission(config: Any, *, ranks: int = 1) -> None:
    """Raise before a job is queued that could never run, as far as the profile of its site tells.

    Raises:
        SubmitError: it could not; names queue and limit.
    """
    site = getattr(config, "site_profile", None)
    for objection in objections(site, config, ranks=ranks) if site is not None else ():
        raise SubmitError(objection.message, field=objection.field, hint=objection.hint)


def _containers(site: SiteProfile, wanted: tuple[str, ...]) -> Iterator[Objection]:
    if not wanted or site.containers is None:
        return
    there = {name: site.containers[name] for name in wanted if name in site.containers}
    if any(runtime.answers for runtime in there.values()):
        return
    reasons = [f"{name}: {runtime.reason or 'does not answer'}" for name, runtime in there.items()]
    message = f"the site {site.name} has no {' or '.join(wanted)} to run containers with"
    yield Objection(f"{message} ({'; '.join(reasons)})" if reasons else message, None)


def _of_scheduler(site: str, scheduler: Scheduler, asked: Asked) -> Iterator[Objection]:
    queues = scheduler.queues
    names = asked.queues or ((scheduler.default_queue,) if scheduler.default_queue else ())
    for name in names:
        if queues and name not in queues:
            yield _unknown(site, name, queues)
            return
    known = {name: queues[name] for name in names if name in queues}
    complaints = {name: list(_of_queue(name, queue, asked)) for name, queue in known.items()}
    # A job that may go to several queues goes to one of those that can take it.
    if complaints and all(complaints.values()):
        yield from next(iter(complaints.values()))


def _unknown(site: str, name: str, queues: Mapping[str, Queue]) -> Objection:
    close = get_close_matches(name, queues, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else ""
    return Objection(f"the site {site} has no queue {name!r}{guess}", "queue", f"It has: {', '.join(queues)}")


def _of_queue(name: str, queue: Queue, asked: Asked) -> Iterator[Objection]:
    if not queue.available:
        yield Objection(f"the queue {name!r} does not take jobs", "queue")
    longest = seconds_of(queue.max_walltime)
    if asked.walltime_s is not None and asked.walltime_s > longest:
        wanted, limit = written(asked.walltime_s), written(longest)
        yield Objection(f"{wanted} is more than the {limit} that the queue {name!r} allows", "time_limit")
    for what, field, wanted_number, limit_number in _numbers(queue, asked):
        if wanted_number is not None and limit_number is not None and wanted_number > limit_number:
            yield Objection(
                f"asks for {wanted_number:g} {what}, but the queue {name!r} has at most {limit_number:g}",
                field,
            )


def _numbers(queue: Queue, asked: Asked) -> Iterator[tuple[str, str | None, float | None, float | None]]:
    """What is counted, by which setting, how much is asked for, and how much there is."""
    nodes = min((n for n in (queue.nodes, queue.max_nodes) if n is not None), default=None)
    yield "nodes", "nodes", asked.nodes, nodes
    yield "cores on each node", asked.cores_setting, asked.cores_per_node, queue.cores_per_node
    wanted = min((n for n in (asked.nodes, nodes) if n is not None), default=None)
    cores = queue.cores_per_node * wanted if queue.cores_per_node and wanted is not None else None
    yield (
        f"cores on {wanted} nodes" if wanted != 1 else "cores on 1 node",
        asked.cores_setting,
        asked.cores,
        cores,
    )
    yield "MB of memory on each node", "memory", asked.memory_per_node_mb, queue.memory_per_node_mb
