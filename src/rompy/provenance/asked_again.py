"""Asks services once more for what a run read of them, to see whether they still answer the same.

What is asked is in the record itself: no description is read for it, and no plugin is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rompy import inputs
from rompy.core.source.base import opened_once
from rompy.fetch import values_asked_anew
from rompy.manifest.schema import Input

if TYPE_CHECKING:
    import xarray as xr

_ERDDAP = re.compile(r"(?P<server>.+)/(?P<protocol>griddap|tabledap)/(?P<dataset_id>[^/]+)")


_OPTIONS = frozenset(
    """chunks engine group consolidated mask_and_scale decode_cf decode_times decode_timedelta decode_coords
    concat_characters drop_variables use_cftime""".split()  # noqa: SIM905 - shorter than a list
)
"""Keywords for opening that are taken from a record; others might do more than read."""


class NotKnown(Exception):  # noqa: N818 - no error: it ends the attempt
    """How to ask for it is known to its source alone."""


def other_answers(one: Input) -> list[str]:
    """What of the answers is another one now, by the names of pieces; empty when all is as it was.

    Raises:
        NotKnown: see there.
    """
    with inputs.noted() as notes, values_asked_anew(), opened_once():
        ds = _answer(one.uri, one.slice or {})
        if one.digest_of == "values":
            if ds is None or one.pieces is None:
                raise NotKnown
            return _other_pieces(ds, one.pieces)
        now = [told for told in notes.finished() if (told["uri"], told.get("slice")) == (one.uri, one.slice)]
    return [] if any(told["sha256"] == one.sha256 for told in now) else ["the part that was read"]


def _other_pieces(ds: xr.Dataset, pieces: Mapping[str, str]) -> list[str]:
    from rompy.core.noting.noted_values import digest_at

    return [name for name, digest in pieces.items() if digest_at(ds, name) != digest]


def _answer(uri: str, part: Mapping[str, Any]) -> xr.Dataset | None:
    """What is answered now; None where only bytes come."""
    from rompy.core.source import SourceDatamesh, SourceErddap, SourceTimeseriesParquet

    erddap = _ERDDAP.fullmatch(uri)
    if uri.startswith("datamesh://"):
        return SourceDatamesh(datasource=uri.partition("://")[2]).answer(part)
    if "query" in part and erddap is not None:
        SourceErddap(**erddap.groupdict()).answer(part["query"])
        return None
    if "tcol" in part:
        return SourceTimeseriesParquet(uri=uri, tcol=part["tcol"]).table(part["columns"])
    if "asked" in part or uri.startswith(("source:", "intake:")):
        raise NotKnown
    return _dataset(uri, part)


def _dataset(uri: str, part: Mapping[str, Any]) -> xr.Dataset:
    """A dataset that is cut out here: of an OPeNDAP server, or of a large file."""
    from rompy.core.source import SourceFile, SourceOpendap
    from rompy.core.source.part import Part

    kwargs = dict(part.get("kwargs", {}))
    if "://" not in uri or not _OPTIONS.issuperset(kwargs):
        raise NotKnown
    is_service = kwargs.get("engine") in ("netcdf4", "pydap")
    source = (
        SourceOpendap(uri=uri, engine=kwargs.pop("engine"), kwargs=kwargs)
        if is_service
        else SourceFile(uri=uri, kwargs=kwargs)
    )
    return source._open_part(Part.of_slice(part)) if "variables" in part else source._open()
