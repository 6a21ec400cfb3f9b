"""The files of a crate, each with what it is."""

from __future__ import annotations

from pathlib import PurePosixPath

from rompy.digest import FileDigest
from rompy.manifest import Manifest
from rompy.provenance.crate.graph import Graph, Reference, path_id
from rompy.provenance.crate.media import media_type

_OWN = {
    "job.json": "How the run was started",
    "launch.sh": "Starts the model",
    "manifest.json": "Record of what the run was made from, by what, when, and of what came out, with digests",
    "programs.json": "Programs and libraries that were executed",
    "result.json": "How the run ended",
    "rompy.log": "What rompy did",
    "run.yml": "Description of the run, from which rompy makes it again",
    "stderr.log": "What the model wrote to its standard error",
    "stdout.log": "What the model wrote to its standard output",
    "supervise.log": "What the supervisor of the model wrote",
    "supervise.py": "Supervises the model",
}
"""Of files in ``.rompy``."""
LOGS = (".rompy/stdout.log", ".rompy/stderr.log")


def describe_file(manifest: Manifest, name: str) -> str | None:
    """What a file of a run is, by its name in the folder of the run."""
    path = PurePosixPath(name)
    if path.parent == PurePosixPath(".rompy"):
        return _OWN.get(path.name)
    if path.parts[0] == ".rompy":
        return "Copy of something that was read to generate the run"
    if name in manifest.files:
        return "Generated for the model"
    if name in processed(manifest):
        return "Made from the output of the model"
    return "Written by the model" if name in manifest.outputs else None


def file_in(graph: Graph, name: str, digest: FileDigest, description: str | None) -> Reference:
    """A file as an entity; its name in the crate is its identifier."""
    properties = {
        "name": name,
        "description": description,
        "contentSize": str(digest.bytes),
        "sha256": digest.sha256,
        "encodingFormat": media_type(name),
    }
    return graph.add(path_id(name), "File", properties)


def processed(manifest: Manifest) -> set[str]:
    """Outputs that a postprocessor wrote."""
    return {name for i, _ in enumerate(manifest.phases.postprocess, 1) for name in processed_by(manifest, i)}


def processed_by(manifest: Manifest, number: int) -> list[str]:
    """Outputs of one postprocessor: those its record lists, else what lies in ``results`` for the last one."""
    phase = manifest.phases.postprocess[number - 1]
    if phase.outputs is not None:
        return [name for name in phase.outputs if name in manifest.outputs]
    is_last = number == len(manifest.phases.postprocess)
    return [name for name in manifest.outputs if name.startswith("results/")] if is_last else []
