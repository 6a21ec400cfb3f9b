"""The people that a crate names: those who are given, or who git says works here. Nobody is made up."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A name, and what identifies it if that is known."""

    name: str
    uri: str | None = None
    """Such as an ORCID."""

    @property
    def identifier(self) -> str:
        """For the crate."""
        return self.uri or "#" + re.sub(r"\W+", "-", self.name).strip("-").lower()

    @classmethod
    def parse(cls, text: str) -> Person:
        """From ``Name`` or ``Name <https://orcid.org/...>``; anything but an address in the brackets is left out."""
        name, _, rest = text.partition("<")
        uri = rest.strip().rstrip(">").strip()
        return cls(name.strip() or text.strip(), uri if uri.startswith(("http://", "https://")) else None)


def person_of_git() -> Person | None:
    """Who commits in the current folder; None when git does not know."""
    try:
        done = subprocess.run(
            ["git", "config", "user.name"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Person(done.stdout.strip()) if done.returncode == 0 and done.stdout.strip() else None
