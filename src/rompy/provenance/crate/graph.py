"""The graph of a crate: entities by their identifiers, as JSON-LD writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from rompy.provenance.copies import CRATE, PAGE

METADATA, PREVIEW = CRATE, PAGE
ROOT = "./"

RO_CRATE = "https://w3id.org/ro/crate/1.1"
TERMS = "https://w3id.org/ro/terms/workflow-run#"
_OWN_TERMS = (
    "ContainerImage",
    "containerImage",
    "environment",
    "registry",
    "resourceUsage",
    "sha256",
    "tag",
)
"""What the context of RO-Crate 1.1 lacks. Told here, so that no further context has to be fetched to read a crate."""

Entity = dict[str, Any]
Reference = dict[str, str]
"""What stands for an entity in the properties of others."""


class Graph:
    """Collects entities."""

    def __init__(self) -> None:
        self.entities: dict[str, Entity] = {
            METADATA: {
                "@id": METADATA,
                "@type": "CreativeWork",
                "about": {"@id": ROOT},
                "conformsTo": {"@id": RO_CRATE},
            },
            ROOT: {"@id": ROOT, "@type": "Dataset"},
        }

    @property
    def root(self) -> Entity:
        """The crate as a whole."""
        return self.entities[ROOT]

    def add(self, identifier: str, kind: str, properties: Mapping[str, Any]) -> Reference:
        """An entity; properties that are None or empty are left out.

        One that is there already with the same properties is not added again; one with other properties gets a number
        at the end of its identifier.
        """
        told = {
            "@type": kind,
            **{key: value for key, value in properties.items() if value not in (None, "", [])},
        }
        unique, number = identifier, 1
        while unique in self.entities and self.entities[unique] != {"@id": unique, **told}:
            number += 1
            unique = f"{identifier}-{number}"
        self.entities[unique] = {"@id": unique, **told}
        return {"@id": unique}

    def to_document(self) -> dict[str, Any]:
        """All entities in the order of their identifiers, the crate itself first."""
        first = {METADATA: 0, ROOT: 1}
        ordered = sorted(self.entities.values(), key=lambda e: (first.get(e["@id"], 2), e["@id"]))
        plain = [{key: _alone(value) for key, value in entity.items()} for entity in ordered]
        return {
            "@context": [f"{RO_CRATE}/context", {term: f"{TERMS}{term}" for term in _OWN_TERMS}],
            "@graph": plain,
        }

    def to_json(self) -> bytes:
        """The text of the metadata file; the same for the same crate."""
        text = json.dumps(self.to_document(), indent=1, ensure_ascii=False, sort_keys=True)
        # Names of files that are no UTF-8 hold halves of characters, which JSON can only tell in this way.
        return f"{text}\n".encode("utf-8", "backslashreplace")


def _alone(value: Any) -> Any:
    """A list of one thing as that thing, as RO-Crate wants it."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def path_id(name: str) -> str:
    """The identifier of a file or folder of the crate."""
    return quote(name, safe="/", errors="surrogateescape")


def local_id(*parts: str) -> str:
    """An identifier within the crate of something that is no file."""
    return "#" + quote("/".join(part for part in parts if part), safe="/", errors="replace")
