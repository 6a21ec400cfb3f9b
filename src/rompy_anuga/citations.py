"""What the developers of ANUGA ask to be cited: the program, and the paper on its method."""

from __future__ import annotations

from importlib import metadata

from rompy.core.citation import Citation

PAPER = Citation(
    "Hydrodynamic modelling of coastal inundation",
    ("Nielsen, Ole", "Roberts, Stephen", "Gray, Duncan", "McPherson, Andrew", "Hitchman, Adrian"),
    2005,
    "inproceedings",
    {
        "booktitle": "MODSIM 2005 International Congress on Modelling and Simulation",
        "publisher": "Modelling and Simulation Society of Australia and New Zealand",
        "pages": "518--523",
    },
)


def citations() -> tuple[Citation, ...]:
    """With the version that is installed."""
    try:
        version = metadata.version("anuga")
    except metadata.PackageNotFoundError:
        version = ""
    fields = {"url": "https://github.com/anuga-community/anuga_core"}
    program = Citation(
        "ANUGA",
        ("Roberts, Stephen", "Davies, Gareth", "Nielsen, Ole"),
        None,
        "software",
        {**fields, **({"version": version} if version else {})},
    )
    return (PAPER, program)
