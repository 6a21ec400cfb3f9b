"""What is demanded of data before a model gets them."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

from rompy.core.duration import parse_duration
from rompy.core.policy import Policy
from rompy.core.types import RompyBaseModel


class DataChecks(RompyBaseModel):
    """What becomes of data that lack something that the run needs: ``raise`` refuses them, ``warn`` uses what there is
    with a warning, ``ignore`` without one."""

    coverage: Policy = "raise"
    """Data that reach into the area and the period of the run, but not from end to end, or that have gaps in time."""
    max_gap: Annotated[
        timedelta | None, BeforeValidator(lambda value: None if value is None else parse_duration(value))
    ] = None
    """The longest time that may lie between two times; three usual steps of the data if not given."""
    missing: Policy = "raise"
    """Values that are missing at places which have some at other times, and variables without any."""
