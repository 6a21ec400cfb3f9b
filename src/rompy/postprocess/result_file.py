"""Result files that say what they are and which run they come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rompy.postprocess.coverage import Coverage
from rompy.postprocess.origin import OURS, Origin, history_of

if TYPE_CHECKING:
    import xarray as xr

CONVENTIONS = "CF-1.11, ACDD-1.3"
_OF_THE_INPUT = ("geospatial_", "time_coverage_", "date_")
_NAMES_OF_THE_INPUT = (
    "id",
    "naming_authority",
    "uuid",
    "doi",
    "title",
    "summary",
    "product_version",
    "history",
)
"""Attributes that tell of the file that a dataset was read from, and are wrong of what was made from it."""


def write_result(
    ds: xr.Dataset,
    path: str | Path,
    model_run: Any,
    *,
    title: str,
    summary: str,
    step: str,
    by: str = OURS,
    made_from: Iterable[str | Path] = (),
    attributes: Mapping[str, str] | None = None,
) -> Path:
    """Write what a postprocessor made as netCDF, with the identity of the run, and return its path.

    Limits in space and time are those of the dataset's CF coordinates. The same content gives the same bytes: no clock
    but ``SOURCE_DATE_EPOCH``. The file appears whole or not at all; the dataset stays as it is.

    Args:
        model_run: the run that the postprocessor was given.
        step: what was done, for the line that is added to the history.
        by: name and version of what does it, such as ``rompy-swan 1.2``.
        made_from: netCDF files that it was made from; their histories come before.
        attributes: further global attributes, such as ``institution``, ``creator_name``, ``license`` or
            ``naming_authority``; they win over ours.

    Raises:
        WorkspaceError: the folder does not exist.
        PostprocessError: SOURCE_DATE_EPOCH is no number.
    """
    from rompy.core.netcdf import write_netcdf

    origin = Origin.of(model_run, attributes)
    earlier = [history_of(file) for file in made_from] or [str(ds.attrs.get("history", ""))]
    kept = {name: value for name, value in ds.attrs.items() if not _is_of_the_input(str(name))}
    told = origin.described(
        title=title, summary=summary, step=step, by=by, coverage=Coverage.of(ds), earlier=earlier
    )
    if "source" in kept and not origin.model_version:
        told["source"] = kept["source"]  # the model's output knows it better
    result = _with_content_types(ds)
    result.attrs = {**kept, "Conventions": _conventions(str(ds.attrs.get("Conventions", ""))), **told}
    return write_netcdf(result, path)


def _is_of_the_input(name: str) -> bool:
    return name.startswith(_OF_THE_INPUT) or name in _NAMES_OF_THE_INPUT


def _conventions(stated: str) -> str:
    """Those that the dataset states, and ACDD."""
    if not stated:
        return CONVENTIONS
    return stated if "ACDD" in stated else f"{stated}, ACDD-1.3"


def _with_content_types(ds: xr.Dataset) -> xr.Dataset:
    """A copy whose variables say whether they are results or coordinates."""
    ds = ds.copy(deep=False)
    for name, variable in ds.variables.items():
        variable.attrs = dict(variable.attrs)
        if variable.ndim and variable.dtype.kind in "iufM":
            variable.attrs.setdefault(
                "coverage_content_type", "coordinate" if name in ds.coords else "modelResult"
            )
    return ds
