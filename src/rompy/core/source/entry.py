"""Source: a dataset of a catalogue, by name."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from rompy.core.source.base import SourceBase
from rompy.core.source.wanted import Wanted

if TYPE_CHECKING:
    import xarray as xr


class SourceCatalog(SourceBase):
    """A dataset of rompy's catalogue or of one's own, brought to the names and units that its entry states."""

    model_type: Literal["catalog"] = "catalog"  # type: ignore[assignment]
    cuts_exactly: ClassVar[bool] = True
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
            TransferError: the file is not the one whose checksum the entry states.
        """
        from rompy.core.catalog.reading import read_catalog
        from rompy.fetch import fetch

        entry = read_catalog(self.catalog).entry(self.dataset)
        description = entry.description(self.parameters, variables)
        if entry.checksum is not None:
            description["uri"] = fetch(description["uri"], checksum=entry.checksum)
        return _described(description)

    def _finds(self) -> SourceBase | None:
        """The source of the entry as the catalogue has it now, unless its file would have to be fetched for that."""
        from rompy.core.catalog.reading import read_catalog

        entry = read_catalog(self.catalog).entry(self.dataset)
        return None if entry.checksum is not None else _described(entry.description(self.parameters, None))

    def _request(self, wanted: Wanted) -> Any:
        return tuple(wanted.variables), tuple(sorted(wanted.ranges.items())), wanted.coords

    def _open(self) -> "xr.Dataset":
        return self.inner().open()

    def _open_part(self, request: Any) -> "xr.Dataset":
        from rompy.core.filters import Filter

        variables, ranges, coords = request
        filters = Filter().within(Wanted(ranges=dict(ranges)).loose)
        names = list(variables)
        return self.inner(names).open(filters=filters if ranges else None, coords=coords)

    def __str__(self) -> str:
        return f"SourceCatalog(dataset={self.dataset})"


def _described(description: dict[str, Any]) -> SourceBase:
    from rompy import plugins

    cls: type[SourceBase] = plugins.class_for_tag("rompy.source", description["model_type"])
    return cls(**description)
