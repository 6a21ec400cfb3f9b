"""Whether data reach as far as a run needs them, in space and time, and without gaps in between.

A model that is given a part of what it needs runs cleanly, on values held from before or made up. The ranges here know
what is needed, and are looked at before data are cut to them.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from rompy.core.policy import Policy
from rompy.core.ranges import GridRange
from rompy.core.types import Slice
from rompy.errors import CoverageError, DataError

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

logger = logging.getLogger(__name__)

_STEPS_OF_A_GAP = 3
"""A step as long as this many usual ones is a gap."""
_ALIKE = 0.1
"""Long steps beside each other whose lengths differ by less than this part of them are no gaps: the steps of forecasts
grow with the lead time."""


_run: ContextVar[tuple[datetime, datetime] | None] = ContextVar("run", default=None)


@contextmanager
def run_period(period: Any) -> Iterator[None]:
    """Within this block, data are prepared for a run of this period, and need not reach beyond it.

    Model plugins ask for more than that, as a day before and after, and use what there is.
    """
    token = _run.set((period.start, period.end))
    try:
        yield
    finally:
        _run.reset(token)


def current_run() -> tuple[datetime, datetime] | None:
    """Start and end of the run that is being prepared."""
    return _run.get()


def needed_period(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The part of a period that data must have: that within the run, if one is being prepared."""
    run = _run.get()
    if run is None or None in run or run[0] > end or run[1] < start:
        return start, end
    return max(start, run[0]), min(end, run[1])


class NeededArea(GridRange):
    """A range of x or y, and the part of it that the grid itself takes up, without margin."""

    needed: tuple[float, float]
    """From where to where the grid reaches."""
    policy: Policy = "raise"
    """What becomes of data that do not reach there."""

    def check(self, ds: "xr.Dataset", name: str) -> None:
        """Check that data reach from end to end of the grid, give or take the width of a cell.

        Raises:
            CoverageError: they do not; says by how much they miss, and where.
        """
        import numpy as np

        if self.policy == "ignore" or name not in ds.variables or ds[name].dtype.kind not in "iuf":
            return
        labels = np.asarray(ds[name].values, dtype=float)
        if labels.ndim == 0 or not np.isfinite(labels).any():
            return
        first, last = float(np.nanmin(labels)), float(np.nanmax(labels))
        cell = max((float(np.nanmax(np.abs(np.diff(labels, axis=i)))) for i in _axes(labels)), default=0.0)
        low, high = self.needed
        if last < low or first > high:
            return  # cutting says that nothing is left
        misses = [
            f"{missing:g} at the {end}"
            for end, missing in (("lower end", first - low), ("upper end", high - last))
            if missing > cell * 1.0001
        ]
        if misses:
            _tell(
                CoverageError(
                    f"{name!r} of the data reaches from {first:g} to {last:g}, the grid from {low:g} to {high:g}: "
                    f"{' and '.join(misses)} are missing",
                    hint="Choose data that cover the grid, or use what there is: checks: {coverage: warn}.",
                ),
                self.policy,
            )


class NeededPeriod(Slice):
    """A range of times, and the period of the run, without the steps that are kept around it."""

    needed: tuple[datetime, datetime]
    """Start and end of the run (UTC)."""
    max_gap: timedelta | None = None
    """The longest accepted time between two times; three usual steps if not given."""
    policy: Policy = "raise"
    """What becomes of data that do not reach there, or have gaps."""

    def check(self, ds: "xr.Dataset", name: str) -> None:
        """Check that data reach from start to end of the run, give or take a usual step, and have no gaps there.

        Raises:
            CoverageError: they end too early or begin too late; says by how much.
            DataError: there is a gap; says where and how long.
        """
        import numpy as np

        index = ds.indexes.get(name)
        if self.policy == "ignore" or index is None or index.dtype.kind != "M" or not len(index):
            return
        times = np.unique(index.to_numpy().astype("datetime64[us]"))
        start, stop = (np.datetime64(moment.replace(tzinfo=None), "us") for moment in self.needed)
        if times[-1] < start or times[0] > stop:
            return  # cutting says that nothing is left
        self._check_ends(name, times, (start, stop))
        gap = gap_in(times, start, stop, self.max_gap)
        if gap is not None:
            hint = "Choose data without gaps, or accept them: checks: {max_gap: ...}, or {coverage: warn}."
            _tell(DataError(f"the data have {gap} (along {name!r})", hint=hint), self.policy)

    def _check_ends(self, name: str, times: "np.ndarray", period: tuple[Any, Any]) -> None:
        import numpy as np

        start, stop = period
        usual = _usual(np.diff(times)) if times.size > 1 else np.timedelta64(0, "us")
        misses = [
            f"{_length(missing)} at the {end}"
            for end, missing in (("start", times[0] - start), ("end", stop - times[-1]))
            if missing > usual
        ]
        if misses:
            _tell(
                CoverageError(
                    f"{name!r} of the data reaches from {_moment(times[0])} to {_moment(times[-1])}, the run from "
                    f"{_moment(start)} to {_moment(stop)}: {' and '.join(misses)} are missing",
                    hint="Choose data that cover the run, another period, or checks: {coverage: warn}.",
                ),
                self.policy,
            )


def gap_in(times: Any, start: Any, stop: Any, max_gap: timedelta | None = None) -> str | None:
    """The longest gap of ascending times within a period, in words; None if there is none.

    Args:
        max_gap: the longest time that may lie between two of them; three usual steps if not given. Steps that grow for
            good, as those of forecasts with their lead time, are no gaps then.
    """
    import numpy as np

    times = np.asarray(times)
    steps = np.diff(times)
    if not steps.size:
        return None
    usual = _usual(steps)
    are_gaps = steps > np.timedelta64(max_gap, "us") if max_gap is not None else _stand_out(steps, usual)
    gaps = np.flatnonzero((times[1:] > start) & (times[:-1] < stop) & are_gaps)
    if not gaps.size:
        return None
    worst = gaps[int(steps[gaps].argmax())]
    more = f" and {gaps.size - 1} more" if gaps.size > 1 else ""
    return (
        f"a gap of {_length(steps[worst])} from {_moment(times[worst])} to {_moment(times[worst + 1])}{more}, "
        f"but come every {_length(usual)}"
    )


def _usual(steps: "np.ndarray") -> Any:
    import numpy as np

    return np.median(steps.astype("timedelta64[us]").astype("int64")).astype("timedelta64[us]")


def _stand_out(steps: "np.ndarray", usual: Any) -> "np.ndarray":
    """Which steps are much longer than the usual one, and unlike those beside them."""
    import numpy as np

    lengths = steps.astype("timedelta64[us]").astype("int64").astype(float)
    before, after = np.concatenate([[0.0], lengths[:-1]]), np.concatenate([lengths[1:], [0.0]])
    alike = np.minimum(np.abs(lengths - before), np.abs(lengths - after)) < _ALIKE * lengths
    return np.asarray((lengths >= _STEPS_OF_A_GAP * float(usual.astype("int64"))) & ~alike)


def _tell(error: DataError, policy: Policy) -> None:
    if policy == "raise":
        raise error
    logger.warning("%s", error.message)


def _axes(labels: "np.ndarray") -> list[int]:
    return [axis for axis, size in enumerate(labels.shape) if size > 1]


def _moment(moment: Any) -> str:
    return str(moment.astype("datetime64[s]"))


def _length(step: Any) -> str:
    """A time in the largest unit that holds it without fractions: 90m, 36h, 2d."""
    seconds = int(step.astype("timedelta64[s]").astype("int64"))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
