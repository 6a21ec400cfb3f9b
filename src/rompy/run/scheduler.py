"""The adapter to batch schedulers: what differs between them, and nothing else."""

from __future__ import annotations

import logging
import os
import re
import shlex
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rompy.backends.batch import BatchConfig, Directive
from rompy.errors import PluginError, SubmitError
from rompy.run.truth import PlaceSilent, Word

if TYPE_CHECKING:
    from qtoolkit.io.base import BaseSchedulerIO

logger = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds after which a scheduler that does not answer is given up for this time."""
AT_ONCE = 200
"""Jobs named in one command."""
_ID = re.compile(r"(\d+)(?:_(\d+)|\[(\d+)\]|\.(\d+)$)?")
"""A job, and the element of an array as each scheduler writes it: ``7_3``, ``7[3]`` (``7[3].server``), ``7.3``."""


@dataclass(frozen=True)
class Needs:
    """What a job script is written for, besides the settings."""

    name: str
    tag: str
    """Unique, so that the job is found again when its id was never learnt."""
    ranks: int = 1
    array: int | None = None
    """Number of elements; None for a single job."""


class Scheduler(ABC):
    """One kind of batch scheduler, spoken to by its commands. Their texts are read by ``qtoolkit`` where it can."""

    name: ClassVar[str]
    prefix: ClassVar[str]
    """Begins each line with a directive, such as ``#SBATCH``."""
    index_variable: ClassVar[str]
    """Environment variable with the number of an array's element."""
    first_index: ClassVar[int] = 0
    gone: ClassVar[tuple[str, ...]] = ()
    """What the commands say of a job that is not known any more."""

    @abstractmethod
    def directives(self, config: Any, needs: Needs) -> dict[str, Directive]:
        """All directives for some settings, by name."""

    @abstractmethod
    def line(self, name: str, value: Directive) -> str:
        """A directive as it stands in the script, without the prefix."""

    @abstractmethod
    def io(self) -> BaseSchedulerIO:
        """qtoolkit's part."""

    @abstractmethod
    def words(self, ids: Sequence[str]) -> Mapping[str, Word]:
        """What it says of some jobs, in one question; without those that it does not know.

        Raises:
            PlaceSilent: it does not answer.
        """

    def find(self, tag: str) -> list[str]:
        """Ids of the jobs with a tag, for a job whose id was never learnt.

        Raises:
            PlaceSilent: it does not answer.
        """
        return []

    def element(self, job_id: str, index: int) -> str:
        """The id of an array's element."""
        return f"{job_id}_{index}"

    def header(self, config: BatchConfig, needs: Needs) -> list[str]:
        """Lines with all directives, those of the settings last."""
        chosen = {bare(name): value for name, value in self.directives(config, needs).items()}
        for name, value in config.directives.items():
            chosen[bare(name)] = value
        lines = [self.line(n, v) for n, v in chosen.items() if v is not None and v is not False]
        return [f"{self.prefix} {line}" for line in [*lines, *getattr(config, "additional_options", ())]]

    def submit_command(self, script: str) -> list[str]:
        """Command that submits a script, run in the workspace."""
        return shlex.split(self.io().get_submit_cmd(shlex.quote(script)))

    def submit(self, script: Path, folder: Path, env: Mapping[str, str]) -> str:
        """Submit a script from a folder; its id.

        Raises:
            SubmitError: the scheduler refused it or did not answer.
        """
        command = self.submit_command(str(script.relative_to(folder)))
        try:
            status, output, errors = call(command, folder=folder, env=env, stdin=self.stdin(script))
        except PlaceSilent as silence:
            raise SubmitError(
                f"{self.name} does not answer: {silence}",
                hint="Is this a machine of the cluster, and is it up?",
            ) from None
        answer = self.io().parse_submit_output(status, output, errors)
        if status != 0 or not answer.job_id:
            said = (errors.strip() or output.strip() or f"exit code {status}").replace("\n", "; ")
            raise SubmitError(f"{self.name} refused the job: {said}", file=script)
        return str(answer.job_id)

    def stdin(self, script: Path) -> Path | None:
        """File that the submitting command reads."""
        return None

    def cancel(self, ids: Sequence[str]) -> None:
        """Ask for the end of jobs; those that have ended are passed over.

        Raises:
            SubmitError: the scheduler does not answer.
        """
        # The ids have been given by the scheduler; checked nevertheless, since they come from a file.
        for job_id in ids:
            if not re.fullmatch(r"\d+[\w.\[\]-]*", job_id):
                raise SubmitError(f"{job_id!r} is not the id of a {self.name} job")
        for start in range(0, len(ids), AT_ONCE):
            some = list(ids[start : start + AT_ONCE])
            if len(some) == 1 or self._cancelled(some) is not None:
                self._cancel_one_by_one(some)

    def _cancelled(self, ids: Sequence[str]) -> str | None:
        """What the scheduler has to say against it; None when it did it, or did not know the jobs any more."""
        try:
            status, output, errors = call([*str(self.io().CANCEL_CMD).split(), *ids])
        except PlaceSilent as silence:
            raise SubmitError(f"{self.name} does not answer: {silence}") from None
        said = errors.strip() or output.strip()
        return None if status == 0 or (len(ids) == 1 and self._is_gone(output + errors)) else said

    def _cancel_one_by_one(self, ids: Sequence[str]) -> None:
        for job_id in ids:
            against = self._cancelled([job_id])
            if against is not None:
                raise SubmitError(f"{self.name} did not cancel {job_id}: {against}")

    def max_array_size(self) -> int | None:
        """Most elements of an array; None when there is no limit, or none is told.

        Raises:
            PlaceSilent: it does not answer.
        """
        return None

    def _is_gone(self, said: str) -> bool:
        return any(words in said.lower() for words in self.gone)

    def number_in(self, command: Sequence[str], pattern: str) -> int | None:
        """A number that a command tells; None when it does not, or there is no such command.

        Args:
            pattern: regular expression with one group.
        """
        try:
            status, output, _ = call(command)
        except PlaceSilent:
            return None
        match = re.search(pattern, output, flags=re.MULTILINE) if status == 0 else None
        return int(match[1]) if match else None

    def _ask(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> str:
        """Output of a query; empty when it says that it knows none of the jobs."""
        status, output, errors = call(command, env=env)
        if status != 0 and not self._is_gone(errors + output):
            raise PlaceSilent(errors.strip() or output.strip() or f"{command[0]} ended with {status}")
        return output


def bears(tag: str, variables: str) -> bool:
    """Whether a list of variables, with commas between them, holds the tag of a job."""
    return re.search(rf"\bROMPY_TAG={re.escape(tag)}(?=[,\s]|$)", variables) is not None


def parts_of(job_id: str) -> tuple[str, int | None]:
    """Number of a job and, for the element of an array, its index.

    >>> parts_of("80[2].server"), parts_of("7_3"), parts_of("7.3"), parts_of("7.server")
    (('80', 2), ('7', 3), ('7', 3), ('7', None))
    """
    match = _ID.match(job_id)
    if match is None:
        return job_id, None
    index = next((part for part in match.groups()[1:] if part is not None), None)
    return match[1], None if index is None else int(index)


def bare(name: str) -> str:
    """A directive's name without its dashes."""
    return name.lstrip("-")


def checked(value: str, *, blanks: bool = False) -> str:
    """A value for a line of directives of a scheduler that knows no quoting.

    Raises:
        SubmitError: it would be read as something else.
    """
    allowed = r"[^\x00-\x1f\x7f\"'`$\\]+" if blanks else r"[^\s\x00-\x1f\x7f\"'`$\\]+"
    if not re.fullmatch(allowed, value):
        raise SubmitError(
            f"a directive of this scheduler cannot hold {value!r}: blanks, quotes, $ or \\ in it"
        )
    return value


def plain_name(name: str) -> str:
    """The name of a job in letters that every scheduler takes: ``tide 'A'`` becomes ``tide_A``."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("_.-")
    return (plain if plain[:1].isalpha() else f"run_{plain}")[:200]


def qtoolkit_of(module: str, name: str) -> Any:
    """A class of qtoolkit.

    Raises:
        PluginError: it is not installed.
    """
    from importlib import import_module

    try:
        return getattr(import_module(f"qtoolkit.io.{module}"), name)
    except ImportError:
        raise PluginError(
            "batch schedulers need qtoolkit, which is not installed", hint='pip install "rompy[batch]"'
        ) from None


def call(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: Path | None = None,
) -> tuple[int, str, str]:
    """Exit status, output and errors of a scheduler's command; no shell reads it.

    Raises:
        PlaceSilent: there is no such command, or it does not end.
    """
    try:
        with (stdin or Path(os.devnull)).open("rb") as source:
            done = subprocess.run(
                list(command),
                stdin=source,
                capture_output=True,
                cwd=folder,
                env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
                timeout=PATIENCE,
                check=False,
            )
    except FileNotFoundError:
        raise PlaceSilent(f"there is no command {command[0]} on this machine") from None
    except subprocess.TimeoutExpired:
        raise PlaceSilent(f"{command[0]} did not end within {PATIENCE:g} s") from None
    except OSError as error:
        raise PlaceSilent(f"{command[0]}: {error.strerror}") from None
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
