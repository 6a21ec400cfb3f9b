"""How a job stands, from what it wrote itself and from what its place says of it, in this order."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from rompy.errors import WorkspaceError
from rompy.jobs import supervise
from rompy.jobs.heartbeat import Heartbeat, read_heartbeat
from rompy.jobs.record import Attempt, JobRecord
from rompy.jobs.result import Resources, RunResult, parse_time, read_result
from rompy.jobs.state import JobState
from rompy.jobs.status import recorded_end
from rompy.jobs.store import note_in_index
from rompy.run.job import Job

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Word:
    """What the place of a job says of it."""

    state: JobState
    reason: str = ""
    exit_code: int | None = None
    native_state: str | None = None
    """In its own words, such as ``PENDING (Resources)``."""
    host: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    """When it ended by the clock of the place (UTC)."""
    certain: bool = False
    """Whether this end cannot have left a result, so that none has to be waited for."""


class PlaceSilent(Exception):  # noqa: N818 - not an error of anybody here: no news
    """The place of a job does not answer."""


Ask = Callable[[], "Word | None"]
"""What the place says; None when it knows nothing of the job. Raises PlaceSilent when it does not answer."""


def stand(job: Job, ask: Ask) -> RunResult:
    """How a job stands.

    1. What it wrote about its end itself; 2. an end that was recorded before; 3. its living heartbeat; 4. the word of
    its place. An end that the place tells of without a result is believed after the attempt's patience, for the file
    may be seen late: as what the place says, but never as a success. It is written down once.
    """
    try:
        attempt = job.record
    except WorkspaceError as error:
        deleted = "" if job.place.hidden.is_dir() else "the run directory has been deleted; "
        reason = f"{deleted}how the model ended is not known: {error.message}"
        return RunResult(
            JobState.lost, job.workspace, reason=reason, backend=job.backend, attempt=job.attempt
        )
    status = _from_files(job, attempt)
    if status is None:
        try:
            word = ask()
        except PlaceSilent as silence:
            status = _without_news(job, attempt, str(silence))
        else:
            status = _from_files(job, attempt) or _by_word(job, attempt, word)  # it may have ended meanwhile
    return replace(status, backend=attempt.backend, submitted=parse_time(attempt.submitted))


def _from_files(job: Job, attempt: Attempt) -> RunResult | None:
    result = read_result(job.workspace, attempt=attempt.number)
    if result is not None:
        note_end(job, result)
        return result
    recorded = recorded_end(job.place, attempt)
    if recorded is not None:
        return recorded
    heartbeat = read_heartbeat(job.workspace, attempt=attempt.number)
    if heartbeat is None or not heartbeat.is_alive:
        return None
    return _running(job, heartbeat)


def _running(job: Job, heartbeat: Heartbeat) -> RunResult:
    return RunResult(
        JobState.running,
        job.workspace,
        reason=f"process {heartbeat.model_pid} on {heartbeat.host}",
        host=heartbeat.host,
        attempt=job.attempt,
        started=heartbeat.started,
        resources=Resources(wall_s=heartbeat.elapsed_s, max_rss_bytes=heartbeat.max_rss_bytes),
    )


def _by_word(job: Job, attempt: Attempt, word: Word | None) -> RunResult:
    if word is not None and not word.state.is_final:
        _forget_gone(job, attempt)
        return _as_told(job, word)
    since = word.ended if word is not None and word.ended is not None else _gone_since(job, attempt)
    waited = (datetime.now(timezone.utc) - since).total_seconds()
    if waited < attempt.patience_s and not (word is not None and word.certain):
        state = JobState.running if JobState(attempt.state) is JobState.running else JobState.pending
        told = word or Word(state)
        reason = "its place says that it has ended; waiting for its result to be seen"
        return replace(_as_told(job, replace(told, state=state)), reason=reason)
    status = _verdict(job, attempt, word)
    note_end(job, status)
    return status


def _verdict(job: Job, attempt: Attempt, word: Word | None) -> RunResult:
    interrupted = read_result(
        job.workspace, attempt=attempt.number, path=job.place.hidden / Path(supervise.INTERRUPTED).name
    )
    if interrupted is not None and (word is None or word.state is not JobState.timeout):
        return replace(
            interrupted, native_state=word.native_state if word is not None else None
        )  # it was not started again
    heartbeat = read_heartbeat(job.workspace, attempt=attempt.number)
    unknown = "how the model ended is not known"
    if word is None:
        reason = f"{attempt.backend} does not know it any more, and it left no result; {unknown}"
        if heartbeat is None and attempt.native_id is None:
            reason = "the client ended before the job was handed over; nothing was started"
        word = Word(JobState.lost, reason)
    elif word.state is JobState.succeeded:
        word = replace(
            word, state=JobState.lost, reason=f"its place says that it ended, without a result; {unknown}"
        )
    elif word.state is JobState.failed and heartbeat is not None and not word.certain:
        word = replace(
            word, state=JobState.lost, reason=f"{word.reason}, without a result of the model; {unknown}"
        )
    if word.host is None and heartbeat is not None:
        word = replace(word, host=heartbeat.host)
    return _as_told(job, word)


def _as_told(job: Job, word: Word) -> RunResult:
    place = job.place
    return RunResult(
        word.state,
        job.workspace,
        exit_code=word.exit_code,
        reason=word.reason,
        started=word.started,
        ended=word.ended,
        host=word.host,
        attempt=job.attempt,
        stdout_log=place.stdout_log if place.stdout_log.is_file() else None,
        stderr_log=place.stderr_log if place.stderr_log.is_file() else None,
        native_state=word.native_state,
    )


def _without_news(job: Job, attempt: Attempt, why: str) -> RunResult:
    heartbeat = read_heartbeat(job.workspace, attempt=attempt.number)
    state = JobState.running if heartbeat is not None else JobState(attempt.state)
    return RunResult(
        state,
        job.workspace,
        reason="as it was last known",
        host=heartbeat.host if heartbeat else None,
        attempt=job.attempt,
        notes=(f"{attempt.backend} does not answer: {why}",),
    )


def _gone_since(job: Job, attempt: Attempt) -> datetime:
    known = parse_time(attempt.gone_since)
    if known is not None:
        return known
    now = datetime.now(timezone.utc)

    def note(attempt: Attempt) -> None:
        attempt.gone_since = attempt.gone_since or now.isoformat()

    _change(job, note)
    return now


def _forget_gone(job: Job, attempt: Attempt) -> None:
    if attempt.gone_since is not None:
        _change(job, lambda attempt: setattr(attempt, "gone_since", None))


def note_end(job: Job, status: RunResult) -> None:
    """Write the end of a job into its record, once."""
    attempt = job.record
    if JobState(attempt.state) is status.state:
        return
    try:
        with JobRecord.changing(job.place) as record:
            if record is None or record.last is None or record.last.number != job.attempt:
                return
            record.close(status)
        note_in_index(job.place)
    except OSError as error:
        logger.warning("the record of the run could not be written: %s", error)


def _change(job: Job, change: Callable[[Attempt], None]) -> None:
    try:
        with JobRecord.changing(job.place) as record:
            if record is not None and record.last is not None and record.last.number == job.attempt:
                change(record.last)
    except OSError as error:
        logger.warning("the record of the run could not be written: %s", error)
