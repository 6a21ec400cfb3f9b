"""Roughness of the bed."""

from __future__ import annotations

from typing import ClassVar

from rompy_anuga.fields.gridded import ScalarField


class Friction(ScalarField):
    """Manning's n on a grid (s m-1/3): about 0.02 for sand, 0.03 for gravel and weed, 0.1 for scrub."""

    variable: str = "manning"

    name: ClassVar[str] = "friction"
    target: ClassVar[tuple[str, dict[str, str]]] = (
        "manning",
        {"units": "s m-1/3", "long_name": "Manning roughness coefficient"},
    )
    limits: ClassVar[tuple[float, float]] = (0.0, 1.0)
