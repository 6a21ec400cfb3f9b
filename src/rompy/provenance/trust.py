"""What a run that may come from anybody asks for, beyond computing from data by programs that are installed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from rompy.core.describing.description import Description
from rompy.core.describing.place import Place
from rompy.core.parts import parts_of, texts_of
from rompy.core.render import name_in_package
from rompy.errors import ReproducibilityError
from rompy.manifest import Manifest
from rompy.printable import in_one_line
from rompy.templating import variables_in

HARMLESS = frozenset(
    """type backend_type timeout grace capture_output stream_output nodes ntasks cpus_per_task ntasks_per_node cpu
    memory time_limit walltime job_name poll_interval remove_container""".split()  # noqa: SIM905 - shorter than a list
)
"""Settings of backends that say how long and on how much a model may run, and nothing of what is run."""
_TOLD = frozenset({"type", "output_dir", "attributes"})
"""Settings of postprocessors that are left out when a run is made again, or are only written into files."""
_PLACES = ("://", "/", "~", "\\", "..")


class TrustError(ReproducibilityError):
    """An archive or a crate asks for what only somebody who is trusted should get."""

    code: ClassVar[str] = "reproducibility.trust"

    def __init__(self, asked: Iterable[str], source: Path) -> None:
        self.asked = tuple(asked)
        listed = "".join(f"\n    {in_one_line(one)}" for one in self.asked)
        super().__init__(
            f"it may come from anybody, and asks for:{listed}",
            file=source,
            hint="Nothing was done. Look at it first (rompy restore); if you trust who made it, say --trust.",
        )


def refuse_if(asked: Iterable[str], source: Path) -> None:
    """Raises TrustError when something is asked for."""
    if asked := list(asked):
        raise TrustError(asked, source)


def asked_of_description(description: Description) -> Iterator[str]:
    """What a description asks for when it is read: values of variables, and other files."""
    for text, field in texts_of(description.data).items():
        for variable in variables_in(text):
            yield f"the value of your variable {variable}, for {field}"
    for file in sorted(_files(description.place) - {description.place.mark.file}, key=str):
        yield f"the file {file}, by !include"


def asked_of_parts(model_run: Any) -> Iterator[str]:
    """What preparing the input asks for: parts say so in a method ``needs_trust``."""
    for field, part in parts_of(model_run):
        needs = getattr(part, "needs_trust", None)
        reason = needs() if callable(needs) else None
        if reason:
            yield f"{reason}, for {field}"


def asked_to_run(model_run: Any, manifest: Manifest, *, own_settings: bool) -> Iterator[str]:
    """What running asks for: commands, images and variables of the record, scripts of a template, places to write to.

    Args:
        own_settings: the model is run with settings of the user, not with those of the record.
    """
    template = getattr(model_run.config, "template", None)
    if template is not None and name_in_package(Path(str(template)).absolute()) is None:
        yield f"to run what the template {template} writes"
    if manifest.phases.run and not own_settings:
        last = manifest.phases.run[-1]
        for name, value in last.settings.items():
            if name not in HARMLESS and value not in (None, "", [], {}):
                yield f"to run the model with {name}: {value} (backend {last.backend})"
    for phase in manifest.phases.postprocess:
        for name, value in phase.settings.items():
            if value and name not in _TOLD and (name == "env_vars" or _names_a_place(value)):
                yield f"to process its output with {name}: {value} (postprocessor {phase.processor})"


def _files(place: Place) -> set[str | None]:
    return {place.value.file}.union(*map(_files, place.children.values()))


def _names_a_place(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_names_a_place, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_names_a_place, value))
    return isinstance(value, str) and any(sign in value for sign in _PLACES)
