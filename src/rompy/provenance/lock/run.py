"""What a lock pins of one run: its inputs, its template and its program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rompy.digest import DigestCache
from rompy.manifest import Input, Manifest
from rompy.manifest.schema import Template
from rompy.provenance.lock.error import refuse
from rompy.provenance.lock.program import Program
from rompy.provenance.verify_inputs import check_inputs


@dataclass(frozen=True)
class PinnedRun:
    """One run of a lock."""

    name: str
    inputs: tuple[Input, ...] = ()
    template: str | None = None
    """Digest of the template; None when there is none, or it is not pinned."""
    program: Program | None = None
    """None when it is not known."""
    path: Path = Path("rompy.lock")

    @classmethod
    def of_manifest(cls, manifest: Manifest, program: Program | None, path: Path) -> PinnedRun:
        """What a run was made with."""
        return cls(
            manifest.run_id or "", tuple(manifest.inputs), _digest(manifest.code.template), program, path
        )

    @classmethod
    def read(cls, name: str, told: Mapping[str, Any], path: Path) -> PinnedRun:
        """From a lock in plain values.

        Raises:
            ValueError, TypeError, AttributeError: it is damaged.
        """
        template, program = told.get("template"), told.get("program")
        return cls(
            name,
            tuple(Input.model_validate(one) for one in told.get("inputs") or ()),
            None if template is None else str(template["sha256"]),
            None if program is None else Program.read(program),
            path,
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        told: dict[str, Any] = {"inputs": [_told(one) for one in self.inputs]}
        if self.template is not None:
            told["template"] = {"sha256": self.template}
        if self.program is not None:
            told["program"] = self.program.to_dict()
        return told

    def check_inputs(self, inputs: Iterable[Input]) -> None:
        """Hold what was read to the lock.

        Raises:
            LockError: with every difference.
        """
        refuse(self.differences_of_inputs(inputs), self.path)

    def check_files(self) -> None:
        """Hold the files that are pinned, as they are now, to the lock: sooner than by reading them in a run.

        Raises:
            LockError: with every one that has changed. Of others it is told when they are read.
        """
        files = [one for one in self.inputs if one.kind == "file"]
        changed = [found for found in check_inputs(files, DigestCache()) if found.kind == "changed"]
        refuse([f"input {found.uri} has changed" for found in changed], self.path)

    def check_manifest(self, facts: Mapping[str, Any]) -> None:
        """Hold a manifest in plain values to the lock, while a run is generated."""
        read = [Input.model_validate(one) for one in facts["inputs"]]
        template = ((facts.get("code") or {}).get("template") or {}).get("sha256")
        refuse([*self.differences_of_inputs(read), *self._other_template(template)], self.path)

    def check_program(self, model_run: Any, backend: Any) -> None:
        """Hold the program that a backend would run to the lock; nothing where it cannot be looked at.

        Raises:
            LockError: it is another one.
        """
        if self.program is not None:
            refuse(self.program.differences(Program.of_run(model_run, backend)), self.path)

    def differences(self, now: PinnedRun) -> Iterator[str]:
        """How what would be pinned now differs, in words."""
        yield from self.differences_of_inputs(now.inputs)
        yield from self._other_template(now.template)
        if self.program is not None:
            yield from self.program.differences(now.program)
        elif now.program is not None:
            yield f"the program {now.program} is not pinned"

    def differences_of_inputs(self, inputs: Iterable[Input]) -> list[str]:
        """What was read otherwise, in words."""
        pinned, read = _by_name(self.inputs), _by_name(inputs)
        found = [f"input {name} is not read any more" for name in sorted(set(pinned) - set(read))]
        found += [f"input {name} is not pinned" for name in sorted(set(read) - set(pinned))]
        for name in sorted(set(pinned) & set(read)):
            for one, other in zip(pinned[name], read[name], strict=False):
                if not _is_same(one, other):
                    found.append(f"input {name} has changed: {_identity(other)} instead of {_identity(one)}")
            if len(pinned[name]) != len(read[name]):
                found.append(f"input {name} is read in other parts than before")
        return found

    def _other_template(self, found: str | None) -> Iterator[str]:
        if self.template is not None and found != self.template:
            yield f"the template has changed: sha256 {str(found)[:12]} instead of {self.template[:12]}"


def _digest(template: Template | None) -> str | None:
    return None if template is None else template.sha256


def _told(one: Input) -> dict[str, Any]:
    told = one.model_dump(
        exclude={"path", "pieces", "about"}
    )  # that is about this machine, much, or no content
    return {key: value for key, value in told.items() if value is not None}


def _by_name(inputs: Iterable[Input]) -> dict[str, list[Input]]:
    found: dict[str, list[Input]] = {}
    for one in inputs:
        found.setdefault(one.uri, []).append(one)
    return {
        name: sorted(some, key=lambda one: (one.field or "", str(one.slice))) for name, some in found.items()
    }


def _is_same(one: Input, other: Input) -> bool:
    if one.sha256 is not None and other.sha256 is not None:
        return one.sha256 == other.sha256
    return (one.bytes, one.version) == (other.bytes, other.version)


def _identity(one: Input) -> str:
    if one.sha256 is not None:
        return f"sha256 {one.sha256[:12]}"
    known = [str(value) for value in (one.version or {}).values() if value is not None]
    return ", ".join(known) or "something of no known version"
