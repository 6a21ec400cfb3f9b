"""Source: a dataset in an intake catalogue."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from rompy.core.source.base import SourceBase

if TYPE_CHECKING:
    import xarray as xr


class SourceIntake(SourceBase):
    """A dataset by its name in a catalogue, which is a file or a text in YAML.

    Catalogues name Python drivers and are therefore as trustworthy as their author.
    """

    model_type: Literal["intake"] = "intake"  # type: ignore[assignment]
    dataset_id: str
    """Name of the dataset in the catalogue."""
    catalog_uri: str | Path | None = None
    """Path, ``package://name/inner/path`` or address of the catalogue."""
    catalog_yaml: str | None = None
    """The catalogue itself."""
    kwargs: dict[str, Any] = Field(default_factory=dict)
    """Parameters of the dataset and keywords for its driver, such as ``chunks``."""

    @model_validator(mode="after")
    def _one_catalog(self) -> Self:
        if self.catalog_uri is None and self.catalog_yaml is None:
            raise ValueError("Either catalog_uri or catalog_yaml must be provided")
        if self.catalog_uri is not None and self.catalog_yaml is not None:
            raise ValueError("Only one of catalog_uri or catalog_yaml can be provided")
        return self

    @property
    def catalog(self) -> Any:
        """The catalogue as intake's own object."""
        from rompy.core.source.catalog import open_catalog

        return open_catalog(self.catalog_uri, self.catalog_yaml)

    def _open(self) -> "xr.Dataset":
        from rompy.core.source.catalog import open_entry

        return open_entry(self.catalog, self.dataset_id, self.kwargs)

    def _finds(self) -> Any:
        """Files that a catalogue on this machine leads to now."""
        from rompy.core.resolve import resolve
        from rompy.core.source.catalog import files_of_entry

        if self.catalog_uri is not None and not isinstance(resolve(self.catalog_uri), Path):
            return None
        return files_of_entry(self.catalog, self.dataset_id, self.kwargs)

    def needs_trust(self) -> str:
        """What a description from elsewhere asks for with it."""
        return f"a catalogue of intake, which names Python code to execute ({self.catalog_uri or 'in the description'})"

    def __str__(self) -> str:
        return f"SourceIntake(catalog_uri={self.catalog_uri}, dataset_id={self.dataset_id})"
