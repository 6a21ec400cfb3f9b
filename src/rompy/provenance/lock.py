"""A lock: the environment and the inputs of a run, pinned in a file that later runs are held to."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ValidationError

from rompy.core import atomic
from rompy.core.dump import to_yaml
from rompy.core.yaml_loader import read_file
from rompy.errors import ConfigError, MissingFileError, ReproducibilityError
from rompy.manifest import Input, Manifest, read_manifest
from rompy.manifest.distributions import installed_versions

NAME = "rompy.lock"
"""Of the file, beside the description."""
FORMAT = 1
_HEAD = """\
# Made by rompy lock. rompy run --locked and rompy generate --locked refuse to work with anything else.
"""


class LockError(ReproducibilityError):
    """The environment or the inputs are not those that are pinned."""

    code: ClassVar[str] = "reproducibility.lock"

    def __init__(self, differences: Iterable[str], path: Path) -> None:
        self.differences = tuple(differences)
        listed = "".join(f"\n    {line}" for line in self.differences)
        count = f"{len(self.differences)} difference{'' if len(self.differences) == 1 else 's'}"
        super().__init__(
            f"{count} from what is pinned:{listed}",
            file=path,
            hint="Restore what is pinned, or pin anew what is there: rompy lock.",
        )


@dataclass(frozen=True)
class Lock:
    """What is pinned."""

    python: str
    distributions: Mapping[str, str]
    """Versions by name: of what was in use."""
    inputs: tuple[Input, ...] = ()
    path: Path = field(default_factory=lambda: Path(NAME))

    @classmethod
    def of_manifest(cls, manifest: Manifest) -> Lock:
        """What a run was made with."""
        return cls(
            manifest.code.python or platform.python_version(),
            manifest.code.distributions,
            tuple(manifest.inputs),
        )

    @classmethod
    def of_run(cls, model_run: Any) -> Lock:
        """What a run would be made with here and now: found out by making it in a temporary folder."""
        with tempfile.TemporaryDirectory(prefix="rompy-lock-") as folder:
            trial = model_run.model_copy(update={"output_dir": Path(folder), "delete_existing": False})
            return cls.of_manifest(read_manifest(trial.generate()))

    @classmethod
    def read(cls, path: Path) -> Lock:
        """The lock in a file.

        Raises:
            MissingFileError: there is none.
            ConfigError: it is no lock, or one of a later rompy.
        """
        try:
            data, _ = read_file(path)
        except MissingFileError:
            raise MissingFileError(
                f"there is no lock {path}", hint="Make one: rompy lock FILE, or name it with --lock-file."
            ) from None
        if not isinstance(data, dict) or not isinstance(data.get("lock"), int):
            raise ConfigError("this is no lock of rompy", file=path, hint="Make one: rompy lock FILE.")
        if data["lock"] > FORMAT:
            raise ConfigError(
                f"the lock is of format {data['lock']}, and this rompy knows those up to {FORMAT}",
                file=path,
                hint="Update rompy: pip install --upgrade rompy",
            )
        try:
            inputs = tuple(Input.model_validate(one) for one in data.get("inputs") or ())
            distributions = {str(name): str(version) for name, version in data["distributions"].items()}
            return cls(str(data["python"]), distributions, inputs, path)
        except (ValidationError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"the lock is damaged: {str(error).partition(chr(10))[0]}",
                file=path,
                hint="Make it anew: rompy lock FILE.",
            ) from error

    def write(self, path: Path) -> None:
        """Write it as YAML, in an order that is the same each time."""
        document = {
            "lock": FORMAT,
            "python": self.python,
            "distributions": dict(sorted(self.distributions.items())),
            "inputs": [_told(one) for one in self.inputs],
        }
        atomic.write_text(path, _HEAD + to_yaml(document))

    def check_environment(self) -> None:
        """Hold this Python and what is installed to the lock.

        Raises:
            LockError: with every difference.
        """
        _refuse(self.differences_of_environment(), self.path)

    def check_inputs(self, inputs: Iterable[Input]) -> None:
        """Hold what was read to the lock.

        Raises:
            LockError: with every difference.
        """
        _refuse(self.differences_of_inputs(inputs), self.path)

    def check_manifest(self, facts: Mapping[str, Any]) -> None:
        """Hold the inputs of a manifest in plain values to the lock, while a run is generated."""
        self.check_inputs(Input.model_validate(one) for one in facts["inputs"])

    def differences_of_environment(self) -> list[str]:
        """What is installed otherwise, in words."""
        found = []
        if platform.python_version() != self.python:
            found.append(f"Python {platform.python_version()} instead of {self.python}")
        there = installed_versions()
        for name, version in sorted(self.distributions.items()):
            if name not in there:
                found.append(f"{name} {version} is not installed")
            elif there[name] != version:
                found.append(f"{name} {there[name]} instead of {version}")
        return found

    def differences_of_inputs(self, inputs: Iterable[Input]) -> list[str]:
        """What was read otherwise, in words."""
        pinned, read = _by_name(self.inputs), _by_name(inputs)
        found = [f"input {name} is not read any more" for name in sorted(set(pinned) - set(read))]
        found += [f"input {name} is not pinned" for name in sorted(set(read) - set(pinned))]
        for name in sorted(set(pinned) & set(read)):
            for one, other in zip(pinned[name], read[name], strict=False):
                if not _is_same(one, other):
                    found.append(f"input {name} has changed: {_identity(other)} instead of {_identity(one)}")
            if len(pinned[name]) != len(read[name]):
                found.append(f"input {name} is read in other parts than before")
        return found


def _refuse(differences: list[str], path: Path) -> None:
    if differences:
        raise LockError(differences, path)


def _told(one: Input) -> dict[str, Any]:
    told = one.model_dump(exclude={"path", "pieces"})  # that is about this machine, and much
    return {key: value for key, value in told.items() if value is not None}


def _by_name(inputs: Iterable[Input]) -> dict[str, list[Input]]:
    found: dict[str, list[Input]] = {}
    for one in inputs:
        found.setdefault(one.uri, []).append(one)
    return {
        name: sorted(some, key=lambda one: (one.field or "", str(one.slice))) for name, some in found.items()
    }


def _is_same(one: Input, other: Input) -> bool:
    if one.sha256 is not None and other.sha256 is not None:
        return one.sha256 == other.sha256
    return (one.bytes, one.version) == (other.bytes, other.version)


def _identity(one: Input) -> str:
    if one.sha256 is not None:
        return f"sha256 {one.sha256[:12]}"
    known = [str(value) for value in (one.version or {}).values() if value is not None]
    return ", ".join(known) or "something of no known version"
