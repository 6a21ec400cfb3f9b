"""The environment that a lock pins: Python, packages, code without versions, variables, modules."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rompy.manifest import Manifest
from rompy.manifest.distributions import editable, installed_versions, modules_of
from rompy.manifest.generation import variables
from rompy.manifest.host import loaded_modules
from rompy.manifest.own_code import digest_of_module


@dataclass(frozen=True)
class Environment:
    """What is pinned of it. None means that the lock does not tell, as those of format 1."""

    python: str
    distributions: Mapping[str, str]
    """Versions by name: of what is in use, and of what the model and the postprocessor use."""
    own: Mapping[str, str] = field(default_factory=dict)
    """Digests of code that no version tells apart, by top-level module."""
    variables: Mapping[str, str] | None = None
    """Variables that generated files may depend on, as far as they were set."""
    modules: tuple[str, ...] | None = None
    """Environment modules that were loaded."""

    @classmethod
    def of_manifest(cls, manifest: Manifest, more: Mapping[str, str] | None = None) -> Environment:
        """What a run was made in.

        Args:
            more: versions of packages that were not imported to generate it.
        """
        code = manifest.code
        used = {**(more or {}), **code.distributions}
        others = modules_of(set(editable()) - set(used))
        unused = {module for modules in others.values() for module in modules}
        return cls(
            code.python or platform.python_version(),
            used,
            {name: digest for name, digest in code.own.items() if name not in unused},
            manifest.variables,
            tuple(sorted(manifest.modules)),
        )

    def joined(self, other: Environment) -> Environment:
        """Of two runs that are made in one environment."""
        return Environment(
            self.python,
            {**self.distributions, **other.distributions},
            {**self.own, **other.own},
            self.variables,
            self.modules,
        )

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Environment:
        """From a lock in plain values.

        Raises:
            KeyError, TypeError, AttributeError: it is damaged.
        """
        modules = document.get("modules")
        return cls(
            str(document["python"]),
            _texts(document["distributions"]),
            _texts(document.get("code") or {}),
            _texts(document["variables"]) if "variables" in document else None,
            None if modules is None else tuple(map(str, modules)),
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain values, in an order that is the same each time."""
        return {
            "python": self.python,
            "distributions": dict(sorted(self.distributions.items())),
            "code": dict(sorted(self.own.items())),
            "variables": dict(sorted((self.variables or {}).items())),
            "modules": list(self.modules or ()),
        }

    def differences(self) -> Iterator[str]:
        """What is otherwise here, in words."""
        if platform.python_version() != self.python:
            yield f"Python {platform.python_version()} instead of {self.python}"
        there = installed_versions()
        for name, version in sorted(self.distributions.items()):
            if name not in there:
                yield f"{name} {version} is not installed"
            elif there[name] != version:
                yield f"{name} {there[name]} instead of {version}"
        for name, digest in sorted(self.own.items()):
            found = digest_of_module(name)
            if found != digest:
                yield f"code of {name} {'is not there' if found is None else 'was changed'}"
        yield from self._other_variables()
        if self.modules is not None and sorted(self.modules) != sorted(loaded_modules()):
            here = ", ".join(sorted(loaded_modules())) or "none"
            yield f"environment modules: {here} instead of {', '.join(self.modules) or 'none'}"

    def _other_variables(self) -> Iterator[str]:
        if self.variables is None:
            return
        now = variables()
        for name in sorted({*self.variables, *now}):
            if now.get(name) != self.variables.get(name):
                yield f"{name} is {now.get(name, 'not set')} instead of {self.variables.get(name, 'not set')}"


def _texts(values: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in values.items()}
