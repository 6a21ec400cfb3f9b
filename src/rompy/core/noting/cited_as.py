"""What datasets and their catalogues say of how to cite them, noted while a run is made: later they may be gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rompy.inputs import is_noting, note_about

ATTRIBUTES = (
    "title",
    "citation",
    "references",
    "reference",
    "attribution",
    "creator_name",
    "author",
    "institution",
    "doi",
    "id",
    "license",
    "licence",
    "product_version",
)
"""Global attributes of CF, ACDD and common use that tell what a dataset is and how to cite it."""
_LONGEST = 2000
"""Characters of an attribute that are kept."""


def note_attributes(attributes: Any) -> None:
    """What a dataset that is read says of itself."""
    if is_noting():
        note_about(_citing(attributes))


def note_catalogue(facts: Any) -> None:
    """What a catalogue says of a dataset that is read; that counts more than what the dataset says."""
    if is_noting():
        note_about(_citing(facts), counts_more=True)


def note_stac_item(item: Any) -> None:
    """What an item of a STAC catalogue says, with the extension for scientific citations."""
    if not is_noting():
        return
    told: Mapping[str, Any] = item.properties
    providers = told.get("providers") or [{}]
    note_catalogue(
        {
            "title": told.get("title") or item.collection_id or item.id,
            "doi": told.get("sci:doi"),
            "citation": told.get("sci:citation"),
            "institution": providers[0].get("name"),
            "license": told.get("license"),
        }
    )


def _citing(facts: Any) -> dict[str, str]:
    known = facts if isinstance(facts, Mapping) else {}
    return {
        name: str(known[name])[:_LONGEST]
        for name in ATTRIBUTES
        if isinstance(known.get(name), (str, int, float))
    }
