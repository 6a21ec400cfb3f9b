"""The page of a crate for people: what a browser shows of the folder, without a network and without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import resources
from typing import Any

from rompy.provenance.crate.graph import Entity, Graph

_ABOUT = {
    "author": "Authors",
    "publisher": "Publisher",
    "license": "Licence",
    "citation": "To cite",
    "temporalCoverage": "Period",
    "datePublished": "Date",
}
_FACTS = {"description": "How", "startTime": "Began", "endTime": "Ended"}
_LINKS = {
    "instrument": "By",
    "containerImage": "Image",
    "environment": "Environment",
    "object": "Read",
    "result": "Wrote",
    "resourceUsage": "Took",
}


def page_of(graph: Graph) -> bytes:
    """The page as HTML; the same for the same crate. Whatever the texts are, they stay texts."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    source = resources.files(__package__).joinpath("preview.html.j2").read_text(encoding="utf-8")
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(source)
    text = template.render(
        root=graph.root,
        # Within a script nothing is unescaped: only the end of the script must not occur.
        document=Markup(json.dumps(graph.to_document(), sort_keys=True).replace("<", "\\u003c")),
        about=[
            (label, _shown(graph, graph.root[key])) for key, label in _ABOUT.items() if graph.root.get(key)
        ],
        steps=[_step(graph, graph.entities[one["@id"]]) for one in graph.root["mentions"]],
        files=[_file(one) for one in _of_kind(graph, "File")],
        software=[_short(one) for one in _of_kind(graph, "SoftwareApplication")],
    )
    return text.encode("utf-8", "backslashreplace")


def _step(graph: Graph, action: Entity) -> dict[str, Any]:
    return {
        "name": action["name"],
        "failed": "error" in action,
        "error": action.get("error", ""),
        "facts": [(label, _told(action[key])) for key, label in _FACTS.items() if key in action],
        "links": [(label, _shown(graph, action[key])) for key, label in _LINKS.items() if key in action],
    }


def _told(text: str) -> str:
    """As it is; times as people write them."""
    is_time = len(text) == 25 and text.endswith("+00:00")
    return text.replace("T", " ").replace("+00:00", " UTC") if is_time else text


def _shown(graph: Graph, values: Any) -> list[dict[str, Any]]:
    """Entities that a property names, or its texts."""
    every = values if isinstance(values, list) else [values]
    return [
        _short(graph.entities[one["@id"]] if isinstance(one, dict) else {"@id": "", "name": one})
        for one in every
    ]


def _short(entity: Entity) -> dict[str, Any]:
    name = entity.get("name", entity["@id"])
    if entity.get("@type") == "PropertyValue":
        name = f"{name} = {entity['value']}{' ' + entity['unitText'] if 'unitText' in entity else ''}"
    return {"name": name, "href": _address(entity), "version": entity.get("version", "")}


def _file(entity: Entity) -> dict[str, Any]:
    return {
        **_short(entity),
        "description": entity.get("description", ""),
        "size": entity["contentSize"],
        "sha256": entity["sha256"],
    }


def _address(entity: Entity) -> str | None:
    """Where a link leads: a file of the crate, or an address on the web; nothing else is linked."""
    if entity.get("@type") in ("File", "Dataset"):
        return str(entity["@id"])
    known = entity.get("url") or entity["@id"]
    return str(known) if str(known).startswith(("http://", "https://")) else None


def _of_kind(graph: Graph, kind: str) -> Iterable[Entity]:
    found = (one for one in graph.to_document()["@graph"] if one["@type"] == kind)
    return sorted(found, key=lambda one: (str(one.get("name", "")).lower(), one["@id"]))
