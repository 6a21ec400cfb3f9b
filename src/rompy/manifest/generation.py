"""What is known of a run when its input has been generated."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import rompy
from rompy import plugins
from rompy.core.artefact.preparing import Bench
from rompy.core.artefact.record import records_of
from rompy.core.render import name_in_package
from rompy.core.source.choice import AS_OF
from rompy.digest import meaning_sha256, sha256_by_path
from rompy.fetch.settings import size_in_bytes
from rompy.inputs import Notes
from rompy.manifest.distributions import builds_sha256, editable, in_use
from rompy.manifest.git import state_of
from rompy.manifest.host import host_facts, loaded_modules
from rompy.manifest.layout import SCHEMA
from rompy.manifest.own_code import installed_sha256, own_code

logger = logging.getLogger(__name__)

EPOCH = "SOURCE_DATE_EPOCH"
LIMIT = "ROMPY_DIGEST_LIMIT"
DEFAULT_LIMIT = 4 * 2**30
"""Bytes: some ten seconds of reading, once for each file."""


class Generation:
    """Collects the facts of one generation; made when it begins, asked when it ends.

    What takes a while, such as asking git, is done beside the generation.
    """

    def __init__(self, root: Path, classes: set[type], notes: Notes, bench: Bench) -> None:
        """
        Args:
            root: the workspace.
            classes: of the objects that the description consists of.
            notes: what is read.
            bench: what is prepared.
        """
        self._root = root
        self._classes = classes
        self._notes = notes
        self._bench = bench
        self._started = now()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="facts")
        self._git: Future[dict[str, Any]] = self._pool.submit(_git_states)
        self._pool.shutdown(wait=False)

    def facts(self) -> dict[str, Any]:
        """Entries of the manifest. A part that cannot be found out is left out, with a warning."""
        told = _or_else([], self._notes.finished)
        return {
            "schema": SCHEMA,
            "inputs": told,
            "artefacts": _or_else([], lambda: records_of(self._bench.ready, self._root, self._notes, told)),
            "code": {
                "rompy": rompy.__version__,
                "python": platform.python_version(),
                "distributions": _or_else({}, self._packages),
                "plugins": _or_else([], lambda: plugins_of(self._classes)),
                "git": _or_else({}, self._git_in_use),
                "template": _or_else(None, lambda: template_facts(self._notes.template)),
                "own": _or_else({}, own_code),
                "installed_sha256": _or_else(None, installed_sha256),
                "builds_sha256": _or_else(None, builds_sha256),
            },
            "variables": variables(),
            "host": _or_else({}, host_facts),
            "modules": loaded_modules(),
            "phases": {"generate": {"started": self._started, "ended": now()}, "run": [], "postprocess": []},
            "outputs": {},
        }

    def _packages(self) -> dict[str, str]:
        """Those of which something is imported, and those that made what is taken from former runs."""
        return dict(sorted({**self._bench.packages, **in_use()}.items()))

    def _git_in_use(self) -> dict[str, Any]:
        states, used = self._git.result(), in_use()
        return {name: state for name, state in states.items() if name in used}


def digest_limit() -> int:
    """Bytes of input files that are read for their digests at most: ROMPY_DIGEST_LIMIT, such as ``50 GB``."""
    stated = os.environ.get(LIMIT)
    return size_in_bytes(stated) if stated else DEFAULT_LIMIT


def variables() -> dict[str, str]:
    """Variables of the environment that generated files may depend on, as far as they are set."""
    return {name: os.environ[name] for name in (AS_OF, EPOCH) if name in os.environ}


def now() -> str:
    """The time (UTC)."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _or_else(otherwise: Any, find: Callable[[], Any]) -> Any:
    try:
        return find()
    except Exception as error:  # noqa: BLE001 - to record must not fail what is recorded
        logger.warning(
            "not all of what the run was made by could be recorded: %s: %s", type(error).__name__, error
        )
        return otherwise


def _git_states() -> dict[str, Any]:
    states = {name: state_of(folder) for name, folder in sorted(editable().items())}
    return {name: state for name, state in states.items() if state is not None}


def plugins_of(classes: set[type]) -> list[dict[str, str]]:
    """Entry points that bring some classes."""
    values = {f"{cls.__module__}:{cls.__qualname__}" for cls in classes}
    return [
        {"group": group, "name": one.entry, "distribution": one.distribution, "version": one.version}
        for group in plugins.GROUPS
        for one in plugins.entries(group)
        if one.state != "shadowed"
        and (one.value in values or (one.state == "loaded" and one.load() in classes))
    ]


def template_facts(told: tuple[str, Path] | None) -> dict[str, Any] | None:
    """Name and folder of a template with the digest over its files, as the manifest has it."""
    if told is None:
        return None
    uri, folder = told
    found = sha256_by_path(files_of_template(folder))
    known = {path.relative_to(folder).as_posix(): sha256 for path, sha256 in found.items()}
    path = None if name_in_package(folder) else str(folder.absolute())
    return {"uri": uri, "sha256": meaning_sha256(known), "git": state_of(folder), "path": path}


def files_of_template(folder: Path) -> list[Path]:
    """Files of a template, without those of git."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and ".git" not in p.relative_to(folder).parts)
