"""How two runs differ in the programs that made them, and in where they were made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rompy.manifest import Manifest
from rompy.manifest.schema import Commit, RunPhase
from rompy.provenance.diff.difference import Difference, LevelReport
from rompy.provenance.image import SETTINGS

PASSING = frozenset({"name", "hostname", "pid", "time", "load", "user", "uptime"})
"""Facts about a machine that differ between any two and change nothing."""


def compare_code(one: Manifest, other: Manifest) -> LevelReport:
    """Versions of rompy, plugins and packages, states of work trees, the template, and the model's program."""
    a, b = one.code, other.code
    found = [
        *_pairs("rompy", a.rompy, b.rompy),
        *_mapping("package", _packages(one), _packages(other)),
        *_mapping("plugin", _plugins(one), _plugins(other)),
        *_mapping("work tree of", _commits(a.git), _commits(b.git)),
        *_pairs("template", _template(one), _template(other)),
    ]
    runs = last_run(one), last_run(other)
    if None not in runs:
        found += _mapping("program", *(_program(run) for run in runs if run is not None))
    notes = (
        [] if None not in runs else ["the program of the model is not compared: one of the two has not run"]
    )
    summary = f"{len(a.distributions)} packages, {len(a.plugins)} plugins"
    return LevelReport.of(
        "code", found, summary=summary, notes=notes, nothing=a.rompy is None and b.rompy is None
    )


def compare_environment(one: Manifest, other: Manifest) -> LevelReport:
    """Python, machine, modules, and how the model was started."""
    found = [
        *_pairs("python", one.code.python, other.code.python),
        *_mapping("host", _facts(one.host), _facts(other.host)),
        *_pairs("modules", sorted(one.modules), sorted(other.modules)),
    ]
    runs = last_run(one), last_run(other)
    if runs[0] is not None and runs[1] is not None:
        found += _run_differences(runs[0], runs[1])
    notes = [] if None not in runs else ["how the model was run is not compared: one of the two has not run"]
    return LevelReport.of(
        "environment", found, summary=_machine(one), notes=notes, nothing=not (one.host or other.host)
    )


def last_run(manifest: Manifest) -> RunPhase | None:
    """The last attempt; None when the model has not been run."""
    return manifest.phases.run[-1] if manifest.phases.run else None


def _run_differences(one: RunPhase, other: RunPhase) -> Iterator[Difference]:
    yield from _pairs("backend", one.backend, other.backend)
    yield from _mapping("backend setting", _settings(one), _settings(other))
    if one.machine is not None and other.machine is not None:
        yield from _mapping("host of the model", _facts(one.machine), _facts(other.machine))
    yield from _pairs("modules where the model ran", sorted(one.modules or []), sorted(other.modules or []))
    # What is loaded is seen at one moment of the run: a library that only one has tells nothing.
    a, b = _libraries(one), _libraries(other)
    common = a.keys() & b.keys()
    yield from _mapping("library", {n: a[n] for n in common}, {n: b[n] for n in common})


def _pairs(what: str, before: Any, after: Any) -> Iterator[Difference]:
    if before != after:
        yield Difference(what, before, after)


def _mapping(kind: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Difference]:
    for name in sorted({*one, *other}):
        yield from _pairs(f"{kind} {name}", one.get(name), other.get(name))


def _packages(manifest: Manifest) -> dict[str, str]:
    return {name: version for name, version in manifest.code.distributions.items() if name != "rompy"}


def _plugins(manifest: Manifest) -> dict[str, str]:
    # The version of its distribution is told among the packages.
    return {f"{plugin.name} ({plugin.group})": plugin.distribution for plugin in manifest.code.plugins}


def _commits(states: Mapping[str, Commit]) -> dict[str, str]:
    return {
        name: f"{(state.commit or 'no commit')[:12]}{' with changes' if state.dirty else ''}"
        for name, state in states.items()
    }


def _template(manifest: Manifest) -> str | None:
    template = manifest.code.template
    if template is None:
        return None
    return template.sha256 or template.uri


def _program(run: RunPhase) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if run.executable and run.executable.get("sha256"):
        found["of the model"] = run.executable["sha256"]
    if run.image:
        found["image"] = run.image.get("id") or run.image.get("name")
    return found


def _settings(run: RunPhase) -> dict[str, Any]:
    """Those of the backend, but for what says where an image comes from: that itself is compared."""
    return {name: value for name, value in run.settings.items() if not run.image or name not in SETTINGS}


def _libraries(run: RunPhase) -> dict[str, str]:
    """Beginnings of the digests of libraries, by name, wherever they lie."""
    loaded = dict((run.executable or {}).get("libraries") or {})
    return {path.rpartition("/")[2]: str(facts.get("sha256"))[:12] for path, facts in sorted(loaded.items())}


def _facts(host: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in host.items() if name not in PASSING}


def _machine(manifest: Manifest) -> str:
    words = [manifest.code.python and f"Python {manifest.code.python}", manifest.host.get("name")]
    return ", ".join(str(word) for word in words if word)
