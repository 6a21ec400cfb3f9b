"""What happens at the open and closed edges of the mesh."""

from __future__ import annotations

from collections import Counter
from typing import Any

import anuga

from .case import Boundary, Case
from .problems import InputError
from .series import Series

# The level of a series is the whole of it: tide, and what low pressure and wind raise outside of the model's domain.
_LEVEL_CONDITIONS = {
    "set_level": anuga.Transmissive_n_momentum_zero_t_momentum_set_stage_boundary,
    "flather": anuga.Flather_external_stage_zero_velocity_boundary,
    "characteristic": anuga.Characteristic_stage_boundary,
}
"""
set_level       the level outside is that of the series, flow across the edge is as inside, none along it. The
                model follows the series to a millimetre; waves from inside are thrown back. For tide and surge.
flather         the sea outside stands still at the level of the series (after Blayo and Debreu, 2005, Ocean
                Modelling 9, 231-252). Waves from inside leave; the tide inside is a little smaller than the series
                where water is drawn through. (Wherever the series is above the bed, ANUGA 4.1 hands this outer
                state to the flux solver as it is, and it is the flux solver that lets the waves out.)
characteristic  the same idea by the non-linear Riemann invariants of both states.
"""


def check_tags(case: Case, edges: Counter[str]) -> None:
    """Every tag of the mesh needs a condition, and every condition a tag.

    Args:
        edges: how many edges of the mesh bear each tag.

    Raises:
        InputError: some do not.
    """
    there = ", ".join(f"{tag} ({edges[tag]} edges)" for tag in sorted(edges))
    without = sorted(set(edges) - set(case.boundaries))
    if without:
        raise InputError(
            f"boundaries: no condition for {_tags(without)}; the mesh has {there}"
            + (" ('exterior' is also what edges without a tag are called)" if "exterior" in without else "")
        )
    needless = sorted(set(case.boundaries) - set(edges))
    if needless:
        raise InputError(f"boundaries: the mesh has no {_tags(needless)}; it has {there}")


def check_series(case: Case) -> None:
    """Read every series once.

    Raises:
        InputError: one cannot be used for this run.
    """
    for boundary in case.boundaries.values():
        _level(case, boundary)


def set_boundaries(domain: Any, case: Case) -> None:
    """Bind the conditions to the tags.

    A part of a mesh that is shared between ranks need not have every tag; ANUGA leaves those aside.
    """
    domain.set_boundary(
        {tag: _condition(domain, case, boundary) for tag, boundary in case.boundaries.items()}
    )


def _condition(domain: Any, case: Case, boundary: Boundary) -> Any:
    if boundary.kind == "wall":
        return anuga.Reflective_boundary(domain)
    if boundary.kind == "transmissive":
        return anuga.Transmissive_boundary(domain)
    return _LEVEL_CONDITIONS[boundary.scheme](domain, function=_level(case, boundary))


def _level(case: Case, boundary: Boundary) -> Series | None:
    return Series(boundary.level, "level", case.start, case.duration_s) if boundary.level else None


def _tags(names: list[str]) -> str:
    return ("tag " if len(names) == 1 else "tags ") + ", ".join(repr(name) for name in names)
