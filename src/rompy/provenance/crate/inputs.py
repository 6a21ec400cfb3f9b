"""What the runs of a crate were made from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from rompy.manifest import Input, Manifest
from rompy.provenance.copies import FILES, path_of_input
from rompy.provenance.crate.graph import Graph, Reference, local_id

_KINDS = {
    "file": "File on the machine where the run was generated",
    "remote": "Fetched",
    "store": "Store of many objects",
    "memory": "Values that were in memory",
}


def inputs_in(
    graph: Graph, manifest: Manifest, folder: str, files: Mapping[str, Reference]
) -> list[Reference]:
    """The inputs of a run, each once: its copy where the crate has one, else what is known of it.

    Several runs that read the same share one entity.
    """
    found = [_input_in(graph, entry, folder, files) for entry in manifest.inputs]
    return list({one["@id"]: one for one in found}.values())


def _input_in(graph: Graph, entry: Input, folder: str, files: Mapping[str, Reference]) -> Reference:
    if entry.kind == "file":
        copy = f"{FILES}/{path_of_input(entry).as_posix().lstrip('/')}"
        for name in (folder + copy, copy):
            if name in files:
                return files[name]
    # Not a data entity: it is neither in the crate nor, for most, anything that the web can give.
    is_whole = not (entry.slice or entry.pieces or (entry.model_extra or {}).get("sampled"))
    name = PurePosixPath(entry.uri.partition("?")[0]).name or entry.uri
    return graph.add(
        local_id("input", name),
        "CreativeWork",
        {
            "name": entry.uri,
            "description": _described(entry, is_whole),
            "contentSize": None if entry.bytes is None else str(entry.bytes),
            "sha256": entry.sha256 if is_whole else None,
            "identifier": f"sha256:{entry.sha256}" if entry.sha256 and not is_whole else None,
            "version": ", ".join(f"{k} {v}" for k, v in sorted((entry.version or {}).items())),
            "url": entry.uri if entry.uri.startswith(("http://", "https://")) else None,
        },
    )


def _described(entry: Input, is_whole: bool) -> str:
    read = "" if is_whole else "; size and digest are of what was read of it"
    title = (entry.about or {}).get("title")
    return f"{f'{title}: ' if title else ''}{_KINDS[entry.kind]}, read for {entry.field or 'the run'}{read}"
