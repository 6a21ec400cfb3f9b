"""CSL-JSON, which Zotero, Mendeley and pandoc read.

https://docs.citationstyles.org/en/stable/specification.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rompy.core.citation import Citation

_TYPES = {
    "article": "article-journal",
    "book": "book",
    "inproceedings": "paper-conference",
    "techreport": "report",
    "misc": "document",
    "software": "software",
    "dataset": "dataset",
}
_NAMES = {
    "booktitle": "container-title",
    "doi": "DOI",
    "institution": "publisher",
    "journal": "container-title",
    "note": "note",
    "pages": "page",
    "publisher": "publisher",
    "type": "genre",
    "url": "URL",
    "version": "version",
    "volume": "volume",
}


def to_csl(citations: Mapping[str, Citation]) -> str:
    """The text of a bibliography file."""
    items = [item_of(citation, key) for key, citation in citations.items()]
    return json.dumps(items, indent=1, ensure_ascii=False) + "\n"


def item_of(citation: Citation, key: str) -> dict[str, Any]:
    """One entry as JSON values."""
    item: dict[str, Any] = {"id": key, "type": _TYPES[citation.kind], "title": citation.title}
    if citation.authors:
        item["author"] = [_name(author) for author in citation.authors]
    if citation.year is not None:
        item["issued"] = {"date-parts": [[citation.year]]}
    item |= {_NAMES[name]: text for name, text in citation.fields.items() if name in _NAMES and text}
    if "number" in citation.fields:
        item["number" if citation.kind == "techreport" else "issue"] = citation.fields["number"]
    if "page" in item:
        item["page"] = item["page"].replace("--", "-")
    return item


def _name(author: str) -> dict[str, str]:
    family, comma, given = author.partition(",")
    if author.startswith("{") or not comma:
        return {"literal": author.strip("{}")}
    return {"family": family.strip(), "given": given.strip()}
