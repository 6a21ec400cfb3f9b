"""What the developers of models ask to be cited, for models whose plugins do not say it themselves.

By ``model_type``. Bibliographic facts are those of the publishers.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from rompy.core.citation import Citation
from rompy.errors import PluginError

logger = logging.getLogger(__name__)

_SWAN = Citation(
    "A third-generation wave model for coastal regions: 1. Model description and validation",
    ("Booij, N.", "Ris, R. C.", "Holthuijsen, L. H."),
    1999,
    "article",
    {
        "journal": "Journal of Geophysical Research: Oceans",
        "volume": "104",
        "number": "C4",
        "pages": "7649--7666",
        "doi": "10.1029/98JC02622",
    },
)
_SCHISM = Citation(
    "Seamless cross-scale modeling with SCHISM",
    ("Zhang, Yinglong J.", "Ye, Fei", "Stanev, Emil V.", "Grashorn, Sebastian"),
    2016,
    "article",
    {
        "journal": "Ocean Modelling",
        "volume": "102",
        "pages": "64--81",
        "doi": "10.1016/j.ocemod.2016.05.002",
    },
)
_XBEACH = Citation(
    "Modelling storm impacts on beaches, dunes and barrier islands",
    (
        "Roelvink, Dano",
        "Reniers, Ad",
        "van Dongeren, Ap",
        "van Thiel de Vries, Jaap",
        "McCall, Robert",
        "Lescinski, Jamie",
    ),
    2009,
    "article",
    {
        "journal": "Coastal Engineering",
        "volume": "56",
        "number": "11--12",
        "pages": "1133--1152",
        "doi": "10.1016/j.coastaleng.2009.08.006",
    },
)
_WW3 = Citation(
    "User manual and system documentation of WAVEWATCH III version 6.07",
    ("{The WAVEWATCH III Development Group}",),
    2019,
    "techreport",
    {
        "institution": "NOAA/NWS/NCEP/MMAB, College Park, MD, USA",
        "number": "333",
        "type": "Technical Note",
    },
)

READY: Mapping[str, tuple[Citation, ...]] = {
    "swan": (_SWAN,),
    "swanconfig": (_SWAN,),
    "schism": (_SCHISM,),
    "schismcsiro": (_SCHISM,),
    "xbeach": (_XBEACH,),
    "ww3": (_WW3,),
    "shel": (_WW3,),
    "multi": (_WW3,),
    "nmlshel": (_WW3,),
}


def citations_of_model(kind: str) -> list[Citation]:
    """What to cite for a ``model_type``: as its plugin says, else as is known here."""
    from rompy import plugins

    try:
        found = plugins.class_for_tag("rompy.config", kind).citations()
    except (PluginError, AttributeError):
        found = ()
    except Exception as error:  # noqa: BLE001 - of a plugin
        logger.warning("the plugin of %s cannot tell how it is cited: %s", kind, error)
        found = ()
    return list(found or READY.get(kind, ()))


def program_of(kind: str) -> Citation | None:
    """The model as a program, if it is cited as one."""
    return next((one for one in citations_of_model(kind) if one.kind == "software"), None)
