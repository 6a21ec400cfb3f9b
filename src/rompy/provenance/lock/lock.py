"""The file that pins what runs are made with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rompy.core import atomic
from rompy.core.describing.dump import to_yaml
from rompy.core.workspace import Workspace
from rompy.core.yaml_loader import read_file
from rompy.digest import digest_of
from rompy.errors import ConfigError, MissingFileError, ReproducibilityError, RompyError, WorkspaceError
from rompy.manifest import Manifest, read_manifest
from rompy.manifest.own_code import installed_sha256
from rompy.provenance.lock.environment import Environment
from rompy.provenance.lock.error import LockError, refuse
from rompy.provenance.lock.packages import packages_of
from rompy.provenance.lock.program import Program
from rompy.provenance.lock.run import PinnedRun

NAME = "rompy.lock"
"""Of the file, beside the description."""
FORMAT = 2
_HEAD = """\
# Made by rompy lock. With --locked, rompy generate, run, submit and pipeline refuse to work with anything else.
"""


@dataclass(frozen=True)
class Lock:
    """What is pinned: one environment, and one or several runs that are made in it."""

    environment: Environment
    runs: Mapping[str, PinnedRun]
    """By name. A single one holds for a run of any name."""
    path: Path = field(default_factory=lambda: Path(NAME))

    @classmethod
    def of_workspace(cls, root: Path) -> Lock:
        """What a run was made with, and its model was run with if it was.

        Raises:
            WorkspaceError: it is no run.
            ReproducibilityError: its record, or its description, is not as rompy wrote it.
        """
        from rompy.core.describing.description import Description
        from rompy.model import ModelRun

        manifest = read_manifest(Workspace(root))
        _check_description(root, manifest)
        more: dict[str, str] = {}
        if manifest.code.installed_sha256 == installed_sha256():  # else nobody knows what was installed then
            processed = manifest.phases.postprocess
            with suppress(RompyError, ValueError):  # it was made by a plugin that is not here
                model_run = ModelRun.model_validate(Description.load(Workspace(root).run_yml).data)
                name = processed[-1].processor if processed else None
                more = packages_of(root, manifest.files, model_run, name)
        program = Program.of_phase(manifest.phases.run[-1] if manifest.phases.run else None)
        run = PinnedRun.of_manifest(manifest, program, Path(NAME))
        return cls(Environment.of_manifest(manifest, more), {run.name: run})

    @classmethod
    def of_run(cls, model_run: Any, backend: Any = None, processor: str | None = None) -> Lock:
        """What a run would be made with here and now: found out by making it in a temporary folder.

        Args:
            backend: settings of what would run the model; its program is pinned as far as it is known.
            processor: type of the postprocessor; its packages are pinned too.
        """
        with tempfile.TemporaryDirectory(prefix="rompy-lock-") as folder:
            trial = model_run.model_copy(update={"output_dir": Path(folder), "delete_existing": False})
            root = Path(trial.generate())
            manifest = read_manifest(Workspace(root))
            more = packages_of(root, manifest.files, model_run, processor)
        program = None if backend is None else Program.of_run(model_run, backend)
        run = PinnedRun.of_manifest(manifest, program, Path(NAME))
        return cls(Environment.of_manifest(manifest, more), {run.name: run})

    @classmethod
    def joined(cls, locks: Iterable[Lock]) -> Lock:
        """One lock for several runs of one environment."""
        first, *others = locks
        environment, runs = first.environment, dict(first.runs)
        for other in others:
            environment, runs = environment.joined(other.environment), {**runs, **other.runs}
        return cls(environment, runs)

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
        runs: Any = {"": data} if data["lock"] == 1 else data.get("runs")
        try:
            found = {str(name): PinnedRun.read(str(name), told, path) for name, told in runs.items()}
            return cls(Environment.read(data), found, path)
        except (ValidationError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(
                f"the lock is damaged: {str(error).partition(chr(10))[0]}",
                file=path,
                hint="Make it anew: rompy lock FILE.",
            ) from error

    def write(self, path: Path) -> None:
        """Write it as YAML, in an order that is the same each time."""
        runs = {name: run.to_dict() for name, run in sorted(self.runs.items())}
        document = {"lock": FORMAT, **self.environment.to_dict(), "runs": runs}
        atomic.write_text(path, _HEAD + to_yaml(document))

    def run(self, name: str) -> PinnedRun:
        """What is pinned of a run.

        Raises:
            LockError: it is not among several that are.
        """
        found = self._find(name)
        if found is None:
            raise LockError([f"the run {name} is not among those that are pinned"], self.path)
        return found

    def check_environment(self) -> None:
        """Hold this Python, what is installed, and the variables to the lock.

        Raises:
            LockError: with every difference.
        """
        refuse(self.environment.differences(), self.path)

    def check_all(self, now: Lock) -> None:
        """Hold everything that would be pinned now to the lock.

        Raises:
            LockError: with every difference.
        """
        found = [*self.environment.differences()]
        new = sorted({*now.environment.distributions} - {*self.environment.distributions})
        found += [f"{name} {now.environment.distributions[name]} is used and not pinned" for name in new]
        for name, run in now.runs.items():
            pinned = self._find(name)
            found += [f"the run {name} is not pinned"] if pinned is None else pinned.differences(run)
        gone = sorted({*self.runs} - {*now.runs}) if len(self.runs) > 1 else []
        found += [f"the run {name} is pinned and not asked for" for name in gone]
        refuse(found, self.path)

    def _find(self, name: str) -> PinnedRun | None:
        return next(iter(self.runs.values())) if len(self.runs) == 1 else self.runs.get(name)


def _check_description(root: Path, manifest: Manifest) -> None:
    description = manifest.description
    try:
        is_same = description.sha256 in (None, digest_of(root / description.file))
    except OSError as error:
        raise WorkspaceError(
            f"the description of the run cannot be read: {error.strerror or error}",
            file=root / description.file,
        ) from error
    if not is_same:
        raise ReproducibilityError(
            "the description was edited since the run was made from it",
            file=root / description.file,
            hint="rompy verify shows what else differs.",
        )
