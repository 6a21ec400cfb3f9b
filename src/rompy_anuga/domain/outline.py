"""A domain with the outline of an existing mesh, meshed anew."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from rompy.core.types import RompyBaseModel
from rompy_anuga.domain.mesh import MeshDomain
from rompy_anuga.domain.region import Positive, RefinedRegion, write_area

if TYPE_CHECKING:
    from rompy_anuga.area import Area


class OutlineDomain(RompyBaseModel):
    """The outline of an existing mesh, simplified and filled with triangles of another size.

    Tags of the boundary stay with their parts of the outline: a point where the tag changes is never dropped.
    """

    model_type: Literal["mesh_outline"] = "mesh_outline"
    uri: str | Path
    """A ``.tsh`` or ``.msh`` file: a path, or ``package://name/inner/path``."""
    tolerance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """How far the outline may move when it is simplified (m)."""
    max_area: Positive
    """Largest triangle outside the regions (m2)."""
    regions: list[RefinedRegion] = []
    """Parts with smaller triangles."""

    def area(self, crs: str) -> Area:
        """Read the mesh and simplify its outline.

        Raises:
            MissingFileError, DataError: as for a mesh domain.
            ConfigError: the simplified outline crosses itself or an island, or a region does not lie in it.
        """
        from rompy_anuga.area import Area, check
        from rompy_anuga.outline import simplified, simplified_island

        whole = MeshDomain(uri=self.uri).area(crs)
        area = Area(
            simplified(whole.outer, self.tolerance),
            tuple(simplified_island(island, self.tolerance) for island in whole.islands),
            tuple(region.resolved(crs) for region in self.regions),
        )
        check(area, self.max_area)
        return area

    def write(self, area: Area, folder: Path) -> dict[str, Any]:
        """Write the outline and regions; returns what the case file says about them."""
        return write_area(area, self.max_area, folder)
