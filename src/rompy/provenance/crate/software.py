"""The programs of a crate: models, rompy and its plugins, and what they need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from rompy.manifest import Manifest
from rompy.manifest.schema import PostprocessPhase, RunPhase
from rompy.provenance.cite.models import program_of
from rompy.provenance.cite.packages import home_of
from rompy.provenance.crate.graph import Graph, Reference, local_id

KIND = "SoftwareApplication"
_HOMES = {
    "python": "https://www.python.org/",
    "pypy": "https://pypy.org/",
    "julia": "https://julialang.org/",
    "perl": "https://www.perl.org/",
    "Rscript": "https://www.r-project.org/",
}
_INTERPRETER = re.compile(rf"({'|'.join(_HOMES)})[\d.]*t?")
"""Programs that are no model, whatever model they run."""


def program_in(graph: Graph, name: str, version: str | None, url: str | None, **more: Any) -> Reference:
    """A program in a version as an entity. It is called after its home on the web if it has one."""
    known = "-".join(filter(None, (name, version)))
    home = (url or "").partition("#")[0]
    identifier = f"{home}#{quote(known, safe='')}" if home else local_id(known)
    return graph.add(identifier, KIND, {"name": name, "version": version, "url": url, **more})


def rompy_in(graph: Graph, manifest: Manifest) -> Reference:
    """What generated the input: rompy with everything that it needed."""
    used = {name: version for name, version in manifest.code.distributions.items() if name != "rompy"}
    commit = manifest.code.git.get("rompy")
    state = (
        f"Work tree at commit {commit.commit}{' with changes' if commit.dirty else ''}" if commit else None
    )
    return program_in(
        graph,
        "rompy",
        manifest.code.rompy,
        home_of("rompy"),
        description=state,
        softwareRequirements=[python_in(graph, manifest), *_packages_in(graph, used.items())],
    )


def python_in(graph: Graph, manifest: Manifest) -> Reference:
    """The Python that rompy ran in."""
    return program_in(graph, "Python", manifest.code.python, _HOMES["python"])


def processor_in(graph: Graph, manifest: Manifest, phase: PostprocessPhase) -> Reference:
    """The package that a postprocessor comes from; of rompy's own, rompy."""
    found = (p for p in manifest.code.plugins if (p.group, p.name) == ("rompy.postprocess", phase.processor))
    plugin = next(found, None)
    if plugin is None or plugin.distribution == "rompy":
        return rompy_in(graph, manifest)
    return program_in(graph, plugin.distribution, plugin.version, home_of(plugin.distribution))


def model_in(graph: Graph, manifest: Manifest, phase: RunPhase, told: str | None) -> Reference:
    """The model: by the name and version that it is known by, and by the digest of the program that was executed.

    Args:
        told: version that its output tells; that is of the last attempt, and of others that executed the same program.
    """
    kind = str(manifest.model_type)
    known = program_of(kind)
    name = known.title if known else kind
    program: Mapping[str, Any] = phase.executable or {}
    last = manifest.phases.run[-1].executable or {}
    told = told if program.get("sha256") == last.get("sha256") else None
    version = told or manifest.code.distributions.get(kind)
    digest = program.get("sha256")
    is_interpreted = bool(_INTERPRETER.fullmatch(PurePosixPath(str(program.get("path", ""))).name))
    if not version and digest and not is_interpreted:
        version = f"sha256:{digest[:12]}"
    return program_in(
        graph,
        name,
        version,
        (known.fields.get("url") if known else None) or home_of(kind),
        identifier=f"sha256:{digest}" if digest and not is_interpreted else None,
        softwareRequirements=[_executed(graph, program)] if digest and is_interpreted else [],
    )


def _executed(graph: Graph, program: Mapping[str, Any]) -> Reference:
    name = PurePosixPath(str(program["path"])).name
    digest = str(program["sha256"])
    return program_in(
        graph,
        name,
        f"sha256:{digest[:12]}",
        next((home for start, home in _HOMES.items() if name.startswith(start)), None),
        description=f"The program {program['path']}, which executed the model",
        identifier=f"sha256:{digest}",
    )


def _packages_in(graph: Graph, versions: Iterable[tuple[str, str]]) -> list[Reference]:
    return [program_in(graph, name, version, home_of(name)) for name, version in sorted(versions)]
