"""Generates the input of a run aside, to see whether it is the same as that of a former run after all."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rompy.core.describing.description import Description
from rompy.core.workspace import Workspace
from rompy.errors import RompyError
from rompy.manifest import Manifest, read_manifest
from rompy.manifest.schema import FileIdentity
from rompy.provenance.plan.former import Former
from rompy.provenance.plan.inputs_now import other_inputs


def is_same_after_all(model_run: Any, former: Former) -> bool:
    """Whether a run has, byte for byte, the generated files of a former one, and is started in the same way.

    Descriptions that differ may ask for the same: a field that has no effect, a default written out, a file that was
    moved. The files are generated into a temporary folder, which is removed. What was read for them has to have the
    same contents, since a generated file may name another one that the model reads itself.

    Raises:
        RompyError: they cannot be generated.
    """
    if (
        former.manifest is None
        or former.manifest.run_id != model_run.run_id
        or not _starts_the_same(model_run, former.root)
    ):
        return False
    with TemporaryDirectory(prefix="rompy-plan-") as folder:
        trial = model_run.model_copy(update={"output_dir": Path(folder), "delete_existing": False})
        root = trial.generate()
        manifest = read_manifest(root)
        return (
            are_same_files(manifest, former.manifest)
            and _read_the_same(manifest, former.manifest)
            and not any(other_inputs(root, manifest, model_run))
        )


def are_same_files(one: Manifest, other: Manifest) -> bool:
    """Whether the generated files have the same names and contents."""
    return _identities(one) == _identities(other)


def _read_the_same(one: Manifest, other: Manifest) -> bool:
    """Whether what was read for two runs has the same contents, all of them known, and that of equal names as well."""
    contents = [sorted(str(entry.sha256) for entry in manifest.inputs) for manifest in (one, other)]
    known = all(entry.sha256 is not None for entry in (*one.inputs, *other.inputs))
    before = {entry.uri: entry.sha256 for entry in other.inputs}
    return (
        known
        and contents[0] == contents[1]
        and all(before.get(entry.uri, entry.sha256) == entry.sha256 for entry in one.inputs)
        and not any(file.link is not None for file in one.files.values())
    )


def _identities(manifest: Manifest) -> dict[str, tuple[str | None, str | None]]:
    return {name: _identity(file) for name, file in manifest.files.items()}


def _identity(file: FileIdentity) -> tuple[str | None, str | None]:
    return file.sha256, file.link


def _starts_the_same(model_run: Any, root: Path) -> bool:
    """Whether the model is started, and its success judged, as the former description says."""
    from rompy.model import ModelRun

    try:
        before = ModelRun.model_validate(Description.load(Workspace(root).run_yml).data).config
    except (RompyError, ValueError):
        return False
    after = model_run.config
    return (before.launch(), before.succeeds_when()) == (after.launch(), after.succeeds_when())
