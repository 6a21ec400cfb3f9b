"""How something is to be cited: models, packages and datasets say it in this form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["article", "book", "inproceedings", "techreport", "misc", "software", "dataset"]


@dataclass(frozen=True)
class Citation:
    """One reference. Texts are plain Unicode; what LaTeX needs is put in when BibTeX is written."""

    title: str
    authors: tuple[str, ...] = ()
    """``Family, Given`` each; the name of an organisation in braces: ``{NOAA}``."""
    year: int | None = None
    kind: Kind = "misc"
    fields: dict[str, str] = field(default_factory=dict)
    """What else is known, by names of BibTeX: journal, volume, pages, doi, url, publisher, version, note ..."""

    def __hash__(self) -> int:
        return hash((self.title, self.authors, self.year, self.kind))
