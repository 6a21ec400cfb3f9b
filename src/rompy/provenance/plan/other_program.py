"""Whether the same program would compute a run now."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from rompy.digest import sha256_by_path
from rompy.manifest import Manifest
from rompy.manifest.host import loaded_modules
from rompy.manifest.schema import RunPhase
from rompy.provenance.lock.program import Program


def other_program(manifest: Manifest, last: RunPhase, model_run: Any, backend: Any = None) -> Iterator[str]:
    """Why the program that a model ran with is not the one it would run with, or is not known to be.

    Args:
        backend: settings it would be run with; None if they are not known.
    """
    if last.image:
        yield from _other_image(last, model_run, backend)
        return
    known = _known(last)
    if not known:
        yield "it is not recorded which program it was"
        return
    digests = sha256_by_path(known)
    for path, told in known.items():
        if told is None or digests.get(path) != told:
            yield f"the model's program or library {path} is another one now, or not on this machine"
            return
    for word in _programs(last, model_run):
        place = shutil.which(word)
        if place is None or str(Path(place).resolve()) not in known:
            yield f"the program {word} may be another one now"
    if sorted(manifest.modules) != sorted(loaded_modules()):
        yield "other environment modules are loaded"


def _other_image(last: RunPhase, model_run: Any, backend: Any) -> Iterator[str]:
    """The engine of containers is asked; nothing is fetched or built."""
    before = Program.of_phase(last)
    if backend is None or before is None:
        yield "it ran in a container, whose image may be another one now"
        return
    yield from before.differences(Program.of_run(model_run, backend))


def _known(last: RunPhase) -> dict[str, str | None]:
    """Digests of programs and libraries that took part, by path; empty when the program is not known."""
    told = last.executable or {}
    if not told.get("path") or not told.get("sha256"):
        return {}
    files = {**(told.get("programs") or {}), **(told.get("libraries") or {}), told["path"]: told}
    return {path: facts.get("sha256") for path, facts in files.items()}


def _programs(last: RunPhase, model_run: Any) -> Iterator[str]:
    """What the configuration starts; of a command that settings stated, every word that is a program here."""
    launch = model_run.config.launch()
    if launch is not None:
        yield sys.executable if launch.argv[0] == "python" else launch.argv[0]
        if not last.settings.get("command"):
            return
    for part in last.command:
        with suppress(ValueError):  # no shell would understand it
            yield from (word for word in shlex.split(part) if shutil.which(word) is not None)
