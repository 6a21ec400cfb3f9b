"""Packages that a run uses although nothing of them is imported to generate it: by the model, by its postprocessor."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from rompy import plugins
from rompy.manifest.distributions import installed_versions, owners_of


def packages_of(root: Path, names: Iterable[str], model_run: Any, processor: str | None) -> dict[str, str]:
    """Versions of packages that generated programs in Python import, that a launched module belongs to, that the plugin
    of a postprocessor comes from, and of those that they need in turn.

    Args:
        root: folder of the run.
        names: of its generated files.
        processor: type of the postprocessor.
    """
    modules = {module for name in names if name.endswith(".py") for module in _imported(root / name)}
    launch = model_run.config.launch()
    if launch is not None and launch.argv[:2] == ("python", "-m"):
        modules |= {launch.argv[2].partition(".")[0]}
    found = owners_of(modules)
    if processor is not None:
        found |= {one.distribution for one in plugins.entries("rompy.postprocess") if one.entry == processor}
    versions = installed_versions()
    return {name: versions[name] for name in sorted(_with_needs(found)) if name in versions}


def _imported(file: Path) -> Iterator[str]:
    """Top-level modules that a program imports, anywhere in it."""
    with suppress(OSError, SyntaxError, ValueError):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def _with_needs(names: Iterable[str]) -> set[str]:
    """Distributions, and those that they require here without extras."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    found: set[str] = set()
    waiting = [canonicalize_name(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        with suppress(metadata.PackageNotFoundError, InvalidRequirement):
            for text in metadata.requires(name) or ():
                needed = Requirement(text)
                if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                    waiting.append(canonicalize_name(needed.name))
    return found
