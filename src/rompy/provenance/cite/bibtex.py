"""BibTeX: keys that stay the same, and texts in which LaTeX sees what was meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from rompy.core.citation import Citation

_TYPES = {"software": "misc", "dataset": "misc"}
"""Types that all bibliography styles know; ``software`` and ``dataset`` are known to newer ones only."""

_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        # Escaped braces would still be counted by BibTeX, which then misses their partners.
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        '"': r"\textquotedbl{}",
        "\N{NO-BREAK SPACE}": "~",
    }
)
_VERBATIM = ("url", "doi")
_ORDER = (
    "author",
    "title",
    "year",
    "journal",
    "booktitle",
    "volume",
    "number",
    "pages",
    "institution",
    "type",
)
_SMALL_WORDS = frozenset({"a", "an", "the", "on", "of", "for", "in", "and", "from", "with", "to"})


def keyed(citations: Iterable[Citation]) -> dict[str, Citation]:
    """Citations by their keys: made of author, year and title, so that the same work has the same key everywhere.

    Works that would share one are told apart by a letter, in the order of their texts.
    """
    by_key: dict[str, list[Citation]] = {}
    for citation in dict.fromkeys(citations):
        by_key.setdefault(_key(citation), []).append(citation)
    found: dict[str, Citation] = {}
    for key, works in sorted(by_key.items()):
        for number, work in enumerate(sorted(works, key=entry_text)):
            found[key if len(works) == 1 else f"{key}{_letters(number)}"] = work
    return found


def to_bibtex(citations: Mapping[str, Citation]) -> str:
    """The text of a bibliography file."""
    return "\n\n".join(entry_text(citation, key) for key, citation in citations.items()) + "\n"


def entry_text(citation: Citation, key: str = "") -> str:
    """One entry."""
    lines = [f"  {name} = {{{value}}}" for name, value in fields_of(citation).items()]
    return f"@{_TYPES.get(citation.kind, citation.kind)}{{{key},\n" + ",\n".join(lines) + "\n}"


def fields_of(citation: Citation) -> dict[str, str]:
    """Fields as they stand in BibTeX."""
    fields = {name: _value(name, text) for name, text in citation.fields.items() if text}
    if citation.kind == "software":  # most styles print a note, and few a version
        version = citation.fields.get("version")
        fields["note"] = escaped(f"Computer software{f', version {version}' if version else ''}")
    if citation.authors:
        fields["author"] = " and ".join(_author(author) for author in citation.authors)
    if citation.year is not None:
        fields["year"] = str(citation.year)
    fields["title"] = f"{{{escaped(citation.title)}}}"  # the inner braces keep capitals as they are
    known = [name for name in _ORDER if name in fields]
    return {name: fields[name] for name in [*known, *sorted(set(fields) - set(known))]}


def escaped(text: str) -> str:
    """Plain text as LaTeX writes it, in one line. Letters beyond ASCII stay: LaTeX and biber read UTF-8."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    return " ".join(kept.split(" ")).translate(_SPECIAL).strip()


def _value(name: str, text: str) -> str:
    if name not in _VERBATIM:
        return escaped(text)
    kept = "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cc")
    return kept.replace("\\", "%5C").replace("{", "%7B").replace("}", "%7D")


def _author(name: str) -> str:
    if name.startswith("{") and name.endswith("}"):
        return f"{{{escaped(name[1:-1])}}}"
    # Spelt out in braces, "and" is part of a name rather than between two.
    return re.sub(r"\band\b", "{and}", escaped(name))


def _key(citation: Citation) -> str:
    author = citation.authors[0].strip("{}").partition(",")[0] if citation.authors else ""
    parts = [_word(author)] if author else []
    version = citation.fields.get("version", "")
    if citation.kind == "software":
        parts = [_word(citation.title.partition(":")[0]), re.sub(r"[^0-9A-Za-z.+-]", "", version)]
    else:
        words = [_word(word) for word in citation.title.split()]
        first = next((word for word in words if word and word not in _SMALL_WORDS), "")
        parts += [str(citation.year or ""), first]
    return "-".join(part for part in parts if part) or "reference"


def _word(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^0-9a-z]", "", plain.lower())[:24]


def _letters(number: int) -> str:
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)
