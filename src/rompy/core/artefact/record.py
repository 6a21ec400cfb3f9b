"""What the manifest tells of artefacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rompy.core.artefact.late_doubts import late_doubts
from rompy.core.artefact.preparing import Artefact
from rompy.core.artefact.recipe import SECRET
from rompy.digest import sha256_by_path
from rompy.digest.meaning import canonical
from rompy.inputs import Notes
from rompy.secrets import in_text, without_secrets

_LARGEST = 2**16
"""Characters of a recipe that is recorded in full; of larger ones only the digest is."""


def records_of(
    artefacts: Iterable[Artefact], root: Path, notes: Notes, told: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Entries of the manifest, in the order of the description.

    Args:
        root: the workspace.
        told: the finished inputs.
    """
    ready = list(artefacts)
    known = {Path(one["path"]): one.get("sha256") for one in told if one.get("path")}
    known |= sha256_by_path({named.path for one in ready for named in one.recipe.named} - known.keys())
    entries = [_record(one, root, notes.positions_of(one.read), told, known) for one in ready]
    return sorted(entries, key=lambda entry: (entry["field"] or "", entry["folder"], sorted(entry["files"])))


def _record(
    one: Artefact,
    root: Path,
    positions: list[int],
    told: Sequence[Mapping[str, Any]],
    known: Mapping[Path, str | None],
) -> dict[str, Any]:
    full = one.recipe.told(known.get)
    recipe, value = without_secrets(full), without_secrets(one.value)
    named = {str(file.path) for file in one.recipe.named}
    read = [told[position] for position in positions]
    doubts = [*one.recipe.doubts, *late_doubts(one, root, known, read)]
    if (recipe, value) != (full, one.value):
        doubts.append(SECRET)
    return {
        "field": one.field,
        "recipe_sha256": None if doubts else one.recipe.sha256(known.get),
        "recipe": recipe if len(canonical(recipe)) <= _LARGEST else None,
        "doubts": sorted({in_text(doubt) for doubt in doubts}),
        "folder": "." if one.folder == root else _relative(one.folder, root),
        "files": list(one.files),
        "value": value,
        "inputs": positions,
        "besides": [position for position in positions if told[position].get("path") not in named],
        "origin": None if one.origin is None else str(one.origin),
    }


def _relative(folder: Path, root: Path) -> str:
    try:
        return folder.absolute().relative_to(root.absolute()).as_posix()
    except ValueError:
        return folder.name
