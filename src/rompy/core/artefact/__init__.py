"""What is prepared for a run piece by piece, such as the wind cut to its area and period.

Each piece is recorded with its recipe: what it was made of, and how. A run that is generated within ``using`` takes
what has the same recipe from where it is, and makes the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

if TYPE_CHECKING:
    from rompy.core.artefact.found import Found as Found
    from rompy.core.artefact.found import Shelf as Shelf
    from rompy.core.artefact.preparing import prepared as prepared
    from rompy.core.artefact.preparing import using as using
    from rompy.core.artefact.recipe import Recipe as Recipe

_HOME_OF = {
    "prepared": "preparing",
    "using": "preparing",
    "Found": "found",
    "Shelf": "found",
    "Recipe": "recipe",
}

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
