"""A former run, held against what is asked for now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rompy.core.workspace import Workspace
from rompy.digest import DigestCache, FileDigest, digests_of
from rompy.errors import RompyError
from rompy.jobs.lock import is_locked
from rompy.jobs.result import RunResult, read_result
from rompy.manifest import Manifest, read_manifest
from rompy.manifest.schema import FileIdentity, RunPhase
from rompy.provenance.plan.inputs_now import other_inputs
from rompy.provenance.plan.other_code import other_code
from rompy.provenance.plan.other_description import other_description
from rompy.provenance.plan.other_program import other_program
from rompy.provenance.verify import verify

SCHEDULING = frozenset(
    """type model_type site timeout grace capture_output stream_output nodes ntasks cpus_per_task ntasks_per_node
    cpu memory queue partition account project qos reservation time_limit walltime job_name mail_type mail_user
    additional_options poll_interval supervisor remove_container engine""".split()  # noqa: SIM905 - shorter than a list
)
"""Settings of backends that say where and how long a model may run, and not what it computes. Any other counts."""


@dataclass(frozen=True)
class Former:
    """What of a former run can be used."""

    root: Path
    manifest: Manifest | None
    other_code: tuple[str, ...] = ()
    """How the code differs that it was made by."""
    other_input: tuple[str, ...] = ()
    """What else keeps its input from being used: the description, what was read, changed files."""
    not_run: tuple[str, ...] = ()
    """Why its results are not used, even if its input is the same."""

    @property
    def not_input(self) -> tuple[str, ...]:
        """Why its input is not used; empty when it is exactly what would be generated."""
        return (*self.other_input, *self.other_code)

    @property
    def has_input(self) -> bool:
        return not self.not_input

    @property
    def has_results(self) -> bool:
        return not self.not_input and not self.not_run

    @property
    def bytes(self) -> int | None:
        """Of its generated files."""
        return None if self.manifest is None else total(self.manifest.files)

    @property
    def result(self) -> RunResult | None:
        """How its model ended."""
        return read_result(self.root)


def total(files: Mapping[str, FileIdentity]) -> int:
    """Bytes of files."""
    return sum(one.bytes or 0 for one in files.values())


def former_run(root: Path, model_run: Any, backend: Any = None) -> Former:
    """Hold the run in a folder against a description, and against the settings of a backend if there are some."""
    try:
        manifest = read_manifest(Workspace(root))
    except RompyError as error:
        return Former(root, None, other_code=(error.message,))
    if manifest.schema_ < 2:
        return Former(root, manifest, other_code=("its record is of an older schema",))
    return Former(
        root,
        manifest,
        tuple(other_code(manifest, model_run)),
        tuple(dict.fromkeys(_against_input(root, manifest, model_run))),
        tuple(_against_run(root, manifest, model_run, backend)),
    )


def last_run(manifest: Manifest | None) -> RunPhase | None:
    """The last attempt at running the model."""
    return manifest.phases.run[-1] if manifest is not None and manifest.phases.run else None


def _against_input(root: Path, manifest: Manifest, model_run: Any) -> Iterator[str]:
    if Workspace(root).unfinished.exists():
        yield "it is being generated"
        return
    changed = [*other_description(root, manifest, model_run)]
    yield from changed
    told = {why.partition(": ")[0] for why in changed}  # what is said of a place is said once
    yield from (why for why in other_inputs(root, manifest, model_run) if why.partition(": ")[0] not in told)
    yield from _not_as_generated(root, manifest)


def _not_as_generated(root: Path, manifest: Manifest) -> Iterator[str]:
    if not manifest.files:
        yield "nothing was generated for it"
    names = [name for name, one in manifest.files.items() if one.link is None]
    digests = digests_of([root / name for name in names], cache=DigestCache())
    for name, digest in zip(names, digests, strict=True):
        if not isinstance(digest, FileDigest) or digest.sha256 != manifest.files[name].sha256:
            yield f"{name} is not as it was generated"
    for name, one in manifest.files.items():
        path = root / name
        if one.link is not None and not (path.is_symlink() and str(path.readlink()) == one.link):
            yield f"{name} is not as it was generated"


def _against_run(root: Path, manifest: Manifest, model_run: Any, backend: Any) -> Iterator[str]:
    last, result = last_run(manifest), read_result(root)
    if is_locked(Workspace(root)):
        yield "the model is running there"
    elif last is None or result is None:
        yield "the model has not been run"
    elif last.state != "succeeded" or not result or result.attempt != last.attempt:
        yield f"the model {result.state.value if not result else last.state} there"
    elif not manifest.outputs:
        yield "it left no output"
    elif any(one.sha256 is None and one.link is None for one in manifest.outputs.values()):
        yield "not all of its output has been read whole for its record"
    else:
        yield from other_program(manifest, last, model_run, backend)
        yield from _other_settings(last, backend)
        yield from _not_as_it_ended(root)


def _other_settings(last: RunPhase, backend: Any) -> Iterator[str]:
    if backend is None:
        return
    before, after = _counted(last.settings), _counted(backend.recorded())
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"setting {name} of the backend is another one"


def _counted(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in settings.items()
        if name not in SCHEDULING and value not in (None, "", [], {})
    }


def _not_as_it_ended(root: Path) -> Iterator[str]:
    found = verify(root, cache=DigestCache())
    for finding in found.findings:
        if finding.kind not in ("added", "unchecked"):
            yield f"{finding.name} is {finding.kind} since the model ended"
