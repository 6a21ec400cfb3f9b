"""Runs models as jobs of Slurm."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

from rompy.backends.batch import Directive
from rompy.backends.slurm import SlurmConfig
from rompy.errors import SubmitError
from rompy.jobs.state import JobState
from rompy.run.batch import BatchRunBackend
from rompy.run.scheduler import Needs, Scheduler, qtoolkit_of
from rompy.run.truth import Word

if TYPE_CHECKING:
    from qtoolkit.io.base import BaseSchedulerIO

_FIELDS = ("%i", "%T", "%r", "%N", "%S", "%e", "%M", "%k")
"""Id, state, reason, nodes, start, end, time used, comment: as ``squeue --format`` has them."""
_SEPARATOR = "<><>"

_PENDING = (
    "PENDING",
    "CONFIGURING",
    "REQUEUED",
    "REQUEUE_FED",
    "REQUEUE_HOLD",
    "RESV_DEL_HOLD",
    "SPECIAL_EXIT",
)
_ENDS = {
    "COMPLETED": (JobState.succeeded, "Slurm says that the job script ended well"),
    "FAILED": (JobState.failed, "the job script failed"),
    "CANCELLED": (JobState.cancelled, "cancelled in Slurm"),
    "TIMEOUT": (JobState.timeout, "Slurm ended it at its time limit"),
    "DEADLINE": (JobState.timeout, "Slurm ended it at its deadline"),
    "OUT_OF_MEMORY": (JobState.failed, "out of memory: Slurm ended it"),
    "PREEMPTED": (JobState.cancelled, "displaced by another job"),
    "REVOKED": (JobState.cancelled, "revoked by Slurm"),
    "NODE_FAIL": (JobState.lost, "its node failed"),
    "BOOT_FAIL": (JobState.lost, "its node did not boot"),
}
_REASONS = {
    "JobHeldUser": "held by its user; release it with scontrol release",
    "JobHeldAdmin": "held by an administrator",
    "Dependency": "waits for another job",
    "DependencyNeverSatisfied": "the job that it waits for did not succeed: it will never start",
    "Resources": "waits for processors or memory",
    "Priority": "others come first",
    "QOSMaxJobsPerUserLimit": "as many jobs of this user run as are allowed",
    "PartitionTimeLimit": "asks for more time than the partition allows: it will never start",
    "ReqNodeNotAvail": "a node that it asks for is not available",
    "BeginTime": "waits for its time of beginning",
}


class SlurmScheduler(Scheduler):
    """Slurm, by ``sbatch``, ``squeue`` and ``scancel``; ``sacct`` is not needed, for many sites have none."""

    name = "slurm"
    prefix = "#SBATCH"
    index_variable = "SLURM_ARRAY_TASK_ID"
    gone = ("invalid job id", "already completing or completed")

    def directives(self, config: SlurmConfig, needs: Needs) -> dict[str, Directive]:
        """In the order of a job script."""
        return {
            "job-name": needs.name,
            "output": config.output_file or "/dev/null",
            "error": config.error_file,
            "partition": config.queue,
            "nodes": config.nodes,
            "ntasks": config.tasks(needs.ranks),
            "cpus-per-task": config.cpus_per_task,
            "mem": config.memory,
            "time": config.time_limit,
            "account": config.account,
            "qos": config.qos,
            "reservation": config.reservation,
            "mail-type": config.mail_type,
            "mail-user": config.mail_user,
            "dependency": "afterok:" + ":".join(config.after) if config.after else None,
            "hold": config.hold,
            "requeue" if config.requeue else "no-requeue": True,
            "array": f"0-{needs.array - 1}" if needs.array else None,
            "open-mode": "append",
            "comment": needs.tag,
        }

    def line(self, name: str, value: Directive) -> str:
        """Long options as ``--name=value``, short ones as ``-n value``."""
        option = f"--{name}" if len(name) > 1 else f"-{name}"
        if value is True:
            return option
        return f"{option}{'=' if len(name) > 1 else ' '}{quoted(str(value))}"

    def io(self) -> BaseSchedulerIO:
        """As it stands: only the commands and states are used."""
        return _io()

    def words(self, ids: Sequence[str]) -> Mapping[str, Word]:
        """One ``squeue`` for all; those that have just ended are told of too."""
        rows = self._rows(f"--jobs={','.join(dict.fromkeys(map(_array_of, ids)))}")
        return {row[0]: _word(row) for row in rows}

    def find(self, tag: str) -> list[str]:
        """Jobs bear their tag as a comment."""
        return [row[0] for row in self._rows("--me") if row[-1] == tag]

    def max_array_size(self) -> int | None:
        """``MaxArraySize``, for elements are counted from 0."""
        return self.number_in(["scontrol", "show", "config"], r"^MaxArraySize\s*=\s*(\d+)")

    def _rows(self, which: str) -> list[list[str]]:
        # -r: one line for each element of an array; -t all: those that have just ended, too.
        output = self._ask(
            ["squeue", "--noheader", "-r", "-t", "all", which, f"--format={_SEPARATOR.join(_FIELDS)}"],
            env={"SLURM_TIME_FORMAT": "%s"},
        )
        rows = [[cell.strip() for cell in line.split(_SEPARATOR)] for line in output.splitlines()]
        return [row for row in rows if len(row) == len(_FIELDS)]


class SlurmRunBackend(BatchRunBackend):
    """Runs a model as a batch job of Slurm."""

    name = "slurm"
    scheduler = SlurmScheduler()
    launcher = "srun"


def quoted(value: str) -> str:
    """A value for a line of directives, which Slurm splits as a shell would, but without variables.

    Raises:
        SubmitError: it cannot be written on a line.
    """
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise SubmitError(f"a directive cannot hold {value!r}: it has a control character")
    if re.fullmatch(r"[\w@%+=:,./-]+", value, re.ASCII):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def _io() -> Any:
    return qtoolkit_of("slurm", "SlurmIO")()


def _array_of(job_id: str) -> str:
    if not re.fullmatch(r"\d+(_\d+)?", job_id):
        raise SubmitError(f"{job_id!r} is not the id of a Slurm job")
    return job_id.partition("_")[0]


def _word(row: Sequence[str]) -> Word:
    _, state, why, nodes, start, end, used, _ = row
    native = state if why in ("", "None") else f"{state} ({why})"
    started, ended = _time(start), _time(end)
    if state in _PENDING:
        return Word(JobState.pending, _REASONS.get(why.partition(",")[0], why), native_state=native)
    if state not in _ENDS:
        return Word(
            JobState.running, f"{state.lower()} on {nodes}", native_state=native, host=nodes, started=started
        )
    final, reason = _ENDS[state]
    never_started = used in ("0:00", "INVALID", "") and not nodes
    return Word(
        final,
        reason if why in ("", "None") else f"{reason} ({why})",
        native_state=native,
        host=nodes or None,
        started=None if never_started else started,
        ended=ended,
        certain=never_started,
    )


def _time(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text), timezone.utc) if text.isdigit() else None
