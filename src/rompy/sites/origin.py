"""Where the settings of a backend came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rompy.sites.profile import SiteProfile


@dataclass(frozen=True, eq=False)
class Origin:
    """Settings are equal whatever they came from, so all of these are equal."""

    site: SiteProfile | None = None
    """The profile that completed them."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Place of each setting that was given, by its name."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origin)

    def __hash__(self) -> int:
        return hash(Origin)
