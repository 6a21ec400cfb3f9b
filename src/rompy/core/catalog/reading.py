"""Catalogues in YAML files: the one that rompy brings along, and those of users, which are merged with it."""

import logging
import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, PrivateAttr

from rompy.cache_folder import own_folder
from rompy.core.adapting.standard_names import check_name
from rompy.core.catalog.entry import CatalogEntry
from rompy.core.resolve import existing
from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError, DataError

if TYPE_CHECKING:
    from rompy.core.describing.description import Description

logger = logging.getLogger(__name__)

SHIPPED = Path(__file__).with_name("datasets.yml")
VERSION = 1
"""The newest version of the format that is understood."""
ENDINGS = (".yml", ".yaml", ".json")


class Catalog(RompyBaseModel):
    """Datasets by name."""

    format: Literal["rompy-catalog/1"]
    """Name and version of the format."""
    datasets: dict[str, CatalogEntry] = Field(default_factory=dict)
    """Entries by name."""

    _files: dict[str, Path] = PrivateAttr(default_factory=dict)
    """Which file each entry comes from."""

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

    def file_of(self, name: str) -> Path | None:
        """The file that an entry comes from."""
        return self._files.get(name)


def user_folder() -> Path:
    """Where a user's own catalogues are."""
    from platformdirs import user_config_path

    return own_folder(lambda: user_config_path("rompy"), "config") / "catalogs"


def shared_folder() -> Path:
    """Where the catalogues for all users of a machine are: ``ROMPY_CATALOGS``, else ``/etc/rompy/catalogs``."""
    return Path(os.environ.get("ROMPY_CATALOGS") or "/etc/rompy/catalogs")


def read_catalog(uri: str | Path | None = None) -> Catalog:
    """The catalogue in a file on this machine; without one, rompy's, merged with those of the machine and of the user.

    Of entries of one name the user's own counts, then the machine's, then rompy's.

    Raises:
        MissingFileError: there is no such file.
        ConfigError: it is no catalogue, or of a version that is not known; says where in the file.
    """
    if uri is not None:
        return _read(Path(existing(uri)))
    merged = Catalog(format="rompy-catalog/1")
    for path in [SHIPPED, *_in(shared_folder()), *_in(user_folder())]:
        for name, entry in (found := _read(path)).datasets.items():
            if name in merged.datasets and merged._files[name] != SHIPPED:
                logger.info("%s: %r is taken instead of the one in %s", path, name, merged._files[name])
            merged.datasets[name] = entry
            merged._files[name] = found._files[name]
    return merged


def _in(folder: Path) -> list[Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS)
    except OSError:
        return []
    return [path for path in paths if not path.name.startswith(".")]


def _read(path: Path) -> Catalog:
    from pydantic import ValidationError

    from rompy.core.describing.description import Description
    from rompy.core.describing.explain import explain

    description = Description.load(path)
    description.require_mapping()
    _check_version(description.data.get("format"), description)
    try:
        catalog = Catalog.model_validate(description.data)
    except ValidationError as error:
        raise explain(error, description, Catalog) from error
    catalog._files = dict.fromkeys(catalog.datasets, path)
    if path != SHIPPED:
        _check_quantities(catalog, description)
    return catalog


def _check_quantities(catalog: Catalog, description: "Description") -> None:
    """Check standard names and units of all variables against the table of CF; rompy's own are known to be right."""
    for name, entry in catalog.datasets.items():
        for variable, stated in entry.variables.items():
            try:
                check_name(stated.standard_name, stated.units)
            except ConfigError as error:  # noqa: PERF203 - each is told with its place
                where = ("datasets", name, "variables", variable, error.field or "")
                raise description.error(error.message, where, hint=error.hint) from error


def _check_version(stated: Any, description: "Description") -> None:
    match = re.fullmatch(r"rompy-catalog/(\d+)", str(stated))
    if match is None:
        raise description.error(
            f"this is no catalogue of rompy: its format is {stated!r}",
            ("format",),
            hint=f"It begins with: format: rompy-catalog/{VERSION}",
        )
    if int(match[1]) > VERSION:
        raise description.error(
            f"this catalogue has version {match[1]} of the format; this rompy understands {VERSION}",
            ("format",),
            hint="Install a newer rompy: pip install -U rompy",
        )
