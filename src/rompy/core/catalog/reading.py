"""Catalogues in YAML files, and the one that rompy brings along."""

from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pydantic import Field

from rompy.core.catalog.entry import CatalogEntry
from rompy.core.resolve import existing
from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError, DataError

SHIPPED = Path(__file__).with_name("datasets.yml")


class Catalog(RompyBaseModel):
    """Datasets by name."""

    format: Literal["rompy-catalog/1"]
    """Name and version of the format."""
    datasets: dict[str, CatalogEntry] = Field(default_factory=dict)
    """Entries by name."""

    def entry(self, name: str) -> CatalogEntry:
        """An entry.

        Raises:
            DataError: there is none of that name; says which there are.
        """
        if name not in self.datasets:
            close = get_close_matches(name, self.datasets, n=1)
            guess = f" Did you mean {close[0]!r}?" if close else ""
            raise DataError(
                f"the catalogue has no dataset {name!r}.{guess}",
                hint=f"It has: {', '.join(sorted(self.datasets))}",
            )
        return self.datasets[name]


def read_catalog(uri: str | Path | None = None) -> Catalog:
    """The catalogue in a file on this machine; without one, that of rompy.

    Raises:
        MissingFileError: there is no such file.
        ConfigError: it is no catalogue, or of a version that is not known.
    """
    from pydantic import ValidationError

    from rompy.core.yaml_loader import safe_load_with_includes

    path = Path(existing(uri or SHIPPED))
    try:
        return Catalog.model_validate(safe_load_with_includes(path.read_text(encoding="utf-8")))
    except (ValidationError, ValueError, OSError) as error:
        raise ConfigError(f"is not a catalogue of rompy: {error}", file=path) from error
