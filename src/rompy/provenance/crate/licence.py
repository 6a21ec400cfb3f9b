"""The licence of a crate: one that is known, or an address."""

from __future__ import annotations

from rompy.errors import ConfigError
from rompy.provenance.crate.graph import Graph, Reference, local_id

_SPDX = "https://spdx.org/licenses/"


def licence_in(graph: Graph, stated: str) -> Reference:
    """A licence as an entity.

    Args:
        stated: an address, a name of SPDX such as ``CC-BY-4.0`` in any case, or an expression of such names.

    Raises:
        ConfigError: it is neither.
    """
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    if stated.startswith(("http://", "https://")):
        return graph.add(stated, "CreativeWork", {"name": stated, "description": "Licence of the content."})
    try:
        name = str(canonicalize_license_expression(stated))
    except InvalidLicenseExpression as error:
        raise ConfigError(
            f"the licence {stated!r} is not known to SPDX",
            field="license",
            hint="Give a name such as CC-BY-4.0 or CC0-1.0 (https://spdx.org/licenses), or the address of its text.",
        ) from error
    identifier = f"{_SPDX}{name}" if " " not in name and "Ref-" not in name else local_id("licence", name)
    return graph.add(
        identifier, "CreativeWork", {"name": name, "identifier": name, "description": f"The licence {name}."}
    )
