"""References as plain text, as they stand at the end of a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rompy.core.citation import Citation


def to_text(citations: Mapping[str, Citation]) -> str:
    """One line for each work, in the order of authors and years."""
    return "\n".join(sorted(map(line_of, citations.values()), key=str.casefold)) + "\n"


def line_of(citation: Citation) -> str:
    """``Authors (year): Title. Where. Address``, as far as they are known."""
    fields = citation.fields
    who = _listed([author.strip("{}") for author in citation.authors])
    when = f"({citation.year})" if citation.year is not None else ""
    version = f", version {fields['version']}" if fields.get("version") else ""
    what = f"{citation.title}{version}"
    what = f"{' '.join(filter(None, (who, when)))}: {what}" if who else f"{what} {when}".strip()
    note = fields.get("note", "") if citation.kind != "software" else ""
    address = f"https://doi.org/{fields['doi']}" if fields.get("doi") else fields.get("url", "")
    parts = (what, _where(fields), note)
    told = ". ".join(" ".join(part.split()).rstrip(".") for part in parts if part)
    return f"{told}. {address}" if address and address not in told else f"{told}."


def _where(fields: Mapping[str, str]) -> str:
    number = f"({fields['number']})" if fields.get("number") else ""
    place = fields.get("journal") or fields.get("booktitle") or fields.get("institution") or ""
    pages = fields.get("pages", "").replace("--", "\N{EN DASH}")
    return ", ".join(
        filter(None, (place, f"{fields.get('volume', '')}{number}", pages, fields.get("publisher", "")))
    )


def _listed(names: Iterable[str]) -> str:
    *most, last = list(names) or [""]
    return f"{'; '.join(most)} and {last}" if most else last
