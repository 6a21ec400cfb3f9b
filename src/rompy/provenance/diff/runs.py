"""Compares two runs at all levels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rompy.core.workspace import Workspace
from rompy.errors import WorkspaceError
from rompy.manifest import Manifest, read_manifest
from rompy.provenance.diff.code import compare_code, compare_environment
from rompy.provenance.diff.data import compare_data
from rompy.provenance.diff.description import compare_descriptions
from rompy.provenance.diff.difference import Comparison
from rompy.provenance.diff.results import compare_results
from rompy.provenance.diff.tolerance import Tolerance
from rompy.provenance.relocation import Relocation
from rompy.provenance.underway import require_quiet


def compare_runs(
    first: str | Path,
    second: str | Path,
    *,
    tolerance: Tolerance | None = None,
    passing: Any = (),
    relocation: Relocation | None = None,
) -> Comparison:
    """What differs between the runs in two workspaces. Nothing is written.

    Args:
        tolerance: by how much results may differ; none by default.
        passing: patterns of names of files whose content does not matter, such as ``*.log``.
        relocation: where the second has the inputs of the first.

    Raises:
        WorkspaceError: one of them is not the folder of a run, or is being written.
        ManifestError: the record of one cannot be relied on.
    """
    roots = Path(first), Path(second)
    require_quiet(*roots)
    manifests = manifest_in(roots[0]), manifest_in(roots[1])
    moved = {name: str(path) for name, path in relocation.copies.items()} if relocation else {}
    reports = (
        compare_descriptions(*roots, manifests, relocation.applied if relocation else None),
        compare_data(*manifests, moved),
        compare_code(*manifests),
        compare_environment(*manifests),
        compare_results(*roots, manifests, tolerance or Tolerance(), (*passing, *passing_of(manifests[0]))),
    )
    return Comparison(str(first), str(second), {report.level: report for report in reports})


def manifest_in(root: Path) -> Manifest:
    """The record of the run in a folder. Raises WorkspaceError when it is no such folder, ManifestError as it says."""
    if not root.is_dir():
        raise WorkspaceError("there is no such folder", file=root, hint="Give the folder of a run.")
    return read_manifest(Workspace(root))


def passing_of(manifest: Manifest) -> tuple[str, ...]:
    """Files that the configuration of the model says are about the machine; none when it is not installed."""
    from rompy import plugins
    from rompy.errors import PluginError

    try:
        config = plugins.class_for_tag("rompy.config", str(manifest.model_type))
    except PluginError:
        return ()
    return tuple(getattr(config, "passing_files", ()))
