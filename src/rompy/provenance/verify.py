"""Tells whether a run directory is still what its record says. Only reads."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from rompy.core.record_file import RecordError
from rompy.core.workspace import Workspace
from rompy.digest import DigestCache, FileDigest, digest_of, digests_of
from rompy.digest.background import sampled
from rompy.jobs.record import JobRecord
from rompy.jobs.result import read_result
from rompy.manifest import Manifest, read_manifest
from rompy.manifest.outputs import files_in
from rompy.manifest.schema import FileIdentity, Output
from rompy.printable import in_one_line
from rompy.provenance.image import image_now, other_image
from rompy.provenance.underway import underway
from rompy.provenance.verify_inputs import check_inputs

Kind = Literal["changed", "missing", "added", "unreadable", "unchecked"]
What = Literal["manifest", "record", "description", "generated", "output", "input", "image", "file"]


@dataclass(frozen=True)
class Finding:
    """Something that is not as recorded, or could not be looked at."""

    kind: Kind
    what: What
    name: str
    """Path relative to the workspace, or address of an input."""
    detail: str = ""

    def __str__(self) -> str:
        text = f"{self.kind:<10} {self.what:<11} {self.name}" + (f": {self.detail}" if self.detail else "")
        return in_one_line(text)


@dataclass(frozen=True)
class Verification:
    """What was found out about a run directory."""

    workspace: Path
    findings: tuple[Finding, ...]
    checked: Mapping[str, int] = field(default_factory=dict)
    """How many of each kind were looked at."""
    strict: bool = False
    """Whether files that the record does not know count."""
    underway: str | None = None
    """What is being done to it just now, so that its files were not looked at; None when it is quiet."""

    def __bool__(self) -> bool:
        """Whether everything is as recorded; of what is being written nobody can tell."""
        return self.underway is None and not self.differs

    @property
    def differs(self) -> bool:
        """Whether something was found that is not as recorded."""
        harmless = ("unchecked",) if self.strict else ("unchecked", "added")
        return any(finding.kind not in harmless for finding in self.findings)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {what}" for what, count in self.checked.items())
        if self.underway is not None:
            return f"{self.workspace}: {self.underway}: its files are not looked at before that is over"
        return f"{self.workspace}: {'verified' if self else 'not as recorded'} ({counts})"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "workspace": str(self.workspace),
            "verified": bool(self),
            "underway": self.underway,
            "checked": dict(self.checked),
            "findings": [asdict(finding) for finding in self.findings],
        }


def verify(
    place: str | Path,
    *,
    inputs: bool = False,
    outputs: bool = True,
    strict: bool = False,
    cache: DigestCache | None = None,
) -> Verification:
    """Compare a run directory with its manifest.

    Generated files and outputs have to be there with the content that is recorded; a generated file that the model
    itself changed while it ran was recorded once more, and may be as the run left it. Files of a workspace that is
    being written are not looked at: the answer says what is going on.

    Args:
        inputs: also look whether what it was made from is still there and the same, and the image of its container.
        outputs: look at what the model and the postprocessors wrote, which may take long.
        strict: files that are not in the record count as well.
        cache: knows files that have not changed since they were last read; None reads every file.

    Raises:
        WorkspaceError: there is no manifest.
        ManifestError: the manifest cannot be understood. An edited one is a finding.
    """
    workspace = Workspace(place)
    doing = underway(workspace.root)
    if doing is not None:
        return Verification(workspace.root, (), strict=strict, underway=doing)
    manifest = read_manifest(workspace, allow_edited=True)
    findings = [*_of_manifest(manifest), *_of_job(workspace, manifest), *_of_description(workspace, manifest)]
    findings += _of_files(workspace, manifest, cache, outputs)
    checked = {f"generated file{'' if len(manifest.files) == 1 else 's'}": len(manifest.files)}
    if outputs:
        checked[f"output{'' if len(manifest.outputs) == 1 else 's'}"] = len(manifest.outputs)
    if inputs:
        found = check_inputs(manifest.inputs, cache)
        findings += [Finding(one.kind, "input", one.uri, one.detail) for one in found]
        checked[f"input{'' if len(manifest.inputs) == 1 else 's'}"] = len(manifest.inputs)
        findings += _of_image(manifest)
    return Verification(workspace.root, tuple(findings), checked, strict)


def _of_manifest(manifest: Manifest) -> Iterable[Finding]:
    if manifest.is_edited:
        yield Finding("changed", "manifest", ".rompy/manifest.json", "it was edited since rompy wrote it")
    elif manifest.schema_ < 2:
        detail = f"of schema {manifest.schema_}, which bears no digest of itself"
        yield Finding("unchecked", "manifest", ".rompy/manifest.json", detail)


def _of_job(workspace: Workspace, manifest: Manifest) -> Iterable[Finding]:
    """What there is to say of the records of the run itself."""
    name = workspace.job_json.relative_to(workspace.root).as_posix()
    try:
        record = JobRecord.read(workspace)
    except RecordError as error:
        yield Finding("unreadable", "record", name, error.message)
        return
    if record is None or record.last is None or manifest.schema_ < 2:
        return
    number = record.last.number
    has_ended = read_result(workspace.root, attempt=number) is not None
    if has_ended and number not in {one.attempt for one in manifest.phases.run}:
        yield Finding(
            "unchecked", "record", name, f"the end of attempt {number} is not recorded: rompy wait does it"
        )


def _of_description(workspace: Workspace, manifest: Manifest) -> Iterable[Finding]:
    recorded = manifest.description
    path = workspace.root / recorded.file
    if not Path(os.path.realpath(path)).is_relative_to(workspace.root.resolve()):
        yield Finding("unreadable", "description", recorded.file, "it is not in the run directory")
    elif not path.is_file():
        yield _absent(path, recorded.file, "description")
    elif recorded.sha256 is not None:
        try:
            digest = digest_of(path)
        except OSError as error:
            yield Finding("unreadable", "description", recorded.file, error.strerror or str(error))
        else:
            if digest != recorded.sha256:
                yield Finding("changed", "description", recorded.file)


def _of_image(manifest: Manifest) -> Iterable[Finding]:
    """Whether the name of the image that the model ran in stands for another one now, here or in its registry."""
    last = manifest.phases.run[-1] if manifest.phases.run else None
    image = None if last is None else last.image
    if last is None or not image or not image.get("name"):
        return
    name = str(image["name"])
    now = image_now(name, pull=str(last.settings.get("pull", "missing")))
    for words in other_image(image, now):
        yield Finding("unchecked" if now is None else "changed", "image", name, words)


def _of_files(
    workspace: Workspace, manifest: Manifest, cache: DigestCache | None, outputs: bool
) -> list[Finding]:
    root = workspace.root
    recorded: dict[str, tuple[What, list[FileIdentity]]] = {}
    for name, one in manifest.files.items():
        recorded[name] = ("generated", [one])
    for name, one in manifest.outputs.items():
        kind, known = recorded.get(name, ("output", []))
        recorded[name] = (kind, [*known, one])
    there = dict(files_in(root))
    added = sorted(set(there) - set(recorded))
    if not outputs:
        recorded = {name: one for name, one in recorded.items() if name in manifest.files}
    unread = {n for n, (_, known) in recorded.items() if known[-1].sha256 is None and known[-1].link is None}
    to_read = [n for n in recorded if n in there and n not in unread and not (root / n).is_symlink()]
    digests = dict(zip(to_read, digests_of([root / name for name in to_read], cache=cache), strict=True))
    findings = []
    for name, (what, known) in sorted(recorded.items()):
        if name not in there:
            findings.append(_absent(root / name, name, what))
        elif name in unread:
            findings += _as_far_as_known(root / name, name, what, known[-1])
        else:
            findings += _difference(root / name, name, what, known, digests.get(name))
    findings += [Finding("added", "file", name) for name in added]
    return findings


def _absent(path: Path, name: str, what: What) -> Finding:
    """A file that was not found: something else may be in its place, or its folder be closed to us."""
    try:
        kind = path.lstat().st_mode
    except PermissionError as error:
        return Finding("unreadable", what, name, error.strerror or str(error))
    except OSError:
        return Finding("missing", what, name)
    if stat.S_ISDIR(kind):
        return Finding("missing", what, name, "there is a folder in its place")
    is_other = not (stat.S_ISREG(kind) or stat.S_ISLNK(kind))
    return Finding("missing", what, name, "there is a pipe or device in its place" if is_other else "")


def _as_far_as_known(path: Path, name: str, what: What, known: FileIdentity) -> list[Finding]:
    """An output of which no digest is recorded: it was too large, or has not been read yet."""
    size = path.lstat().st_size
    if size != known.bytes:
        return [Finding("changed", what, name, f"{size} bytes instead of {known.bytes}")]
    if not isinstance(known, Output) or known.version is None:
        return [Finding("unchecked", what, name, "its content is not recorded yet: rompy wait records it")]
    found = sampled(path)
    if not found:
        return [Finding("unreadable", what, name)]
    return (
        []
        if found["version"] == known.version
        else [Finding("changed", what, name, "same size, other content")]
    )


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
