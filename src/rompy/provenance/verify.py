"""Tells whether a run directory is still what its record says. Only reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from rompy.core.workspace import Workspace
from rompy.digest import DigestCache, FileDigest, digests_of
from rompy.manifest import Manifest, read_manifest
from rompy.manifest.outputs import files_in
from rompy.manifest.schema import FileIdentity
from rompy.provenance.verify_inputs import check_inputs

Kind = Literal["changed", "missing", "added", "unreadable", "unchecked"]
What = Literal["manifest", "description", "generated", "output", "input", "file"]


@dataclass(frozen=True)
class Finding:
    """Something that is not as recorded, or could not be looked at."""

    kind: Kind
    what: What
    name: str
    """Path relative to the workspace, or address of an input."""
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind:<10} {self.what:<11} {self.name}" + (f": {self.detail}" if self.detail else "")


@dataclass(frozen=True)
class Verification:
    """What was found out about a run directory."""

    workspace: Path
    findings: tuple[Finding, ...]
    checked: Mapping[str, int] = field(default_factory=dict)
    """How many of each kind were looked at."""
    strict: bool = False
    """Whether files that the record does not know count."""

    def __bool__(self) -> bool:
        """Whether everything is as recorded."""
        harmless = ("unchecked",) if self.strict else ("unchecked", "added")
        return all(finding.kind in harmless for finding in self.findings)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {what}" for what, count in self.checked.items())
        return f"{self.workspace}: {'verified' if self else 'not as recorded'} ({counts})"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "workspace": str(self.workspace),
            "verified": bool(self),
            "checked": dict(self.checked),
            "findings": [asdict(finding) for finding in self.findings],
        }


def verify(
    place: str | Path, *, inputs: bool = False, strict: bool = False, cache: DigestCache | None = None
) -> Verification:
    """Compare a run directory with its manifest.

    Generated files and outputs have to be there with the content that is recorded; a generated file that the model
    itself changed while it ran was recorded once more, and may be as the run left it.

    Args:
        inputs: also look whether what it was made from is still there and the same.
        strict: files that are not in the record count as well.
        cache: knows files that have not changed since they were last read; None reads every file.

    Raises:
        WorkspaceError: there is no manifest.
        ManifestError: the manifest cannot be understood. An edited one is a finding.
    """
    workspace = Workspace(place)
    manifest = read_manifest(workspace, allow_edited=True)
    findings = [*_of_manifest(manifest), *_of_description(workspace, manifest)]
    findings += _of_files(workspace, manifest, cache)
    checked = {
        f"generated file{'' if len(manifest.files) == 1 else 's'}": len(manifest.files),
        f"output{'' if len(manifest.outputs) == 1 else 's'}": len(manifest.outputs),
    }
    if inputs:
        found = check_inputs(manifest.inputs, cache)
        findings += [Finding(one.kind, "input", one.uri, one.detail) for one in found]
        checked[f"input{'' if len(manifest.inputs) == 1 else 's'}"] = len(manifest.inputs)
    return Verification(workspace.root, tuple(findings), checked, strict)


def _of_manifest(manifest: Manifest) -> Iterable[Finding]:
    if manifest.is_edited:
        yield Finding("changed", "manifest", ".rompy/manifest.json", "it was edited since rompy wrote it")


def _of_description(workspace: Workspace, manifest: Manifest) -> Iterable[Finding]:
    recorded = manifest.description
    path = workspace.root / recorded.file
    if not path.resolve().is_relative_to(workspace.root.resolve()):
        yield Finding("unreadable", "description", recorded.file, "it is not in the run directory")
    elif not path.is_file():
        yield Finding("missing", "description", recorded.file)
    elif recorded.sha256 is not None and hashlib.sha256(path.read_bytes()).hexdigest() != recorded.sha256:
        yield Finding("changed", "description", recorded.file)


def _of_files(workspace: Workspace, manifest: Manifest, cache: DigestCache | None) -> list[Finding]:
    root = workspace.root
    recorded: dict[str, tuple[What, list[FileIdentity]]] = {}
    for name, one in manifest.files.items():
        recorded[name] = ("generated", [one])
    for name, one in manifest.outputs.items():
        kind, known = recorded.get(name, ("output", []))
        recorded[name] = (kind, [*known, one])
    there = dict(files_in(root))
    to_read = [name for name in recorded if name in there and not (root / name).is_symlink()]
    digests = dict(zip(to_read, digests_of([root / name for name in to_read], cache=cache), strict=True))
    findings = []
    for name, (what, known) in sorted(recorded.items()):
        if name not in there:
            findings.append(Finding("missing", what, name))
        else:
            findings += _difference(root / name, name, what, known, digests.get(name))
    findings += [Finding("added", "file", name) for name in sorted(set(there) - set(recorded))]
    return findings


def _difference(
    path: Path, name: str, what: What, known: list[FileIdentity], digest: FileDigest | OSError | None
) -> list[Finding]:
    if isinstance(digest, OSError):
        return [Finding("unreadable", what, name, digest.strerror or str(digest))]
    if digest is None:
        link = str(path.readlink())
        if any(one.link == link for one in known):
            return []
        return [Finding("changed", what, name, f"it is a link to {link}")]
    if any(one.sha256 == digest.sha256 and one.bytes in (None, digest.bytes) for one in known):
        return []
    last = known[-1]
    if last.link is not None:
        return [Finding("changed", what, name, f"it was a link to {last.link}")]
    detail = "same size, other content"
    if last.bytes != digest.bytes:
        detail = f"{digest.bytes} bytes instead of {last.bytes}"
    return [Finding("changed", what, name, detail)]
