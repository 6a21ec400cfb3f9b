"""Runs a model again as it was run, and processes its output as it was processed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rompy.core.parts import texts_of
from rompy.errors import ReproducibilityError, RompyError, WorkspaceError
from rompy.manifest import Manifest
from rompy.manifest.schema import PostprocessPhase, RunPhase
from rompy.provenance.image import SETTINGS, reference_of
from rompy.secrets import MASK

_OF_THEN = ("type", "backend_type", "after", "hold", "begin")
"""Settings that say what the record knows otherwise, or when it was the turn of a job among others."""


def backend_of(manifest: Manifest) -> Any:
    """Settings that the original ran with; what they were is in its record, without secrets.

    A container is that of the same image, by digest, whatever has become of its name.

    Raises:
        ReproducibilityError: they cannot be used here.
    """
    phase = manifest.phases.run[-1] if manifest.phases.run else None
    return _backend_of(phase)


def require_shared(settings: Any, *, is_temporary: bool) -> None:
    """Raises WorkspaceError when the folder to run in is a temporary one of this machine, and the run on others."""
    from rompy.backends.batch import BatchConfig

    if is_temporary and isinstance(settings, BatchConfig):
        raise WorkspaceError(
            "the machines of a cluster do not see temporary folders of this one",
            hint="Say where to run with --to, or run it here: --backend-config.",
        )


def run_again(again: Any, manifest: Manifest, settings: Any) -> None:
    """Run the model in a generated workspace, and the postprocessors.

    Raises:
        ReproducibilityError: the model or a postprocessor fails.
    """
    try:
        result = again.run(backend=settings, workspace_dir=again.staging_dir)
    except RompyError as error:
        hint = _about_image(manifest) or error.hint
        raise ReproducibilityError(f"the model could not be run: {error.message}", hint=hint) from error
    if not result:
        raise ReproducibilityError(
            f"the model did not succeed: {getattr(result, 'reason', '') or result}", file=again.staging_dir
        )
    for phase in _last_of_each(manifest.phases.postprocess):
        _postprocess(again, phase)


def _backend_of(phase: RunPhase | None) -> Any:
    from rompy.backends import load_backend_config

    name = (phase and phase.backend) or "local"
    settings: Mapping[str, Any] = {} if phase is None else _with_same_image(phase)
    masked = sorted(where for text, where in texts_of(settings).items() if MASK in text)
    if masked:
        raise ReproducibilityError(
            f"its backend was given a secret, which is recorded nowhere: {', '.join(masked)}",
            hint="Give settings with it by --backend-config.",
        )
    kept = {key: value for key, value in settings.items() if value is not None and key not in _OF_THEN}
    try:
        return load_backend_config({"type": name, **kept}, complete=False)
    except (RompyError, ValueError) as error:
        raise ReproducibilityError(
            f"it cannot be run with the settings of its backend {name!r} again: {error}",
            hint="Give others with --backend-config.",
        ) from error


def _with_same_image(phase: RunPhase) -> dict[str, Any]:
    image = reference_of(phase.image)
    if image is None:
        return phase.settings
    return {**{k: v for k, v in phase.settings.items() if k not in SETTINGS}, "image": image}


def _about_image(manifest: Manifest) -> str | None:
    phase = manifest.phases.run[-1] if manifest.phases.run else None
    image = None if phase is None else reference_of(phase.image)
    if phase is None or image is None:
        return None
    name = (phase.image or {}).get("name")
    made = phase.settings.get("dockerfile")
    built = f", which was built from {made}" if made else ""
    return f"It ran in the image {name} ({image}){built}. With another one: --backend-config."


def _last_of_each(phases: list[PostprocessPhase]) -> list[PostprocessPhase]:
    """The last call of each postprocessor that succeeded, in their order."""
    done = {phase.processor: phase for phase in phases if phase.state == "succeeded"}
    return list(done.values())


def _postprocess(again: Any, phase: PostprocessPhase) -> None:
    from rompy.postprocess import load_processor_config
    from rompy.postprocess.result import has_succeeded, message_of

    # Where the results went was a place of the original; theirs is the new folder.
    settings = {k: v for k, v in phase.settings.items() if k not in ("type", "output_dir") and v is not None}
    try:
        result = again.postprocess(load_processor_config({"type": phase.processor, **settings}))
    except RompyError as error:
        raise ReproducibilityError(f"its output cannot be processed again: {error}") from error
    if not has_succeeded(result):
        raise ReproducibilityError(f"its output cannot be processed again: {message_of(result)}")
