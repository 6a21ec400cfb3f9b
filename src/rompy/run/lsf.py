"""Runs models as jobs of LSF."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rompy.backends.batch import Directive
from rompy.backends.lsf import LsfConfig
from rompy.jobs.state import JobState
from rompy.run.batch import BatchRunBackend
from rompy.run.scheduler import Needs, Scheduler, checked, plain_name, qtoolkit_of
from rompy.run.truth import Word

if TYPE_CHECKING:
    from qtoolkit.io.base import BaseSchedulerIO

_COLUMNS = ("jobid", "jobindex", "stat", "exit_code", "exec_host", "exit_reason", "job_description")
_SEPARATOR = "^"
_PENDING = {"PEND": "queued", "PSUSP": "held; release it with bresume", "WAIT": "waits"}
_RUNNING = ("RUN", "USUSP", "SSUSP", "PROV", "UNKWN")
_REASONS = {
    "TERM_RUNLIMIT": (JobState.timeout, "LSF ended it at its run limit"),
    "TERM_MEMLIMIT": (JobState.failed, "out of memory: LSF ended it"),
    "TERM_SWAP": (JobState.failed, "out of memory: LSF ended it"),
    "TERM_OWNER": (JobState.cancelled, "cancelled in LSF by its owner"),
    "TERM_FORCE_OWNER": (JobState.cancelled, "cancelled in LSF by its owner"),
    "TERM_ADMIN": (JobState.cancelled, "cancelled in LSF by an administrator"),
    "TERM_PREEMPT": (JobState.cancelled, "displaced by another job"),
    "TERM_EXTERNAL_SIGNAL": (JobState.lost, "ended by a signal from outside LSF"),
}


class LsfScheduler(Scheduler):
    """LSF, by ``bsub``, ``bjobs`` and ``bkill``."""

    name = "lsf"
    prefix = "#BSUB"
    index_variable = "LSB_JOBINDEX"
    first_index = 1
    gone = ("is not found", "no matching job", "already finished")

    def directives(self, config: LsfConfig, needs: Needs) -> dict[str, Directive]:
        """In the order of a job script."""
        slots = config.slots_for(needs.ranks)
        name = plain_name(needs.name)
        hours, minutes, _ = config.time_limit.split(":")
        return {
            "J": f"{name}[1-{needs.array}]" if needs.array else name,
            "o": config.output_file or "/dev/null",
            "e": config.error_file,
            "q": config.queue,
            "n": slots,
            "R": f"span[ptile={config.slots_per_host}]" if config.slots_per_host else None,
            "M": config.memory,
            "W": f"{int(hours)}:{max(int(minutes), 0 if int(hours) else 1):02d}",
            "P": config.account,
            "u": config.mail_user,
            "w": " && ".join(f"done({job})" for job in config.after) or None,
            "H": config.hold,
            "r" if config.requeue else "rn": True,
            "Jd": needs.tag,
        }

    def line(self, name: str, value: Directive) -> str:
        """``-J name``; values with blanks in quotes."""
        if value is True:
            return f"-{name}"
        text = checked(str(value), blanks=True)
        return f'-{name} "{text}"' if re.search(r"[^\w./:@%+,=-]", text) else f"-{name} {text}"

    def io(self) -> BaseSchedulerIO:
        """Our own: qtoolkit has none for LSF."""
        return _io()

    def submit_command(self, script: str) -> list[str]:
        """``bsub`` reads directives from its standard input only."""
        return ["bsub"]

    def stdin(self, script: Path) -> Path | None:
        """The script itself."""
        return script

    def element(self, job_id: str, index: int) -> str:
        """As ``bkill`` and ``bjobs`` have it."""
        return f"{job_id}[{index}]"

    def words(self, ids: Sequence[str]) -> Mapping[str, Word]:
        """One ``bjobs`` for all, those that have just ended included."""
        asked = list(dict.fromkeys(job_id.partition("[")[0] for job_id in ids))
        return {row[0]: word_of(row) for row in self._rows(*asked)}

    def max_array_size(self) -> int | None:
        """That of the cluster."""
        return self.number_in(["bparams", "-a"], r"^\s*MAX_JOB_ARRAY_SIZE\s*=\s*(\d+)")

    def find(self, tag: str) -> list[str]:
        """Jobs bear their tag as a description."""
        return [row[0] for row in self._rows() if row[-1] == tag]

    def _rows(self, *ids: str) -> list[list[str]]:
        output = self._ask(
            ["bjobs", "-a", "-noheader", "-o", f"{' '.join(_COLUMNS)} delimiter='{_SEPARATOR}'", *ids]
        )
        return rows_in(output)


class LsfRunBackend(BatchRunBackend):
    """Runs a model as a batch job of LSF."""

    name = "lsf"
    scheduler = LsfScheduler()


def rows_in(output: str) -> list[list[str]]:
    """Columns of each job, the id with the number of the element."""
    rows = []
    for line in output.splitlines():
        cells = [cell.strip() for cell in line.split(_SEPARATOR)]
        if len(cells) == len(_COLUMNS) and cells[0].isdigit():
            element = f"[{cells[1]}]" if cells[1] not in ("", "0", "-") else ""
            rows.append([cells[0] + element, *cells[2:]])
    return rows


def word_of(row: Sequence[str]) -> Word:
    """What a row of ``bjobs`` says."""
    _, state, code, host, why, _ = row
    host_name = None if host in ("", "-") else host.partition(":")[0]
    native = state if why in ("", "-") else f"{state} ({why})"
    if state in _PENDING:
        return Word(JobState.pending, _PENDING[state], native_state=native)
    if state in _RUNNING:
        return Word(JobState.running, f"on {host_name}", native_state=native, host=host_name)
    if state == "DONE":
        return Word(
            JobState.succeeded, "LSF says that the job script ended well", exit_code=0, host=host_name
        )
    for name, (final, reason) in _REASONS.items():
        if name in why:
            return Word(final, reason, native_state=native, host=host_name, certain=host_name is None)
    exit_code = int(code) if code.isdigit() else None
    if state == "EXIT":
        reason = f"the job script failed with exit code {code}" if exit_code else "ended by LSF"
        return Word(JobState.failed, reason, exit_code=exit_code, native_state=native, host=host_name)
    return Word(JobState.lost, f"LSF has lost sight of it ({state})", native_state=native, host=host_name)


@cache
def _io() -> Any:
    base = qtoolkit_of("base", "BaseSchedulerIO")
    from qtoolkit.core.data_objects import SubmissionResult, SubmissionStatus

    class LsfIO(base):  # type: ignore[misc,valid-type]
        """Submission and cancellation; the state of jobs is read above."""

        header_template = ""
        SUBMIT_CMD = "bsub"
        CANCEL_CMD = "bkill"
        job_id_regex = r"^\d+(\[\d+\])?$"

        def parse_submit_output(self, exit_code: int, stdout: str, stderr: str) -> SubmissionResult:
            found = re.search(r"Job <(\d+)> is submitted", stdout)
            status = SubmissionStatus("SUCCESSFUL" if found and not exit_code else "FAILED")
            job_id = found.group(1) if found else None
            return SubmissionResult(
                job_id=job_id, exit_code=exit_code, stdout=stdout, stderr=stderr, status=status
            )

        def parse_cancel_output(self, exit_code: int, stdout: str, stderr: str) -> Any:
            raise NotImplementedError

        def _get_job_cmd(self, job_id: str) -> str:
            raise NotImplementedError

        def parse_job_output(self, *args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError

        def _convert_qresources(self, resources: Any) -> dict[str, Any]:
            raise NotImplementedError

        def _get_jobs_list_cmd(self, job_ids: Any = None, user: Any = None) -> str:
            raise NotImplementedError

        def parse_jobs_list_output(self, *args: Any, **kwargs: Any) -> Any:
            raise NotImplementedError

    return LsfIO()
