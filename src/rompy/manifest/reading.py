"""Reads manifests, and refuses what cannot be relied on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError

from rompy.core import json_file
from rompy.core.sealed import SEAL, is_intact
from rompy.core.workspace import Workspace
from rompy.digest.meaning import meaning_sha256
from rompy.errors import ReproducibilityError, WorkspaceError
from rompy.manifest.layout import SCHEMA
from rompy.manifest.schema import Manifest


class ManifestError(ReproducibilityError):
    """A manifest that cannot be read, was edited, or is of a layout that this rompy does not know."""

    code: ClassVar[str] = "reproducibility.manifest"


def read_manifest(place: str | Path | Workspace, *, allow_edited: bool = False) -> Manifest:
    """The manifest of a workspace.

    Args:
        place: the workspace, or a manifest file.
        allow_edited: take one whose own digest does not fit; ``is_edited`` tells then.

    Raises:
        WorkspaceError: there is none.
        ManifestError: it is damaged, of a later schema, or was edited.
    """
    path = _path_of(place)
    try:
        values = json_file.read_json(path)
    except (FileNotFoundError, NotADirectoryError):
        raise WorkspaceError(
            f"there is no manifest in {path.parent.parent}, so it is no run directory of rompy",
            hint="Give the folder of a run (output_dir/run_id).",
        ) from None
    except OSError as error:
        raise WorkspaceError(f"the manifest cannot be read: {error.strerror or error}", file=path) from error
    except ValueError as error:
        raise ManifestError(f"the manifest is no JSON of ours: {error}", file=path, hint=_DAMAGED) from None
    if not isinstance(values, dict):
        raise ManifestError("the manifest is no JSON object", file=path, hint=_DAMAGED)
    return _manifest_of(values, path, allow_edited)


def _manifest_of(values: dict[str, Any], path: Path, allow_edited: bool) -> Manifest:
    schema = values.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        raise ManifestError(
            f"the manifest states no version of its layout (schema: {_short(repr(schema))})",
            file=path,
            hint=_DAMAGED,
        )
    if schema > SCHEMA:
        raise ManifestError(
            f"the manifest is of schema {schema}, and this rompy knows those up to {SCHEMA}",
            file=path,
            hint="Update rompy: pip install --upgrade rompy",
        )
    # Manifests of schema 1 bear no digest of themselves; one that does was of a later schema before.
    edited = SEAL in values if schema == 1 else not is_intact(values)
    if edited and not allow_edited:
        raise ManifestError(
            f"the manifest was {'edited' if SEAL in values else 'stripped of its own digest'} since rompy wrote it",
            file=path,
            hint="Nothing it says can be relied on. rompy verify shows what differs nevertheless.",
        )
    try:
        return Manifest.model_validate(
            {**(_of_schema_1(values) if schema == 1 else values), "is_edited": edited}
        )
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ").partition("\n")[0]
        raise ManifestError(
            f"the manifest is damaged: {_short(reason)}",
            file=path,
            field=_short(".".join(map(str, first["loc"]))),
            hint=_DAMAGED,
        ) from error


def generated_sha256(place: str | Path | Workspace) -> str:
    """Digest over names and contents of everything that was generated for the model; empty without a record.

    The same wherever the run was made and by whichever version. Results bear it, to be traced back to their run.
    """
    try:
        files = read_manifest(place, allow_edited=True).files
    except (WorkspaceError, ManifestError):
        return ""
    return meaning_sha256({name: file.sha256 or file.link for name, file in files.items()})


_DAMAGED = "It was damaged or edited. Generate the run anew, or restore the file from a copy."


def _path_of(place: str | Path | Workspace) -> Path:
    if isinstance(place, Workspace):
        return place.manifest
    path = Path(place)
    return path if path.is_file() else Workspace(path).manifest


def _of_schema_1(values: dict[str, Any]) -> dict[str, Any]:
    """Schema 1 had versions, host and time of the generation at the top, and no digest of its own."""
    told = {"rompy": values.get("rompy"), "python": values.get("python")}
    made = values.get("generated_at")
    return {
        "schema": 1,
        "files": values.get("files"),
        "code": told,
        "host": {"name": values["host"]} if isinstance(values.get("host"), str) else {},
        "phases": {"generate": {"started": None, "ended": made}} if made else {},
    }


def _short(text: str, longest: int = 200) -> str:
    return text if len(text) <= longest else f"{text[:longest]}..."
