"""What is known of a machine: profiles of sites, which are merged under the settings of a run's backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "SiteProfile": "profile",
    "default_site": "places",
    "known_sites": "places",
    "load_site": "places",
    "sources_of": "sources",
}

__all__ = ["SiteProfile", "default_site", "known_sites", "load_site", "sources_of"]

if TYPE_CHECKING:
    from rompy.sites.places import default_site, known_sites, load_site
    from rompy.sites.profile import SiteProfile
    from rompy.sites.sources import sources_of

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
