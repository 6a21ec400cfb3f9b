"""All that a run owes its result to: the model, plugins, data and rompy."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rompy.core.citation import Citation
from rompy.core.workspace import Workspace
from rompy.errors import PluginError, RompyError
from rompy.manifest import Manifest, read_manifest
from rompy.provenance.cite.bibtex import fields_of, keyed, to_bibtex
from rompy.provenance.cite.datasets import citation_of_input, citations_of_catalogues
from rompy.provenance.cite.models import READY
from rompy.provenance.cite.packages import citations_of_package
from rompy.provenance.relocation import Relocation

logger = logging.getLogger(__name__)

Role = Literal["model", "plugin", "dataset", "rompy"]


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
        """The text of a bibliography file."""
        return to_bibtex(self.entries)

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


def references_of(workspace: str | Path) -> References:
    """What a run in a folder owes its result to. Reads attributes of inputs that are still there.

    Raises:
        WorkspaceError: it is no folder of a run.
        ManifestError: its record cannot be relied on.
    """
    root = Path(workspace)
    manifest = read_manifest(Workspace(root))
    description = _description(root)
    models = _models(manifest, description)
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


def _models(manifest: Manifest, description: Any) -> list[Citation]:
    from rompy import plugins

    kind = str(manifest.model_type or _model_type(description))
    try:
        found = plugins.class_for_tag("rompy.config", kind).citations()
    except (PluginError, AttributeError):
        found = ()
    except Exception as error:  # noqa: BLE001 - of a plugin
        logger.warning("the plugin of %s cannot tell how it is cited: %s", kind, error)
        found = ()
    return list(found or READY.get(kind, ()))


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
    from rompy.core.description import Description

    try:
        return Description.load(Workspace(root).run_yml).data
    except (RompyError, OSError):
        return {}


def _model_type(description: Any) -> str:
    config = description.get("config") if isinstance(description, dict) else None
    return str(config.get("model_type", "")) if isinstance(config, dict) else ""
