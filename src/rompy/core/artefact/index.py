"""Remembers which workspaces of this user hold an artefact of a recipe."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from rompy.cache_folder import cache_folder

logger = logging.getLogger(__name__)

MOST = 100_000
"""Entries that are kept; beyond it the oldest half is forgotten."""
_PATIENCE = 5.0
"""Seconds to wait for another process that writes."""

_TABLE = """
create table if not exists artefacts (
    recipe text not null, field text, workspace text not null, number integer primary key autoincrement,
    unique (recipe, workspace) on conflict replace
)
"""


class ArtefactIndex:
    """Recipes and workspaces in an SQLite file of the user's cache folder.

    It only ever helps to find: what the workspaces themselves hold and record is the truth. Where it cannot be read or
    written, less is found.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = cache_folder() / "artefacts.sqlite" if path is None else path

    def add(self, workspace: Path, artefacts: Iterable[Mapping[str, Any]]) -> None:
        """Remember what a workspace holds, from the entries of its manifest."""
        place = str(workspace.absolute())
        known = [one for one in artefacts if one["recipe_sha256"] is not None]
        rows = [(one["recipe_sha256"], one["field"], place) for one in known]
        if not rows:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._connect()) as database, database:
                database.execute(_TABLE)
                database.executemany(
                    "insert into artefacts (recipe, field, workspace) values (?, ?, ?)", rows
                )
                database.execute(_FORGET, (MOST, MOST // 2))
        except (sqlite3.Error, OSError) as error:
            logger.debug("artefacts are not remembered in %s: %s", self.path, error)

    def places(self, recipe: str) -> list[Path]:
        """Workspaces that held it, the newest first."""
        return self._find("recipe = ?", recipe)

    def places_of_field(self, field: str) -> list[Path]:
        """Workspaces in which some artefact was prepared for a place of the description, the newest first."""
        return self._find("field = ?", field)

    def _find(self, condition: str, value: str) -> list[Path]:
        if not self.path.exists():
            return []
        try:
            with closing(self._connect()) as database:
                rows = database.execute(f"{_FIND} where {condition} {_ORDER}", (value,)).fetchall()
        except sqlite3.Error as error:
            logger.debug("artefacts cannot be looked up in %s: %s", self.path, error)
            return []
        return [Path(row[0]) for row in rows]

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=_PATIENCE)


_FIND = "select workspace from artefacts"
_ORDER = "group by workspace order by max(number) desc limit 100"
_FORGET = """
delete from artefacts where (select count(*) from artefacts) > ?
    and number <= (select max(number) from artefacts) - ?
"""
