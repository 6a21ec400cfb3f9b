"""Source: the first of several that will do."""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from typing_extensions import Self

from rompy.core.duration import Duration
from rompy.core.instant import Instant
from rompy.core.source.base import SourceBase, opened_once, shared
from rompy.core.source.choice import Choice, present, record
from rompy.core.source.coverage import shortfall
from rompy.core.source.cycle import cycles, filled, has_cycle
from rompy.core.source.reference import reference_time
from rompy.core.source.wanted import Wanted
from rompy.core.tagged import Tagged
from rompy.core.types import RompyBaseModel
from rompy.errors import (
    ConfigError,
    CoverageError,
    DataError,
    MissingFileError,
    PluginError,
    RompyError,
)

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)

_STEPS = ("sort", "subset", "timenorm", "rename", "derived")
"""Steps of a filter that change what data are called, not how far they reach."""


_FINAL = (MissingFileError, CoverageError, PluginError, ConfigError)
"""What another attempt does not change."""


def _source(value: Any) -> Any:
    # A cycle's source is made when its time is known; made once now, it shows its mistakes.
    made = Tagged("rompy.source").validate(filled(value, datetime(2000, 1, 1)))
    return value if has_cycle(value) else made


class Alternative(RompyBaseModel):
    """A source and the conditions under which it will do."""

    source: Annotated[Any, BeforeValidator(_source)]
    """Any source. ``{cycle:%Y%m%d%H}`` in its texts stands for the time of a forecast's cycle (UTC)."""
    name: str | None = None
    """What it is called in logs and records; by default its kind."""
    every: Duration | None = None
    """Time between the cycles of a forecast, counted from midnight UTC."""
    latency: Duration = timedelta(0)
    """Time after a cycle until its data are there. Earlier they are not asked for."""
    back: Annotated[int, Field(ge=0)] = 3
    """How many earlier cycles are tried as well."""
    max_age: Duration | None = None
    """Data older than that will not do."""
    covers: bool = True
    """Whether the data must cover the period and the area that are asked for."""
    max_gap: Duration | None = None
    """Longest time between two steps within the period."""
    retries: Annotated[int, Field(ge=0)] = 0
    """How often it is tried again when it fails; what is not there is not tried again."""
    pause: Duration = timedelta(seconds=5)
    """Time before it is tried again; doubles each time."""

    @model_validator(mode="after")
    def _every_for_cycles(self) -> Self:
        if has_cycle(self.source) and self.every is None:
            raise ConfigError(
                "the source has a {cycle} but `every` is not given",
                hint="Add the time between cycles, such as every: 6h",
            )
        if self.every is not None and (self.every <= timedelta(0) or not has_cycle(self.source)):
            raise ConfigError("`every` is for sources with {cycle:...} in their texts, and longer than zero")
        return self

    @property
    def title(self) -> str:
        if self.name is not None:
            return self.name
        return str(self.source["model_type"] if isinstance(self.source, dict) else self.source.model_type)

    def candidates(self, as_of: datetime) -> "Iterator[Candidate]":
        """What may be tried at a time, the best first."""
        if self.every is None:
            yield Candidate(self, self.source, None, self.title)
            return
        for cycle in cycles(as_of, self.every, self.latency, self.back):
            source = Tagged("rompy.source").validate(filled(self.source, cycle))
            yield Candidate(self, source, cycle, f"{self.title} of {cycle:%Y-%m-%d %H:%M}")


