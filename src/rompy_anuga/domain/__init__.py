"""Where the model computes: an existing mesh, a polygon to be meshed, or the outline of a mesh to be meshed anew."""

from typing import Annotated

from pydantic import Field

from rompy_anuga.domain.mesh import MeshDomain
from rompy_anuga.domain.outline import OutlineDomain
from rompy_anuga.domain.polygon import PolygonDomain

Domain = Annotated[MeshDomain | PolygonDomain | OutlineDomain, Field(discriminator="model_type")]
"""One of the kinds of domain, told apart by ``model_type``."""

__all__ = ["Domain", "MeshDomain", "OutlineDomain", "PolygonDomain"]
