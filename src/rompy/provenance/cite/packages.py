"""How installed packages are to be cited: by their CITATION.cff, else by what their metadata say."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from rompy.core.citation import Citation, Kind

logger = logging.getLogger(__name__)

_KINDS: Mapping[str, Kind] = {
    "article": "article",
    "book": "book",
    "conference-paper": "inproceedings",
    "report": "techreport",
    "software": "software",
    "data": "dataset",
}


def citations_of_package(name: str, version: str | None = None) -> list[Citation]:
    """The package itself, and the work that it asks to be cited instead or besides.

    Args:
        version: the one that was used; by default the one that is installed.
    """
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return [Citation(name, kind="software", fields={"version": version} if version else {})]
    version = version or found.version
    text = _citation_file(name, found)
    if text is not None:
        try:
            return from_cff(text, version, fallback=name)
        except Exception as error:  # noqa: BLE001 - somebody else's file
            logger.warning("the CITATION.cff of %s cannot be read: %s", name, error)
    return [_from_metadata(name, version, found)]


def from_cff(text: str, version: str | None = None, *, fallback: str = "") -> list[Citation]:
    """From the text of a CITATION.cff: the software, and its preferred citation if there is one.

    Raises:
        ValueError: it is not such a file.
    """
    from ruamel.yaml import YAML

    values = YAML(typ="safe", pure=True).load(text)
    if not isinstance(values, dict) or "cff-version" not in values:
        raise ValueError("it is no citation file")
    preferred = values.get("preferred-citation")
    whole = _from_cff(values, version or str(values.get("version") or ""), fallback)
    return [whole] if not isinstance(preferred, dict) else [_from_cff(preferred, "", fallback), whole]


def _from_cff(values: Mapping[str, Any], version: str, fallback: str) -> Citation:
    kind = _KINDS.get(str(values.get("type", "software")), "misc")
    when = str(values.get("date-released") or values.get("year") or "")
    journal = values.get("journal")
    pages = [str(values[key]) for key in ("start", "end") if values.get(key)]
    fields = {
        "version": version if kind == "software" else "",
        "journal": str(journal or ""),
        "volume": str(values.get("volume") or ""),
        "number": str(values.get("issue") or ""),
        "pages": "--".join(pages) or str(values.get("pages") or ""),
        "doi": str(values.get("doi") or ""),
        "url": str(values.get("url") or values.get("repository-code") or ""),
    }
    year = int(when[:4]) if re.match(r"\d{4}", when) else None
    names = tuple(filter(None, map(_name, values.get("authors") or ())))
    return Citation(
        str(values.get("title") or fallback), names, year, kind, {k: v for k, v in fields.items() if v}
    )


def _name(person: Any) -> str:
    if not isinstance(person, Mapping):
        return ""
    if person.get("family-names"):
        family = " ".join(filter(None, [person.get("name-particle"), person["family-names"]]))
        return ", ".join(filter(None, [family, person.get("name-suffix"), person.get("given-names")]))
    return f"{{{person['name']}}}" if person.get("name") else ""


def _from_metadata(name: str, version: str, found: metadata.Distribution) -> Citation:
    told: Any = found.metadata
    authors = [part.strip() for part in re.split(r",|;| and ", str(told.get("Author") or "")) if part.strip()]
    if not authors:
        authors = re.findall(r'"?([^",<>]+?)"?\s*<[^>]*>', str(told.get("Author-email") or ""))
    summary = str(told.get("Summary") or "")
    fields = {"version": version, "url": _home(told)}
    title = f"{name}: {summary}" if summary and summary != "UNKNOWN" else name
    return Citation(
        title, tuple(map(_written, authors)), None, "software", {k: v for k, v in fields.items() if v}
    )


def _written(author: str) -> str:
    """``Family, Given`` for two or three plain words; everything else is the name of a group."""
    words = author.split()
    if 2 <= len(words) <= 3 and not {"the", "developers", "team", "contributors"} & {
        w.lower() for w in words
    }:
        return f"{words[-1]}, {' '.join(words[:-1])}"
    return f"{{{author}}}"


def home_of(name: str) -> str | None:
    """The address of an installed package on the web, if it tells one."""
    try:
        address = _home(metadata.metadata(name))
    except metadata.PackageNotFoundError:
        return None
    return address if address.startswith(("http://", "https://")) else None


def _home(told: Any) -> str:
    links = dict(line.partition(", ")[::2] for line in told.get_all("Project-URL") or ())
    lowered = {key.lower(): value for key, value in links.items()}
    home = next(
        (lowered[key] for key in ("homepage", "repository", "source", "documentation") if key in lowered), ""
    )
    return str(told.get("Home-page") or home or "")


@lru_cache(maxsize=64)
def _citation_file_of(name: str, folders: tuple[Path, ...]) -> str | None:
    files = [folder / "CITATION.cff" for folder in folders]
    found = next((file for file in files if file.is_file()), None)
    return None if found is None else found.read_text(encoding="utf-8", errors="replace")


def _citation_file(name: str, found: metadata.Distribution) -> str | None:
    from rompy.manifest.distributions import editable

    listed = [Path(str(found.locate_file(f))).parent for f in found.files or () if f.name == "CITATION.cff"]
    folder = editable().get(re.sub(r"[-_.]+", "-", name).lower())
    return _citation_file_of(name, (*listed, *([] if folder is None else [folder])))
