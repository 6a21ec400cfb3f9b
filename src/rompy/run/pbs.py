"""Runs models as jobs of PBS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, Any

from rompy.backends.batch import Directive
from rompy.backends.pbs import PbsConfig
from rompy.jobs.state import JobState
from rompy.run.batch import BatchRunBackend
from rompy.run.scheduler import Needs, Scheduler, bears, checked, plain_name, qtoolkit_of
from rompy.run.truth import Word

if TYPE_CHECKING:
    from qtoolkit.io.base import BaseSchedulerIO

_WALLTIME, _MEMORY, _DELETED = -29, -27, 256
"""Exit status of PBS itself for a job over its wall time or memory; from 256 on it stands for a signal."""
_PENDING = {
    "Q": "queued",
    "H": "held; release it with qrls",
    "W": "waits for its time of beginning",
    "T": "is moved",
}


class PbsScheduler(Scheduler):
    """PBS, by ``qsub``, ``qstat`` and ``qdel``."""

    name = "pbs"
    prefix = "#PBS"
    index_variable = "PBS_ARRAY_INDEX"
    gone = ("unknown job id", "job has finished")

    def directives(self, config: PbsConfig, needs: Needs) -> dict[str, Directive]:
        """In the order of a job script; ``l walltime`` stands for ``-l walltime=...``."""
        return {
            "N": plain_name(needs.name),
            "o": config.output_file or "/dev/null",
            "e": config.error_file,
            "j": None if config.error_file else "oe",
            "q": config.queue,
            "l select": config.select or _select(config, needs),
            "l walltime": config.time_limit,
            "A": config.account,
            "m": config.mail_type,
            "M": config.mail_user,
            "W depend": "afterok:" + ":".join(config.after) if config.after else None,
            "h": config.hold,
            "r": "y" if config.requeue else "n",
            "J": f"0-{needs.array - 1}" if needs.array else None,
            "v": f"ROMPY_TAG={needs.tag}",
        }

    def line(self, name: str, value: Directive) -> str:
        """``-N name``; ``-l walltime=1:00:00``."""
        if value is True:
            return f"-{name}"
        option, _, key = name.partition(" ")
        return f"-{option} {key + '=' if key else ''}{checked(str(value))}"

    def io(self) -> BaseSchedulerIO:
        """As it stands."""
        return _io()

    def element(self, job_id: str, index: int) -> str:
        """``7[].server`` has the elements ``7[0].server`` and so on."""
        return job_id.replace("[]", f"[{index}]")

    def words(self, ids: Sequence[str]) -> Mapping[str, Word]:
        """One ``qstat`` for all, those that have ended (``-x``) and elements of arrays (``-t``) included."""
        asked = list(dict.fromkeys(re.sub(r"\[\d+\]", "[]", job_id) for job_id in ids))
        output = self._ask(["qstat", "-x", "-t", "-f", "-w", *asked])
        return {job_id: _word(facts) for job_id, facts in blocks(output, "Job Id")}

    def max_array_size(self) -> int | None:
        """That of the server."""
        return self.number_in(["qstat", "-B", "-f"], r"^\s*max_array_size = (\d+)")

    def find(self, tag: str) -> list[str]:
        """Jobs bear their tag as a variable."""
        output = self._ask(["qstat", "-x", "-t", "-f", "-w"])
        jobs = blocks(output, "Job Id")
        return [job_id for job_id, facts in jobs if bears(tag, facts.get("Variable_List", ""))]


class PbsRunBackend(BatchRunBackend):
    """Runs a model as a batch job of PBS."""

    name = "pbs"
    scheduler = PbsScheduler()


def blocks(output: str, head: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Name and attributes of each object in the output of ``qstat -f``, whose long values go on in lines with a tab.

    Args:
        head: what each block begins with: ``Job Id``, ``Queue``, ``Server``.
    """
    for chunk in re.split(rf"^{head}: ", output.replace("\n\t", ""), flags=re.MULTILINE)[1:]:
        first, *lines = chunk.splitlines()
        yield first.strip(), attributes(lines)


def attributes(lines: Iterable[str]) -> dict[str, str]:
    """From lines such as ``    job_state = R``."""
    pairs = (line.split(" = ", 1) for line in lines if " = " in line)
    return {key.strip(): value.strip() for key, value in pairs}


def _word(facts: Mapping[str, str]) -> Word:
    state = facts.get("job_state", "")
    comment = facts.get("comment", "")
    host = facts.get("exec_host", "").partition("/")[0] or None
    native = f"{state} ({comment})" if comment else state
    if state in _PENDING:
        return Word(JobState.pending, _PENDING[state], native_state=native)
    started, ended = _time(facts.get("stime", "")), _time(facts.get("mtime", ""))
    if state not in ("F", "X", "C"):
        return Word(JobState.running, f"on {host}", native_state=native, host=host, started=started)
    code = facts.get("Exit_status", "")
    code_value = int(code) if re.fullmatch(r"-?\d+", code) else None
    final, reason = _end(code_value)
    return Word(
        final,
        reason,
        exit_code=code_value,
        native_state=native,
        host=host,
        started=started,
        ended=ended,
        certain=host is None,
    )


def _end(code: int | None) -> tuple[JobState, str]:
    if code is None:
        return JobState.cancelled, "deleted before it was started"
    if code == 0:
        return JobState.succeeded, "PBS says that the job script ended well"
    if code == _WALLTIME:
        return JobState.timeout, "PBS ended it at its wall time"
    if code == _MEMORY:
        return JobState.failed, "out of memory: PBS ended it"
    if code >= _DELETED:
        return JobState.cancelled, f"ended in PBS by signal {code - _DELETED}"
    return JobState.failed, f"the job script failed with exit code {code}"


def _select(config: PbsConfig, needs: Needs) -> str:
    ranks = config.ranks_per_node(needs.ranks)
    parts = [str(config.nodes), f"ncpus={config.cpus_per_node(needs.ranks)}"]
    parts += [f"mpiprocs={ranks}"] if ranks else []
    parts += [f"mem={config.memory}"] if config.memory else []
    return ":".join(parts)


@cache
def _io() -> Any:
    return qtoolkit_of("pbs", "PBSIO")()


def _time(text: str) -> datetime | None:
    """From ``Sun Nov 22 13:44:35 2026``, by the clock of this machine's zone."""
    try:
        moment = datetime.strptime(text, "%a %b %d %H:%M:%S %Y")
    except ValueError:
        return None
    return moment.astimezone(timezone.utc)
