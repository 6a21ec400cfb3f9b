"""How to cite what a run was made of."""

from __future__ import annotations

from rompy.provenance.cite.references import References, references_of

__all__ = ["References", "references_of"]
