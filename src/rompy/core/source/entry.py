"""Source: a dataset of a catalogue, by name."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from rompy.core.source.base import SourceBase
from rompy.core.source.wanted import Wanted

if TYPE_CHECKING:
    import xarray as xr


class SourceCatalog(SourceBase):
    """A dataset of rompy's catalogue or of one's own, brought to the names and units that its entry states."""

    model_type: Literal["catalog"] = "catalog"  # type: ignore[assignment]
    dataset: str
    """Name of the dataset; ``rompy catalog list`` shows them."""
    catalog: str | Path | None = None
    """Path of a catalogue; rompy's own if not given."""
    parameters: dict[str, str] = Field(default_factory=dict)
    """What the entry asks for, such as where the files are."""

    def inner(self, variables: list[str] | None = None) -> SourceBase:
        """The source of the entry, made for some variables only if they are given.

        Raises:
            DataError: there is no such entry.
            ConfigError: a parameter is missing.
        """
        from rompy import plugins
        from rompy.core.catalog.reading import read_catalog

        description = read_catalog(self.catalog).entry(self.dataset).description(self.parameters, variables)
        cls: type[SourceBase] = plugins.class_for_tag("rompy.source", description["model_type"])
        return cls(**description)

    def _request(self, wanted: Wanted) -> Any:
        return tuple(wanted.variables), tuple(sorted(wanted.ranges.items())), wanted.coords

    def _open(self) -> "xr.Dataset":
        return self.inner().open()

    def _open_part(self, request: Any) -> "xr.Dataset":
        from rompy.core.filters import Filter
        from rompy.core.types import Slice

        variables, ranges, coords = request
        filters = Filter().within({name: Slice(start=a, stop=b) for name, (a, b) in ranges})
        names = list(variables)
        return self.inner(names).open(filters=filters if ranges else None, coords=coords)

    def __str__(self) -> str:
        return f"SourceCatalog(dataset={self.dataset})"
