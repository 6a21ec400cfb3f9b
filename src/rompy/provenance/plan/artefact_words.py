"""Why an artefact is made anew, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rompy.digest import sha256_by_path
from rompy.manifest.schema import Artefact
from rompy.provenance.diff.description import differences_of
from rompy.provenance.plan.foreseen import Foreseen


def why_made(foreseen: Foreseen, former: Artefact | None) -> tuple[str, ...]:
    """Reasons why an artefact is not taken from a former run; at least one."""
    if foreseen.recipe.doubts:
        return tuple(foreseen.recipe.doubts)
    if foreseen.refused:
        return foreseen.refused
    if former is None:
        return ("there is none of a former run",)
    if former.doubts:
        return tuple(former.doubts)
    if former.recipe is None:
        return ("it is made of something else",)
    return tuple(_differences(former.recipe, _told(foreseen))) or ("what it was made of has changed",)


def words_of(part: Mapping[str, Any]) -> str:
    """A part of something elsewhere in one line.

    >>> words_of({"time": ["2024-02-01", "2024-02-03"], "variables": ["u10", "v10"]})
    'u10 v10, time 2024-02-01 to 2024-02-03'
    """
    names = " ".join(map(str, part.get("variables") or ()))
    ranges = [
        f"{name} {' to '.join(map(str, value)) if isinstance(value, (list, tuple)) else value}"
        for name, value in part.items()
        if name not in ("variables", "kwargs")
    ]
    return ", ".join([names] * bool(names) + ranges)


def _told(foreseen: Foreseen) -> dict[str, Any]:
    return foreseen.recipe.told(sha256_by_path({named.path for named in foreseen.recipe.named}).get)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    said: set[str] = set()
    found = list(differences_of(_for_people(before["from"]), _for_people(after["from"])))
    kinds = {place for one in found for place, _, leaf in [one.what.rpartition(".")] if leaf == "model_type"}
    for difference in found:
        if difference.what.rpartition(".")[0] in kinds and not difference.what.endswith(".model_type"):
            continue  # other kinds have other fields
        place, _, leaf = difference.what.removeprefix("own.").rpartition(".")
        if leaf in _WORDS:
            words = f"{place.removesuffix('.(found)')}: {_WORDS[leaf]}"
        else:
            words = str(difference).removeprefix("own.")
        if words not in said:
            said.add(words)
            yield words


_WORDS = {
    "file": "other content",
    "values_sha256": "other values",
    "bytes": "other values",
    "names_sha256": "other files are found now",
    "count": "other files are found now",
}
"""What it means that something differs by which a recipe tells contents apart."""
_UNSAID = ("(class)", "(given)", "(run)")
"""What is in recipes besides what people wrote: they see the same by ``model_type``, the fields and the period."""


def _for_people(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _for_people(item) for key, item in value.items() if key not in _UNSAID and item is not None
        }
    return [_for_people(item) for item in value] if isinstance(value, list) else value
