"""Which artefacts a run would take from former ones, and which it would make: found out without making any."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from pydantic import BaseModel

from rompy.core.artefact import Found, Recipe
from rompy.core.artefact.preparing import Bench, on_bench
from rompy.core.artefact.value import decoded
from rompy.core.parts import parts_of
from rompy.core.reach import run_period
from rompy.core.source.base import opened_once
from rompy.core.working_copy import working_copy
from rompy.fetch.settings import offline
from rompy.foresight import Deed, foreseeing
from rompy.inputs import field_of, noted
from rompy.provenance.plan.shelf import FormerArtefacts, damage_of

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Foreseen:
    """An artefact that a run asks for."""

    field: str | None
    """Where the description has the object that prepares it."""
    recipe: Recipe
    found: Found | None
    """What is there of a former run; None when it has to be made."""
    refused: tuple[str, ...] = ()
    """Why one with the same recipe is not used."""
    deeds: tuple[Deed, ...] = ()
    """What making it takes, as far as that can be told: weights, and parts that services are asked for."""


@dataclass
class _Foresight(Bench):
    """Looks for each artefact, and makes none."""

    shelf: FormerArtefacts
    makes: bool = False
    foreseen: list[Foreseen] = field(default_factory=list)

    def prepare(
        self,
        owner: BaseModel,
        recipe: Recipe,
        folder: Path,
        make: Callable[[], T],
        files: Callable[[T], Iterable[str]] | None,
    ) -> T:
        name = field_of(owner)
        with offline(None):
            found = None if recipe.doubts else self.shelf.find(name, recipe)
        refused = self.shelf.refused.get(name, ())
        if found is not None and (damage := damage_of(found)):
            refused, found = (damage,), None
        deeds = _deeds(make) if found is None and recipe.is_own else ()
        self.foreseen.append(Foreseen(name, recipe, found, refused, deeds))
        return decoded(None if found is None else found.value, folder)


def _deeds(make: Callable[[], object]) -> tuple[Deed, ...]:
    """What is told on the way to the first thing that would have to be done."""
    with foreseeing() as deeds, offline(None):
        try:
            make()
        except Exception as error:  # noqa: BLE001 - among them the wanted end; servers and data may also fail
            logger.debug("no more can be foreseen: %s", error)
    return tuple(deed for deed in deeds if deed.what != "write")


def artefacts_of(model_run: Any, shelf: FormerArtefacts) -> tuple[list[Foreseen], str]:
    """Artefacts that a run would ask for. Nothing is fetched; servers may be asked for versions and coordinates.

    Configurations that do something with what an artefact holds may stumble over its absence: then those that they
    would ask for afterwards are not told, but why; else an empty text.
    """
    stumbled = ""
    bench = _Foresight(shelf)
    with TemporaryDirectory(prefix="rompy-plan-") as folder, noted(limit=0) as notes:
        trial = working_copy(model_run.model_copy(update={"output_dir": Path(folder)}))
        notes.fields = dict(_fields(trial))
        trial.staging_dir.mkdir(parents=True, exist_ok=True)
        try:
            with on_bench(bench), offline(), opened_once(), run_period(model_run.period):
                trial.config(trial)
        except Exception as error:  # noqa: BLE001 - whatever configurations of plugins raise
            stumbled = str(error).partition("\n")[0] or type(error).__name__
    return bench.foreseen, stumbled


def _fields(trial: Any) -> Iterator[tuple[int, str]]:
    for path, part in reversed(list(parts_of(trial))):
        yield id(part), path
