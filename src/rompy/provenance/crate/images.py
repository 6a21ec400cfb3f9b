"""Images of containers that models ran in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rompy.provenance.crate.graph import TERMS, Graph, Reference, local_id


def image_in(graph: Graph, facts: Mapping[str, Any] | None) -> Reference | None:
    """An image as an entity.

    Its registry is told when it is known that it came from one: an image that was built here has none.

    Args:
        facts: ``name``, ``id`` and ``digests``, as the record of a run has them.
    """
    if not facts:
        return None
    known = [str(one) for one in facts.get("digests") or ()]
    whole = known[0].partition("@")[0] if known else _without_tag(str(facts.get("name") or ""))[0]
    registry, name = _split(whole)
    digest = (known[0].partition("@")[2] if known else str(facts.get("id") or "")).removeprefix("sha256:")
    return graph.add(
        local_id("image", digest[:12] or name),
        "ContainerImage",
        {
            "additionalType": {"@id": f"{TERMS}DockerImage"},
            "name": name,
            "registry": registry if known else None,
            "tag": _without_tag(str(facts.get("name") or ""))[1],
            "sha256": digest,
            "identifier": facts.get("id"),
        },
    )


def _without_tag(name: str) -> tuple[str, str | None]:
    """Name and tag: the tag is what follows a colon behind the last slash."""
    plain = name.partition("@")[0]
    folder, slash, last = plain.rpartition("/")
    last, _, tag = last.partition(":")
    return f"{folder}{slash}{last}", tag or None


def _split(name: str) -> tuple[str, str]:
    """Registry and name: a first part with a dot or port is a registry, as engines understand it."""
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return "docker.io", name
