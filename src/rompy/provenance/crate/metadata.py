"""The metadata of a crate: who made which files from which, by what, and when.

Process Run Crate 0.5 on RO-Crate 1.1: each phase of each run is a ``CreateAction`` whose ``instrument`` is the program,
whose ``object`` is what it read and whose ``result`` is what it wrote. https://w3id.org/ro/wfrun/process/0.5
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rompy.digest import FileDigest
from rompy.errors import PluginError
from rompy.manifest import Input, Manifest
from rompy.manifest.schema import PostprocessPhase, RunPhase
from rompy.provenance.archive import COPIES, path_of_input
from rompy.provenance.crate.media import media_type
from rompy.provenance.crate.person import Person

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
NAME = "ro-crate-metadata.json"
_STATUS = {True: "http://schema.org/CompletedActionStatus", False: "http://schema.org/FailedActionStatus"}


@dataclass(frozen=True)
class CratedRun:
    """A run in a crate."""

    manifest: Manifest
    folder: str
    """Its folder in the crate with a slash at the end; empty for the crate itself."""
    root: Path
    """Where it lies on disk."""


@dataclass
class Metadata:
    """Collects the entities of a crate."""

    files: Mapping[str, FileDigest]
    """Every file of the crate."""
    author: Person | None = None
    _crate: Any = field(init=False)
    _entities: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            from rocrate.rocrate import ROCrate
        except ImportError as error:
            raise PluginError("crates need rocrate", hint='Install it: pip install "rompy[crate]"') from error
        # The default of the library is a later version than the one that the profile builds on.
        self._crate = ROCrate(version="1.1")

    def describe(self, name: str, description: str, published: str, licence: str | None) -> None:
        """The crate as a whole."""
        root = self._crate.root_dataset
        root["name"], root["description"], root["datePublished"] = name, description, published
        root["conformsTo"] = self._entity(
            PROFILE, "CreativeWork", {"name": "Process Run Crate", "version": "0.5"}
        )
        if licence is not None:
            is_address = licence.startswith(("http://", "https://"))
            spdx = f"https://spdx.org/licenses/{licence}"
            root["license"] = self._entity(
                licence if is_address else spdx, "CreativeWork", {"name": licence, "identifier": licence}
            )
        if self.author is not None:
            root["author"] = self._person()

    def add_files(self) -> None:
        """All files, in the order of their names."""
        for name, digest in sorted(self.files.items()):
            properties = {
                "name": name,
                "contentSize": str(digest.bytes),
                "sha256": digest.sha256,
                "encodingFormat": media_type(name),
            }
            self._entities[name] = self._crate.add_file(
                dest_path=name, properties={k: v for k, v in properties.items() if v is not None}
            )

    def add_run(self, run: CratedRun) -> None:
        """The phases of a run."""
        manifest = run.manifest
        actions = [self._generate(run)]
        actions += [self._attempt(run, phase) for phase in manifest.phases.run]
        actions += [
            self._postprocess(run, phase, i) for i, phase in enumerate(manifest.phases.postprocess, 1)
        ]
        for action in actions:
            self._crate.root_dataset.append_to("mentions", action)

    def to_json(self) -> bytes:
        """The text of the metadata file; the same for the same crate."""
        document = self._crate.metadata.generate()
        document["@graph"].sort(
            key=lambda entity: (entity["@id"] != NAME, entity["@id"] != "./", entity["@id"])
        )
        return (json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()

    def _generate(self, run: CratedRun) -> Any:
        manifest, phase = run.manifest, run.manifest.phases.generate
        made_from = [
            *self._present(run, [manifest.description.file]),
            *(self._input(run, i) for i in manifest.inputs),
        ]
        return self._action(
            run,
            "generate",
            f"Generate the input of {manifest.run_id}",
            self._software("rompy", manifest.code.rompy),
            made_from,
            self._present(run, manifest.files),
            what=f"From the description in {manifest.description.file}",
            started=phase.started if phase else None,
            ended=phase.ended if phase else None,
            succeeded=True,
        )

    def _attempt(self, run: CratedRun, phase: RunPhase) -> Any:
        manifest = run.manifest
        is_last = phase is manifest.phases.run[-1]
        written = [name for name in manifest.outputs if name not in _processed(manifest)]
        return self._action(
            run,
            f"run-{phase.attempt}",
            f"Run {manifest.run_id} ({phase.backend}, attempt {phase.attempt})",
            self._model(manifest, phase),
            self._present(run, manifest.files),
            self._present(run, written) if is_last else [],
            what=f"Command: {' '.join(phase.command)}"[:1000],
            started=phase.started,
            ended=phase.ended,
            succeeded=phase.state == "succeeded",
            reason=phase.reason,
        )

    def _postprocess(self, run: CratedRun, phase: PostprocessPhase, number: int) -> Any:
        manifest = run.manifest
        processed = _processed(manifest)
        read = [name for name in manifest.outputs if name not in processed]
        plugin = next(
            (
                p
                for p in manifest.code.plugins
                if p.group == "rompy.postprocess" and p.name == phase.processor
            ),
            None,
        )
        package = plugin.distribution if plugin else "rompy"
        return self._action(
            run,
            f"postprocess-{number}",
            f"Process the output of {manifest.run_id} ({phase.processor})",
            self._software(package, plugin.version if plugin else manifest.code.rompy),
            self._present(run, read),
            self._present(run, _processed_by(manifest, number)),
            what=f"Settings: {json.dumps(phase.settings, ensure_ascii=False)}"[:1000],
            started=phase.started,
            ended=phase.ended,
            succeeded=phase.state == "succeeded",
            reason=phase.reason,
        )

    def _action(
        self,
        run: CratedRun,
        kind: str,
        name: str,
        instrument: Any,
        read: Iterable[Any],
        written: Iterable[Any],
        *,
        what: str,
        started: str | None,
        ended: str | None,
        succeeded: bool,
        reason: str | None = None,
    ) -> Any:
        properties: dict[str, Any] = {"name": name, "description": what, "actionStatus": _STATUS[succeeded]}
        properties |= {"startTime": moment(started)} if started else {}
        properties |= {"endTime": moment(ended)} if ended else {}
        properties |= {"error": reason or "failed"} if not succeeded else {}
        action = self._entity(f"#{run.folder}{kind}", "CreateAction", properties)
        action["instrument"] = instrument
        for key, things in (("object", list(read)), ("result", list(written))):
            if things:
                action[key] = things
        if self.author is not None:
            action["agent"] = self._person()
        return action

    def _present(self, run: CratedRun, names: Iterable[str]) -> list[Any]:
        found = (self._entities.get(run.folder + name) for name in sorted(names))
        return [entity for entity in found if entity is not None]

    def _input(self, run: CratedRun, entry: Input) -> Any:
        copy = f"{run.folder}{COPIES}/{path_of_input(entry).as_posix().lstrip('/')}"
        if entry.kind == "file" and copy in self._entities:
            return self._entities[copy]
        properties: dict[str, Any] = {
            "name": entry.uri,
            "description": f"read for {entry.field or 'the run'}",
        }
        properties |= {"contentSize": str(entry.bytes)} if entry.bytes is not None else {}
        properties |= {"sha256": entry.sha256} if entry.sha256 is not None else {}
        if entry.uri.startswith(("http://", "https://")):
            properties["url"] = entry.uri
        # Not a data entity: it is neither in the crate nor, for most, anything that the web can give.
        number = f"{run.folder}input-{run.manifest.inputs.index(entry) + 1}"
        return self._entity(f"#{number}", "CreativeWork", properties)

    def _model(self, manifest: Manifest, phase: RunPhase) -> Any:
        """The program of the model, known by its digest or its image besides its name."""
        kind = str(manifest.model_type)
        version = manifest.code.distributions.get(kind)
        properties: dict[str, Any] = {"name": kind, "description": " ".join(phase.command)[:500] or kind}
        digest = (phase.executable or {}).get("sha256")
        image = phase.image and (phase.image.get("digest") or phase.image.get("id"))
        if digest or image:
            properties["identifier"] = f"sha256:{digest}" if digest else str(image)
        version = version or (f"sha256:{digest[:12]}" if digest else str(image or "unknown"))
        properties |= {"version": version, "url": _home_of(kind)}
        key = f"#model-{kind}-{version}"
        return self._entity(key, "SoftwareApplication", {k: v for k, v in properties.items() if v})

    def _software(self, name: str, version: str | None) -> Any:
        properties = {"name": name, "version": version or "unknown", "url": _home_of(name)}
        return self._entity(
            f"#{name}-{version or 'unknown'}",
            "SoftwareApplication",
            {k: v for k, v in properties.items() if v},
        )

    def _person(self) -> Any:
        assert self.author is not None
        return self._entity(self.author.identifier, "Person", {"name": self.author.name})

    def _entity(self, identifier: str, kind: str, properties: Mapping[str, Any]) -> Any:
        from rocrate.model.contextentity import ContextEntity

        known = self._crate.dereference(identifier)
        if known is not None:
            return known
        entity = ContextEntity(self._crate, identifier, properties={"@type": kind, **properties})
        return self._crate.add(entity)


def moment(text: str) -> str:
    """A time to the second, in the one way to write UTC that the profile knows."""
    from rompy.core.instant import parse_instant

    return f"{parse_instant(text).replace(tzinfo=None).isoformat(timespec='seconds')}+00:00"


def _processed(manifest: Manifest) -> set[str]:
    """Outputs that a postprocessor wrote."""
    return {name for i, _ in enumerate(manifest.phases.postprocess, 1) for name in _processed_by(manifest, i)}


def _processed_by(manifest: Manifest, number: int) -> list[str]:
    """Outputs of one postprocessor: those its record lists, else what lies in ``results`` for the last one."""
    phase = manifest.phases.postprocess[number - 1]
    listed = (phase.model_extra or {}).get("outputs")
    if listed is not None:
        return [name for name in listed if name in manifest.outputs]
    is_last = number == len(manifest.phases.postprocess)
    return [name for name in manifest.outputs if name.startswith("results/")] if is_last else []


def _home_of(package: str) -> str | None:
    from rompy.provenance.cite.packages import citations_of_package

    return next((c.fields["url"] for c in citations_of_package(package) if "url" in c.fields), None)
