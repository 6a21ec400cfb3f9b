"""What was done to make the files of a crate: each phase of each run is an action.

Process Run Crate 0.5: ``instrument`` is the program, ``object`` what it read, ``result`` what it wrote; an action
without a result is an ``ActivateAction``. https://w3id.org/ro/wfrun/process/0.5
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rompy.errors import ConfigError
from rompy.manifest import Manifest
from rompy.manifest.schema import PostprocessPhase, RunPhase, Span
from rompy.provenance.crate import inputs, software
from rompy.provenance.crate.files import LOGS, processed, processed_by
from rompy.provenance.crate.graph import Entity, Graph, Reference, local_id
from rompy.provenance.crate.images import image_in
from rompy.secrets import MASK

LONGEST = 1000
"""Characters of a command or of settings that are told."""
_COMPLETED, _FAILED = "http://schema.org/CompletedActionStatus", "http://schema.org/FailedActionStatus"
_RESOURCES = {
    "wall_s": ("wall clock time", "s", "http://qudt.org/vocab/unit/SEC"),
    "cpu_user_s": ("processor time of the program", "s", "http://qudt.org/vocab/unit/SEC"),
    "cpu_system_s": ("processor time of the system", "s", "http://qudt.org/vocab/unit/SEC"),
    "max_rss_bytes": ("largest resident memory", "byte", "http://qudt.org/vocab/unit/BYTE"),
}


@dataclass(frozen=True)
class CratedRun:
    """A run in a crate."""

    manifest: Manifest
    folder: str
    """Its folder in the crate with a slash at the end; empty for the crate itself."""
    files: Mapping[str, Reference]
    """Every file of the crate, by its name in it."""
    model_version: str | None = None
    """As the output tells."""

    def present(self, names: Iterable[str]) -> list[Reference]:
        """Those files of the run that the crate has."""
        return [self.files[self.folder + name] for name in sorted(names) if self.folder + name in self.files]


def actions_of(graph: Graph, run: CratedRun, agent: Reference | None) -> list[Reference]:
    """All phases of a run as entities, in their order."""
    manifest = run.manifest
    found = [_generate(graph, run)]
    found += [_attempt(graph, run, phase) for phase in manifest.phases.run]
    found += [_postprocess(graph, run, phase, i) for i, phase in enumerate(manifest.phases.postprocess, 1)]
    return [
        graph.add(
            identifier, "CreateAction" if told.get("result") else "ActivateAction", {**told, "agent": agent}
        )
        for identifier, told in found
    ]


def _generate(graph: Graph, run: CratedRun) -> tuple[str, Entity]:
    manifest = run.manifest
    identifier = local_id(f"{run.folder}generate")
    return identifier, {
        "name": f"Generate the input of {manifest.run_id}",
        "description": f"From the description in {manifest.description.file}",
        "actionStatus": _COMPLETED,
        **_times(manifest.phases.generate),
        "instrument": software.rompy_in(graph, manifest),
        "object": [
            *run.present([manifest.description.file]),
            *inputs.inputs_in(graph, manifest, run.folder, run.files),
        ],
        "result": run.present(manifest.files),
        "environment": _variables(graph, identifier, manifest.variables),
    }


def _attempt(graph: Graph, run: CratedRun, phase: RunPhase) -> tuple[str, Entity]:
    manifest = run.manifest
    identifier = local_id(f"{run.folder}run-{phase.attempt}")
    is_last = phase is manifest.phases.run[-1]
    written = set(manifest.outputs) - processed(manifest) | set(LOGS)
    return identifier, {
        "name": f"Run {manifest.run_id} ({phase.backend}, attempt {phase.attempt})",
        "description": _described(phase),
        **_ended(phase, phase.state, phase.reason),
        "instrument": software.model_in(graph, manifest, phase, run.model_version),
        "object": run.present(manifest.files),
        "result": run.present(written) if is_last else [],
        "containerImage": image_in(graph, phase.image),
        "environment": _variables(graph, identifier, phase.settings.get("env_vars")),
        "resourceUsage": _usage(graph, identifier, phase.resources or {}),
    }


def _postprocess(graph: Graph, run: CratedRun, phase: PostprocessPhase, number: int) -> tuple[str, Entity]:
    manifest = run.manifest
    identifier = local_id(f"{run.folder}postprocess-{number}")
    read = set(manifest.outputs) - processed(manifest)
    return identifier, {
        "name": f"Process the output of {manifest.run_id} ({phase.processor})",
        "description": f"The postprocessor {phase.processor}",
        **_ended(phase, phase.state, phase.reason),
        "instrument": software.processor_in(graph, manifest, phase),
        "object": [*run.present(read), *_settings(graph, identifier, phase.settings)],
        "result": run.present(processed_by(manifest, number)),
        "environment": _variables(graph, identifier, phase.settings.get("env_vars")),
    }


def _described(phase: RunPhase) -> str:
    settings = {
        key: value for key, value in phase.settings.items() if key != "env_vars" and value is not None
    }
    parts = [f"Command: {' '.join(phase.command)}"[:LONGEST]] if phase.command else []
    parts += [f"settings: {_text(settings)}"] if settings else []
    parts += [f"job {native}"] if (native := (phase.model_extra or {}).get("native_id")) else []
    parts += [f"on {phase.host}"] if phase.host else []
    parts += [f"modules: {' '.join(phase.modules)}"] if phase.modules else []
    return "; ".join(parts) or f"Attempt {phase.attempt}"


def _ended(span: Span, state: str, reason: str | None) -> Entity:
    if state == "succeeded":
        return {"actionStatus": _COMPLETED, **_times(span)}
    return {"actionStatus": _FAILED, "error": reason or state, **_times(span)}


def _times(span: Span | None) -> Entity:
    told = {"startTime": span and span.started, "endTime": span and span.ended}
    return {key: known for key, text in told.items() if text and (known := moment(text))}


def _settings(graph: Graph, owner: str, settings: Mapping[str, Any]) -> list[Reference]:
    return [
        _value(graph, owner, name, value if isinstance(value, (int, float, str)) else _text(value))
        for name, value in sorted(settings.items())
        if name not in ("type", "env_vars", "timeout") and value not in (None, "", {}, []) and value != MASK
    ]


def _variables(graph: Graph, owner: str, variables: Any) -> list[Reference]:
    known = variables if isinstance(variables, Mapping) else {}
    return [_value(graph, owner, name, str(value)) for name, value in sorted(known.items()) if value != MASK]


def _usage(graph: Graph, owner: str, resources: Mapping[str, Any]) -> list[Reference]:
    return [
        _value(graph, owner, name, resources[key], propertyID=key, unitText=unit, unitCode=code)
        for key, (name, unit, code) in _RESOURCES.items()
        if resources.get(key) is not None
    ]


def _value(graph: Graph, owner: str, name: str, value: Any, **more: Any) -> Reference:
    identifier = f"{owner}/{local_id(more.get('propertyID', name))[1:]}"
    return graph.add(identifier, "PropertyValue", {"name": name, "value": value, **more})


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)[:LONGEST]


def moment(text: str) -> str | None:
    """A time to the second, in the one way to write UTC that the profile knows; None for what is no time."""
    from rompy.core.instant import parse_instant

    try:
        return f"{parse_instant(text).replace(tzinfo=None).isoformat(timespec='seconds')}+00:00"
    except ConfigError:
        return None
