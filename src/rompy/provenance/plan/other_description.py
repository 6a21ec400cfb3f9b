"""What a description asks for that a former run was not made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rompy.core.describing.description import Description
from rompy.core.workspace import Workspace
from rompy.errors import RompyError
from rompy.manifest import Manifest
from rompy.provenance.diff.description import PLACE, differences_of


def other_description(root: Path, manifest: Manifest, model_run: Any) -> Iterator[str]:
    """Fields that differ, in words; nothing when both mean the same."""
    if manifest.description.meaning_sha256 == model_run.meaning_sha256():
        return
    if manifest.run_id != model_run.run_id:
        yield f"run_id: {manifest.run_id} -> {model_run.run_id}"
    try:
        before = _without_place(Description.load(Workspace(root).run_yml).data)
        after = _without_place(Description.from_text(model_run.to_yaml()).data)
    except (OSError, RompyError) as error:
        yield f"its description cannot be read: {error}"
        return
    found = [str(difference) for difference in differences_of(before, after)]
    yield from found
    if not found and manifest.run_id == model_run.run_id:
        yield "the description means something else"


def _without_place(values: Any) -> dict[str, Any]:
    return {key: value for key, value in dict(values).items() if key not in PLACE}
