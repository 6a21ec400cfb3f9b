"""How the data that a run read are to be cited: as their catalogue says, else as they say themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rompy.core.citation import Citation
from rompy.core.noting.cited_as import ATTRIBUTES
from rompy.errors import RompyError
from rompy.manifest import Input
from rompy.provenance.copies import path_of_input

LARGEST_TEXT = 2**20
"""A JSON file with more bytes is not searched for an attribution."""

_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>,;)\]]+")
_URL = re.compile(r"https?://[^\s\"<>,;)\]]+")


def citations_of_catalogues(description: Any) -> Iterator[tuple[str, Citation]]:
    """Of the datasets that a description takes from catalogues, with the fields that name them."""
    from rompy.core.catalog.reading import read_catalog

    for field, value in _catalogue_sources(description):
        try:
            entry = read_catalog(value.get("catalog")).entry(str(value["dataset"]))
        except (RompyError, KeyError):
            continue
        yield field, from_text(entry.citation, title=entry.title, url=entry.homepage, licence=entry.licence)


def citation_of_input(entry: Input, folder: Path | None = None) -> Citation | None:
    """Of data that said what they are when they were read, or of a file that is still there and says it.

    None when nothing is known.

    Args:
        folder: where a copy of it is, if not in its own place.
    """
    path = folder or path_of_input(entry)
    if entry.about and (found := from_attributes(entry.about, path.name)) is not None:
        return found
    if entry.kind != "file":
        return None
    try:
        told = _attributes(path)
    except (OSError, ValueError, RuntimeError):
        return None
    return from_attributes(told, path.name)


def from_attributes(told: Mapping[str, str], name: str) -> Citation | None:
    """From global attributes of a dataset; None when they say neither what it is nor whose."""
    text = (
        told.get("citation")
        or told.get("attribution")
        or told.get("references")
        or told.get("reference")
        or ""
    )
    title = told.get("title") or ""
    owner = told.get("creator_name") or told.get("author") or told.get("institution") or ""
    if not (text or (title and (owner or told.get("doi")))):
        return None
    return from_text(
        text,
        title=title or name,
        doi=told.get("doi"),
        licence=told.get("license") or told.get("licence"),
        owner=owner,
        version=told.get("product_version"),
    )


def from_text(
    text: str,
    *,
    title: str,
    url: str | None = None,
    doi: str | None = None,
    licence: str | None = None,
    owner: str = "",
    version: str | None = None,
) -> Citation:
    """A dataset whose owner gives the citation as a text. The text stands in the entry as it is."""
    found = _DOI.search(doi or "") or _DOI.search(text)
    link = _URL.search(text)
    years = re.findall(r"\((\d{4})[a-z]?\)", text)
    fields = {
        "note": text,
        "doi": found[0].rstrip(".") if found else "",
        "url": url or (link[0].rstrip(".") if link and not found else ""),
        "version": version or "",
        "copyright": licence or "",
    }
    authors = (f"{{{owner}}}",) if owner else ()
    year = int(years[0]) if years else None
    return Citation(title, authors, year, "dataset", {key: value for key, value in fields.items() if value})


def _catalogue_sources(value: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        if value.get("model_type") == "catalog" and "dataset" in value:
            yield path, value
        for key, item in value.items():
            yield from _catalogue_sources(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _catalogue_sources(item, f"{path}[{number}]")


def _attributes(path: Path) -> dict[str, str]:
    from rompy.provenance.diff.netcdf import is_netcdf, opened

    if is_netcdf(path):
        with opened(path) as file:
            return {n: str(file.getncattr(n)) for n in file.ncattrs() if n in ATTRIBUTES}
    if path.suffix == ".json" and path.stat().st_size <= LARGEST_TEXT:
        values = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(values, dict):
            told = {
                name: value for name, value in values.items() if name in ATTRIBUTES and isinstance(value, str)
            }
            return told | (
                {"title": values["name"]}
                if isinstance(values.get("name"), str) and "title" not in told
                else {}
            )
    return {}
