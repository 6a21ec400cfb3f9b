"""Runs models as jobs of Grid Engine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from rompy.backends.batch import Directive
from rompy.backends.sge import SgeConfig
from rompy.jobs.state import JobState
from rompy.run.batch import BatchRunBackend
from rompy.run.scheduler import Needs, Scheduler, bears, call, checked, plain_name, qtoolkit_of
from rompy.run.truth import PlaceSilent, Word

if TYPE_CHECKING:
    from qtoolkit.io.base import BaseSchedulerIO

SIGNALLED = 128
"""Exit codes above it stand for a signal."""


class SgeScheduler(Scheduler):
    """Grid Engine, by ``qsub``, ``qstat``, ``qacct`` and ``qdel``."""

    name = "sge"
    prefix = "#$"
    index_variable = "SGE_TASK_ID"
    first_index = 1
    gone = ("does not exist", "do not exist", "denied: job", "not found")

    def directives(self, config: SgeConfig, needs: Needs) -> dict[str, Directive]:
        """In the order of a job script; ``l h_rt`` stands for ``-l h_rt=...``."""
        slots = config.slots_for(needs.ranks)
        has_own_files = any(file is not None for file in (config.output_file, config.error_file))
        return {
            "N": plain_name(needs.name),
            "S": "/bin/bash",
            "o": config.output_file or "/dev/null",
            "e": config.error_file,
            "j": None if config.error_file else "y",
            "q": config.queue,
            "pe": f"{config.parallel_environment} {slots}" if slots > 1 else None,
            "l h_rt": config.time_limit,
            "l h_vmem": config.memory,
            "P": config.account,
            "m": config.mail_type,
            "M": config.mail_user,
            "hold_jid": ",".join(config.after) or None,
            "h": config.hold,
            "r": "y" if config.requeue else "n",
            "t": f"1-{needs.array}" if needs.array else None,
            # The script goes to the run directory by itself: Grid Engine would take a $HOME in its name for a variable.
            **({"cwd": True} if has_own_files else {"wd": "/"}),
            "ac": f"ROMPY_TAG={needs.tag}",
        }

    def line(self, name: str, value: Directive) -> str:
        """``-N name``; ``-l h_rt=1:00:00``."""
        if value is True:
            return f"-{name}"
        option, _, key = name.partition(" ")
        return f"-{option} {key + '=' if key else ''}{checked(str(value), blanks=option == 'pe')}"

    def io(self) -> BaseSchedulerIO:
        """With ids of arrays understood."""
        return _io()

    def submit_command(self, script: str) -> list[str]:
        """``-terse`` prints nothing but the id; with ``-V`` secrets in the environment reach the job."""
        return ["qsub", "-terse", "-V", script]

    def element(self, job_id: str, index: int) -> str:
        """As ``qdel`` and ``qstat`` have it."""
        return f"{job_id}.{index}"

    def words(self, ids: Sequence[str]) -> Mapping[str, Word]:
        """One ``qstat`` for all that live; the accounting file for those that do not."""
        words = dict(living(self._ask(["qstat", "-xml", "-g", "d", "-u", "*"])))
        for job_id in ids:
            word = words.get(job_id) or self._accounted(job_id)
            if word is not None:
                words[job_id] = word
        return words

    def max_array_size(self) -> int | None:
        """``max_aj_tasks``; 0 stands for no limit."""
        return self.number_in(["qconf", "-sconf"], r"^max_aj_tasks\s+(\d+)") or None

    def find(self, tag: str) -> list[str]:
        """Jobs bear their tag in their context."""
        output = self._ask(["qstat", "-j", "*"])
        chunks = re.split(r"^=+$", output, flags=re.MULTILINE)
        numbers = (
            re.search(r"^job_number:\s+(\d+)", chunk, flags=re.MULTILINE)
            for chunk in chunks
            if bears(tag, chunk)
        )
        return [number[1] for number in numbers if number]

    def _accounted(self, job_id: str) -> Word | None:
        number, _, task = job_id.partition(".")
        try:
            status, output, _ = call(["qacct", "-j", number, *(["-t", task] if task else [])])
        except PlaceSilent:
            return None  # many sites keep the accounting file on the master only
        return accounted(output) if status == 0 else None


class SgeRunBackend(BatchRunBackend):
    """Runs a model as a batch job of Grid Engine."""

    name = "sge"
    scheduler = SgeScheduler()


def living(output: str) -> Iterator[tuple[str, Word]]:
    """Jobs in the output of ``qstat -xml -g d``, which has one entry for each element of an array.

    Raises:
        PlaceSilent: it is no XML.
    """
    try:
        root = ElementTree.fromstring(output)
    except ElementTree.ParseError as error:
        raise PlaceSilent(f"qstat said something that is no XML: {error}") from None
    for entry in root.iter("job_list"):
        number, task = entry.findtext("JB_job_number", ""), entry.findtext("tasks", "")
        state = entry.findtext("state", "")
        host = (entry.findtext("queue_name") or "").partition("@")[2] or None
        yield (f"{number}.{task}" if task else number), _word(state, host)


def accounted(output: str) -> Word | None:
    """The end of a job in the output of ``qacct -j``; None when it tells of none."""
    facts = dict(re.findall(r"^(\w+) +(.*?) *$", output, flags=re.MULTILINE))
    if "exit_status" not in facts:
        return None
    failed = facts.get("failed", "0")
    code = int(facts["exit_status"].split()[0])
    host = facts.get("hostname")
    if code == 0 and failed.split()[0] == "0":
        return Word(
            JobState.succeeded, "Grid Engine says that the job script ended well", exit_code=0, host=host
        )
    if "enforced" in failed:
        return _over_a_limit(facts, failed, host)
    if failed.startswith("100") and code == SIGNALLED + 9:
        return Word(JobState.cancelled, f"ended by Grid Engine: {failed}", host=host)
    return Word(
        JobState.failed, f"the job script failed with exit code {code} ({failed})", exit_code=code, host=host
    )


def _over_a_limit(facts: Mapping[str, str], failed: str, host: str | None) -> Word:
    """Grid Engine says the same of all its limits; that of time it was when the time was over."""
    limit = re.search(r"\bh_rt=(\d+)", facts.get("category", ""))
    spent = re.match(r"\d+", facts.get("ru_wallclock", ""))
    if limit and spent and int(spent[0]) >= int(limit[1]):
        return Word(JobState.timeout, "Grid Engine ended it at its wall time", host=host)
    return Word(JobState.failed, f"ended by Grid Engine: {failed}", host=host)


def _word(state: str, host: str | None) -> Word:
    if "E" in state:
        return Word(JobState.pending, "Grid Engine could not start it; see qstat -j", native_state=state)
    if "q" in state or "w" in state:
        held = "held; release it with qrls" if "h" in state else "queued"
        return Word(JobState.pending, held, native_state=state)
    return Word(JobState.running, f"on {host}", native_state=state, host=host)


@cache
def _io() -> Any:
    base = qtoolkit_of("sge", "SGEIO")

    class TerseIO(base):  # type: ignore[misc,valid-type]
        """Reads what ``qsub -terse`` prints: ``4``, or ``4.1-3:1`` for an array."""

        header_template_file = None

        def extract_job_id(self, stdout: str) -> str | None:
            found = re.search(r"^(\d+)(\.\d+-\d+:\d+)?$", stdout.strip(), flags=re.MULTILINE)
            return found.group(1) if found else None

    return TerseIO()