class Candidate:
    """One source to try."""

    def __init__(self, alternative: Alternative, source: Any, cycle: datetime | None, name: str) -> None:
        self.alternative, self.source, self.cycle, self.name = alternative, source, cycle, name
        self.reference = cycle

    def objection(
        self, as_of: datetime, is_replay: bool, wanted: Wanted, filters: Any, kwargs: Any
    ) -> str | None:
        """Why it will not do at a time, or None. It is opened for that, within ``opened_once`` only this once."""
        conditions = self.alternative
        if self.cycle is not None and self._too_old(as_of):
            return self._too_old(as_of)
        try:
            ds = self._opened(wanted, filters, kwargs)
        except (PluginError, ConfigError):
            raise  # nothing that another source should hide
        except (RompyError, OSError) as error:
            return str(error).partition("\n")[0]
        if self.cycle is None:
            self.reference = reference_time(self.source, ds)
        if is_replay and self.reference is not None and self.reference > as_of:
            return f"it is of {self.reference:%Y-%m-%d %H:%M}, later than {as_of:%Y-%m-%d %H:%M}"
        needed = wanted if conditions.covers else Wanted(wanted.variables, {}, wanted.coords)
        is_cut = bool(getattr(self.source, "cuts_exactly", False))
        return self._too_old(as_of) or shortfall(ds, needed, conditions.max_gap, is_cut=is_cut)

    def _too_old(self, as_of: datetime) -> str | None:
        limit = self.alternative.max_age
        if limit is None:
            return None
        if self.reference is None:
            return f"its age is not known, and more than {limit} is not accepted"
        age = as_of - self.reference
        return f"it is {age} old, more than {limit} is not accepted" if age > limit else None

    def _opened(self, wanted: Wanted, filters: Any, kwargs: Any) -> "xr.Dataset":
        """The data as far as they reach; of services, which are asked for a part, that part."""
        left, pause = self.alternative.retries, self.alternative.pause
        while True:
            try:
                return self._opened_once(wanted, filters, kwargs)
            except (RompyError, OSError) as error:  # noqa: PERF203 - one turn is the rule
                if not left or isinstance(error, _FINAL):
                    raise
                reason = str(error).partition("\n")[0]
                logger.warning("%s: %s; another attempt in %s", self.name, reason, pause)
                time.sleep(pause.total_seconds())
                left, pause = left - 1, pause * 2

    def _opened_once(self, wanted: Wanted, filters: Any, kwargs: Any) -> "xr.Dataset":
        around = getattr(self.source, "around", None)
        if around is not None and not isinstance(self.source, SourceFallback):
            return around(wanted)
        return self.source.open(list(wanted.variables), _ranges_of(filters), **kwargs)


class SourceFallback(SourceBase):
    """The first of several sources that is there, is recent enough, and covers what is asked for.

    The choice is logged, recorded in the workspace and in the attributes of the dataset. With ``as_of`` the choice is
    made as it would have been made then: of cycles by their latency, of files by their time of modification.
    """

    model_type: Literal["fallback"] = "fallback"  # type: ignore[assignment]
    alternatives: Annotated[list[Alternative], Field(min_length=1)]
    """What may be used, the best first."""
    as_of: Instant | None = None
    """Time (UTC) at which to act; by default that of ROMPY_AS_OF, or now."""

    def _open(self) -> "xr.Dataset":
        return self._first((), None, {})

    def open(self, variables: Any = (), filters: Any = None, **kwargs: Any) -> "xr.Dataset":
        """The dataset of the first alternative that will do; see ``SourceBase.open``.

        Raises:
            DataError: none will do; says why not, of each.
        """
        query = (variables, filters, getattr(filters, "ranges", None), kwargs)
        return shared(self, ("chosen", *query), lambda: self._first(variables, filters, kwargs))

    def _first(self, variables: Any, filters: Any, kwargs: dict[str, Any]) -> "xr.Dataset":
        as_of, is_replay = present(self.as_of)
        wanted = Wanted.of(variables, filters, kwargs.get("coords"))
        refused: list[tuple[str, str]] = []
        with opened_once():
            for position, candidate in self._candidates(as_of):
                reason = candidate.objection(as_of, is_replay, wanted, filters, kwargs)
                if reason is None:
                    told = (candidate.name, position, candidate.cycle, candidate.reference)
                    choice = Choice(*told, as_of, is_replay, tuple(refused))
                    break
                refused.append((candidate.name, reason))
            else:
                raise _none(refused, as_of)
        if not candidate.alternative.covers:
            filters = _undemanding(filters)
        ds = candidate.source.open(variables, filters, **kwargs)
        record(choice)
        return ds.assign_attrs(choice.attributes)

    def _candidates(self, as_of: datetime) -> Iterator[tuple[int, Candidate]]:
        for position, alternative in enumerate(self.alternatives):
            for candidate in alternative.candidates(as_of):
                yield position, candidate

    def __str__(self) -> str:
        return f"SourceFallback({', '.join(alternative.title for alternative in self.alternatives)})"


def _ranges_of(filters: Any) -> Any:
    """The filter with its ranges alone."""
    if not hasattr(filters, "ranges"):
        return None
    return filters.model_copy(update={step: {} for step in _STEPS})


def _undemanding(filters: Any) -> Any:
    """The filter without the demand that data reach as far as the run."""
    if not getattr(filters, "_within", None):
        return filters
    return filters.within(
        {
            name: limits.model_copy(update={"policy": "ignore"}) if hasattr(limits, "policy") else limits
            for name, limits in filters._within.items()
        }
    )


def _none(refused: list[tuple[str, str]], as_of: datetime) -> DataError:
    told = "; ".join(f"{name}: {reason}" for name, reason in refused)
    return DataError(
        f"none of {len(refused)} sources will do as of {as_of:%Y-%m-%d %H:%M} UTC: {told}",
        hint="Add a source, relax a condition, or ask for a period that they cover.",
    )
