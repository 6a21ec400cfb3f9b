"""RO-Crates of runs: folders or files that data repositories and their readers understand."""

from __future__ import annotations

from rompy.provenance.crate.agents import Credits, Named, person_of_git
from rompy.provenance.crate.writing import Crate, write_crate

__all__ = ["Crate", "Credits", "Named", "person_of_git", "write_crate"]
