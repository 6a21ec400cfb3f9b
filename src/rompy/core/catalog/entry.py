"""An entry of a catalogue: one dataset, described well enough to be opened and cited."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from rompy.core.adapting.accumulation import Accumulated
from rompy.core.adapting.adapter import Adapter
from rompy.core.adapting.datum import Upward
from rompy.core.adapting.variable_rule import VariableRule
from rompy.core.instant import parse_instant
from rompy.core.types import DatasetCoords, RompyBaseModel
from rompy.errors import ConfigError

Instant = Annotated[
    datetime | None, BeforeValidator(lambda value: None if value is None else parse_instant(value))
]


class CatalogVariable(RompyBaseModel):
    """A variable by the conventions of the catalogue."""

    standard_name: str
    """CF standard name."""
    units: str
    """Unit that users get, as CF writes it."""
    source_name: str | None = None
    """Name in the data, where it is another."""
    source_standard_name: str | None = None
    """Standard name that the data state wrongly."""
    source_units: str | None = None
    """Unit in the data, where they state none or a wrong one."""
    accumulated: Accumulated | None = None
    """The data hold sums over time, which become rates: ``per_step``, ``since_start``, or a length such as ``1h``."""
    positive: Upward | None = None
    """Which way heights or depths count."""
    datum: str | None = None
    """What heights or depths are counted from, such as MSL."""


class Extent(RompyBaseModel):
    """What a dataset covers."""

    longitude: tuple[float, float] | None = None
    """West and east (degrees east)."""
    latitude: tuple[float, float] | None = None
    """South and north (degrees north)."""
    start: Instant = None
    """First time (UTC); None for data without times."""
    end: Instant = None
    """Last time (UTC); None for data that are still being added to."""


class CatalogEntry(RompyBaseModel):
    """One dataset."""

    title: str
    """What it is."""
    source: dict[str, Any]
    """Source that opens it, as in a description; ``{name}`` stands for a parameter."""
    parameters: dict[str, str] = Field(default_factory=dict)
    """What users have to give, such as where they put the files, and what it means."""
    variables: dict[str, CatalogVariable] = Field(default_factory=dict)
    """Variables by the names that users get."""
    coords: DatasetCoords = Field(default_factory=DatasetCoords)
    """Names of the coordinates in the data."""
    crs: str = "EPSG:4326"
    """Reference system of the coordinates."""
    vertical: str | None = None
    """What heights or depths refer to."""
    time_reference: str = "UTC"
    """What times refer to."""
    step: str | None = None
    """Time between two times."""
    extent: Extent = Field(default_factory=Extent)
    """What it covers."""
    licence: str
    """Terms of use."""
    citation: str
    """How to cite it."""
    access: str
    """How to get access."""
    homepage: str | None = None
    """Where to read more."""
    checksum: str | None = Field(default=None, pattern=r"^sha256:[0-9a-f]{64}$")
    """Digest of a dataset that is one file that never changes; the file is checked whenever it is used."""

    def description(self, parameters: dict[str, str], variables: list[str] | None = None) -> dict[str, Any]:
        """The source as it stands in a description, with parameters filled in and the adapter added.

        Raises:
            ConfigError: a parameter is missing or not known.
        """
        missing, unknown = set(self.parameters) - set(parameters), set(parameters) - set(self.parameters)
        if missing or unknown:
            known = "; ".join(f"{name}: {meaning}" for name, meaning in self.parameters.items()) or "none"
            what = "missing" if missing else "not known"
            raise ConfigError(
                f"parameter {', '.join(sorted(missing or unknown))} is {what}",
                field="parameters",
                hint=f"Parameters: {known}",
            )
        filled = {key: _filled(value, parameters) for key, value in self.source.items()}
        return {**filled, "adapter": self.adapter(variables)}

    def adapter(self, variables: list[str] | None = None) -> Adapter:
        """What brings the data to the names and units of the entry; only for some variables if they are given."""
        rules = {
            variable.source_name or name: VariableRule(
                name=name if variable.source_name else None,
                standard_name=variable.standard_name,
                units=variable.units,
                source_standard_name=variable.source_standard_name,
                source_units=variable.source_units,
                accumulated=variable.accumulated,
                positive=variable.positive,
                source_positive=variable.positive,
                source_datum=variable.datum,
            )
            for name, variable in self.variables.items()
            if not variables or name in variables
        }
        return Adapter(variables=rules, only_present=not variables)


def _filled(value: Any, parameters: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, given in parameters.items():
            value = value.replace(f"{{{name}}}", str(given))
        return value
    if isinstance(value, dict):
        return {key: _filled(item, parameters) for key, item in value.items()}
    return [_filled(item, parameters) for item in value] if isinstance(value, list) else value
