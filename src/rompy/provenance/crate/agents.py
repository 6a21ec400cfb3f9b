"""People and organisations that a crate names: those who are given, or who git says works here. Nobody is made up."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from rompy.provenance.crate.graph import Graph, Reference, local_id


@dataclass(frozen=True)
class Named:
    """A name, and what identifies it if that is known."""

    name: str
    uri: str | None = None
    """Such as an ORCID or the address of an organisation."""

    @property
    def identifier(self) -> str:
        """For the crate."""
        return self.uri or local_id(re.sub(r"\W+", "-", self.name).strip("-").lower())

    @classmethod
    def parse(cls, text: str) -> Named:
        """From ``Name`` or ``Name <https://...>``; anything but an address in the brackets is left out."""
        name, _, rest = text.partition("<")
        uri = rest.strip().rstrip(">").strip()
        return cls(name.strip() or text.strip(), uri if re.fullmatch(r"https?://[^\s<>\"]+", uri) else None)


@dataclass(frozen=True)
class Credits:
    """Whom a crate names."""

    authors: tuple[Named, ...] = ()
    """The first of them is said to have started what was run."""
    affiliation: Named | None = None
    """Where the authors work."""
    publisher: Named | None = None

    def authors_in(self, graph: Graph) -> list[Reference]:
        """The authors as entities."""
        work = organisation_in(graph, self.affiliation)
        return [
            graph.add(author.identifier, "Person", {"name": author.name, "affiliation": work})
            for author in self.authors
        ]

    def publisher_in(self, graph: Graph) -> Reference | None:
        """The publisher as an entity."""
        return organisation_in(graph, self.publisher)


def organisation_in(graph: Graph, named: Named | None) -> Reference | None:
    """An organisation as an entity."""
    if named is None:
        return None
    return graph.add(named.identifier, "Organization", {"name": named.name, "url": named.uri})


def person_of_git() -> Named | None:
    """Who commits in the current folder; None when git does not know."""
    try:
        done = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Named(done.stdout.strip()) if done.returncode == 0 and done.stdout.strip() else None
