"""A domain that is a mesh file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rompy.core import atomic
from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError
from rompy_anuga.crs import known

if TYPE_CHECKING:
    from rompy_anuga.area import Area


class MeshDomain(RompyBaseModel):
    """An existing mesh, used as it is; the tags of its boundary are those of the file."""

    model_type: Literal["mesh"] = "mesh"
    uri: str | Path
    """A ``.tsh`` or ``.msh`` file: a path, or ``package://name/inner/path`` for one inside an installed package."""

    def area(self, crs: str) -> Area:
        """Read the mesh.

        Raises:
            MissingFileError: no such file.
            DataError: it is not a mesh of ANUGA.
            ConfigError: it says it lies in another UTM zone than ``crs``.
        """
        from rompy_anuga.area import Area
        from rompy_anuga.mesh_file import read_mesh
        from rompy_anuga.outline import outline_of
        from rompy_anuga.ring_file import local_file

        path = local_file(self.uri)
        mesh = read_mesh(path)
        if mesh.zone is not None and zone_of(crs) not in (None, mesh.zone):
            raise ConfigError(
                f"the mesh is in UTM zone {mesh.zone}, but {crs} is zone {zone_of(crs)}",
                file=path,
                field="config.crs",
            )
        outer, *islands = outline_of(mesh)
        return Area(outer, tuple(islands), mesh=mesh)

    def write(self, area: Area, folder: Path) -> dict[str, Any]:
        """Copy the mesh into the workspace; returns what the case file says about it."""
        from rompy_anuga.ring_file import local_file

        source = local_file(self.uri)
        target = folder / f"mesh{source.suffix}"
        atomic.write_bytes(target, source.read_bytes())
        return {"file": target.name}


def zone_of(crs: str) -> int | None:
    """UTM zone of a system; None when it is not a UTM-like grid."""
    operation = known(crs).coordinate_operation
    found = re.search(r"zone (\d+)", operation.name) if operation is not None else None
    return int(found[1]) if found else None
