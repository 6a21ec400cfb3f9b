"""All that a run owes its result to: the model, plugins, data and rompy."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rompy.core.citation import Citation
from rompy.core.workspace import Workspace
from rompy.errors import RompyError
from rompy.manifest import Manifest, read_manifest
from rompy.manifest.model import version_of_model
from rompy.provenance.cite.bibtex import fields_of, keyed, to_bibtex
from rompy.provenance.cite.csl import to_csl
from rompy.provenance.cite.datasets import citation_of_input, citations_of_catalogues
from rompy.provenance.cite.models import citations_of_model
from rompy.provenance.cite.packages import citations_of_package
from rompy.provenance.cite.plain import to_text
from rompy.provenance.relocation import Relocation
from rompy.provenance.runs import runs_in

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class References:
    """What to cite, by what it was to the run."""

    roles: dict[str, list[Citation]]
    notes: tuple[str, ...] = ()
    """What could not be told."""

    @property
    def entries(self) -> dict[str, Citation]:
        """All works once, by their keys."""
        return keyed(citation for citations in self.roles.values() for citation in citations)

    def to_bibtex(self) -> str:
        """The text of a BibTeX file."""
        return to_bibtex(self.entries)

    def to_csl(self) -> str:
        """The text of a file in CSL-JSON."""
        return to_csl(self.entries)

    def to_text(self) -> str:
        """A line for each work."""
        return to_text(self.entries)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        keys = {citation: key for key, citation in self.entries.items()}
        entries = {
            key: {"type": citation.kind, "title": citation.title, "authors": list(citation.authors),
                  "year": citation.year, **citation.fields, "bibtex": fields_of(citation)}
            for key, citation in self.entries.items()
        }  # fmt: skip
        roles = {role: sorted({keys[c] for c in citations}) for role, citations in self.roles.items()}
        return {"roles": roles, "entries": entries, "notes": list(self.notes)}


def references_of(*places: str | Path) -> References:
    """What runs owe their results to, each work once. Reads attributes of inputs that are still there.

    Args:
        places: folders of runs, or folders with runs in them.

    Raises:
        WorkspaceError: there is no run in a place.
        ManifestError: a record cannot be relied on.
    """
    every = [_of_run(root) for root in runs_in(places)]
    roles = {role: [work for one in every for work in one.roles[role]] for role in every[0].roles}
    return References(
        {role: list(dict.fromkeys(works)) for role, works in roles.items()},
        tuple(dict.fromkeys(note for one in every for note in one.notes)),
    )


def _of_run(root: Path) -> References:
    manifest = read_manifest(Workspace(root))
    description = _description(root)
    kind = str(manifest.model_type or _model_type(description))
    version = version_of_model(kind, root)
    models = [_in_version(work, version) for work in citations_of_model(kind)]
    data, silent = _data(root, manifest, description, models)
    notes = [f"nothing is known of how to cite {name}" for name in silent]
    if not models:
        notes.insert(0, f"nothing is known of how to cite the model {manifest.model_type}")
    return References(
        {
            "model": models,
            "plugin": list(_plugins(manifest)),
            "dataset": data,
            "rompy": citations_of_package("rompy", manifest.code.rompy),
        },
        tuple(notes),
    )


def _in_version(work: Citation, version: str | None) -> Citation:
    """A program in the version that was used rather than the one that is installed."""
    if version is None or work.kind != "software":
        return work
    return replace(work, fields={**work.fields, "version": version})


def _plugins(manifest: Manifest) -> Iterable[Citation]:
    versions = {plugin.distribution: plugin.version for plugin in manifest.code.plugins}
    for name, version in sorted(versions.items()):
        if name != "rompy":
            yield from citations_of_package(name, version)


def _data(
    root: Path, manifest: Manifest, description: Any, models: list[Citation]
) -> tuple[list[Citation], list[str]]:
    """Of all data, and addresses of those of which nothing is known."""
    told = dict(citations_of_catalogues(description))
    found, silent = list(told.values()), set()
    copies = Relocation.of(root, manifest).copies
    for entry in manifest.inputs:
        own = citation_of_input(entry, copies.get(entry.uri))
        package = (
            entry.uri.partition("://")[2].partition("/")[0] if entry.uri.startswith("package://") else ""
        )
        if own is not None:
            found.append(own)
        elif package and package not in ("rompy", "rompy_anuga"):
            found += _of_package(package, manifest, models)
        elif entry.kind != "memory" and not any((entry.field or "").startswith(field) for field in told):
            silent.add(entry.uri)
    return list(dict.fromkeys(found)), sorted(silent)


def _of_package(package: str, manifest: Manifest, models: list[Citation]) -> list[Citation]:
    """Of data that a package brings along: the model's own reference when it is the model's package."""
    from importlib import metadata

    own = [c for c in models if c.kind == "software" and c.title.partition(":")[0].lower() == package.lower()]
    if own:
        return own
    owners = metadata.packages_distributions().get(package, [package])
    return citations_of_package(owners[0], manifest.code.distributions.get(owners[0].lower()))


def _description(root: Path) -> Any:
    from rompy.core.describing.description import Description

    try:
        return Description.load(Workspace(root).run_yml).data
    except (RompyError, OSError):
        return {}


def _model_type(description: Any) -> str:
    config = description.get("config") if isinstance(description, dict) else None
    return str(config.get("model_type", "")) if isinstance(config, dict) else ""
