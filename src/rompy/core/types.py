"""Base model of every noun in rompy, and the small value types they share."""

import warnings
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from rompy import formatting
from rompy.core.field_docs import DescribedModel

# What pydantic remarks on in published model plugins works all the same, and their users cannot change it.
warnings.filterwarnings("ignore", message="A custom validator is returning a value other than `self`")
warnings.filterwarnings("ignore", message='Field name ".*" in ".*" shadows an attribute in parent ".*"')


class RompyBaseModel(DescribedModel):
    """A pydantic model that refuses unknown keys, explains misspelt ones and prints as a readable tree.

    Instances are mutable and assignment is not validated: model plugins assign fields while they prepare input.
    """

    model_config = ConfigDict(protected_namespaces=(), extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _explain_misspelt_keys(cls, data: Any) -> Any:
        # "before" validators of subclasses run first, so keys that they rewrite or consume are not seen here.
        if isinstance(data, dict) and cls.model_config.get("extra") == "forbid":
            unknown = [key for key in data if key not in _accepted_keys(cls)]
            errors = [error for key in unknown if (error := _misspelling(cls, key, data[key]))]
            if errors:
                raise ValidationError.from_exception_data(cls.__name__, errors)
        return data

    def dump_inputs_dict(self) -> dict[str, Any]:
        """The fields that were given, without those left to their defaults."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    def dump_inputs_json(self) -> str:
        """The same as JSON text."""
        return self.model_dump_json(include=set(self.model_fields_set))

    def _format_value(self, obj: Any) -> str | None:
        """Text to show for a value instead of the default one; None for the default. Meant to be overridden."""
        return formatting.format_value(obj)

    def __str__(self) -> str:
        own = self._format_value(self)
        if own is not None:
            return own
        return "\n".join([f"{type(self).__name__}:", *self._tree(self.model_dump(), "  ")])

    def _tree(self, value: Any, indent: str) -> list[str]:
        items = value.items() if isinstance(value, dict) else ((f"[{i}]", v) for i, v in enumerate(value))
        lines = []
        for key, item in items:
            if isinstance(item, (dict, list, tuple)) and item:
                lines += [f"{indent}{key}:", *self._tree(item, indent + "  ")]
            else:
                first, *rest = (self._format_value(item) or str(item)).split("\n")
                lines += [f"{indent}{key}: {first}", *(f"{indent}  {line}" for line in rest)]
        return lines


@cache
def _accepted_keys(cls: type[BaseModel]) -> frozenset[str]:
    """Keys that may be given to a model: names, and every kind of alias of its fields."""
    keys: set[str] = set()
    for name, field in cls.model_fields.items():
        aliases = field.validation_alias
        choices = aliases.choices if isinstance(aliases, AliasChoices) else [aliases, field.alias]
        keys |= {name, *(choice for choice in choices if isinstance(choice, str))}
    return frozenset(keys)


def _misspelling(cls: type[BaseModel], key: Any, value: Any) -> InitErrorDetails | None:
    close = get_close_matches(str(key), _accepted_keys(cls), n=1)
    if not close:
        return None
    error = PydanticCustomError(
        "unknown_field",
        "Unknown field '{unknown}'. Did you mean '{known}'?",
        {"unknown": str(key), "known": close[0]},
    )
    return InitErrorDetails(type=error, loc=(str(key),), input=value)


class DatasetCoords(RompyBaseModel):
    """Names of the coordinates in a dataset."""

    t: str | None = "time"
    """Time."""
    x: str | None = "longitude"
    """Longitude or easting."""
    y: str | None = "latitude"
    """Latitude or northing."""
    z: str | None = None
    """Vertical coordinate."""
    s: str | None = None
    """Site or station."""


class Slice(BaseModel):
    """A range of labels along a coordinate, both ends included."""

    start: float | datetime | str | None = None
    """First label; None for open."""
    stop: float | datetime | str | None = None
    """Last label; None for open."""

    @classmethod
    def from_dict(cls, limits: dict[str, Any]) -> "Slice":
        """From a mapping that holds both ``start`` and ``stop``."""
        return cls(start=limits["start"], stop=limits["stop"])

    @classmethod
    def from_slice(cls, limits: slice) -> "Slice":
        """From a Python slice; its step is not kept."""
        return cls(start=limits.start, stop=limits.stop)

    def to_slice(self) -> slice:
        """As a Python slice for label-based selection."""
        return slice(self.start, self.stop)


class Spectrum(RompyBaseModel):
    """A discretised wave spectrum."""

    fmin: float = 0.0464
    """Lowest frequency (Hz)."""
    fmax: float = 1.0
    """Highest frequency (Hz)."""
    nfreqs: int = 31
    """Number of frequencies."""
    ndirs: int = 36
    """Number of directions."""


class Coordinate(BaseModel):
    """A point on the globe."""

    model_config = ConfigDict(frozen=True)

    lon: float = Field(ge=-180, le=180)
    """Longitude, degrees east."""
    lat: float = Field(ge=-90, le=90)
    """Latitude, degrees north."""

    def __str__(self) -> str:
        return f"({self.lon}, {self.lat})"
