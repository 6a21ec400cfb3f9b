"""How a job stands, from what it wrote itself and from what its place says of it, in this order."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from rompy.core.record_file import RecordError
from rompy.errors import WorkspaceError
from rompy.jobs import supervise
from rompy.jobs.heartbeat import read_heartbeat
from rompy.jobs.record import Attempt, JobRecord
from rompy.jobs.result import RunResult, damage_of_result, parse_time, read_result
from rompy.jobs.state import JobState
from rompy.jobs.status import recorded_end, running
from rompy.jobs.store import note_in_index
from rompy.run.job import Job
from rompy.run.recording import record_end

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
            status = _without_news(job, attempt, f"{attempt.backend} does not answer: {silence}")
        except RecordError as error:
            status = _without_news(job, attempt, f"{attempt.backend} cannot be asked: {error}")
        else:
            status = _from_files(job, attempt)  # it may have ended meanwhile
            if status is None:  # a failure counts as false
                status = _by_word(job, attempt, word)
    damage = damage_of_result(job.place) if status.state.is_final else None
    notes = status.notes if damage is None else (*status.notes, damage)
    return replace(status, backend=attempt.backend, submitted=parse_time(attempt.submitted), notes=notes)


def _from_files(job: Job, attempt: Attempt) -> RunResult | None:
    result = read_result(job.workspace, attempt=attempt.number)
    if result is not None:
        note_end(job, result)
        return result
    recorded = recorded_end(job.place, attempt)
    if recorded is not None:
        stopped = _stopped(job, attempt)
        if stopped is None or stopped.reason not in recorded.reason:
            return recorded
        return replace(stopped, state=recorded.state, reason=recorded.reason)
    heartbeat = read_heartbeat(job.workspace, attempt=attempt.number)
    if heartbeat is None or not heartbeat.is_alive:
        return None
    return running(job.workspace, heartbeat, attempt=attempt.number)


def _by_word(job: Job, attempt: Attempt, word: Word | None) -> RunResult:
    if word is not None and not word.state.is_final:
        _forget_gone(job, attempt)
        return _as_told(job, word)
    now = datetime.now(timezone.utc)
    told = word.ended if word is not None else None
    # A place whose clock is ahead of ours cannot tell how long ago it was.
    since = told if told is not None and told <= now else _gone_since(job, attempt)
    waited = max(0.0, (now - since).total_seconds())
    stopped = _stopped(job, attempt)
    if stopped is not None and word is not None and _began_anew(word, stopped):
        stopped = None
    if stopped is None and waited < attempt.patience_s and not (word is not None and word.certain):
        state = JobState.running if JobState(attempt.state) is JobState.running else JobState.pending
        last = word or Word(state)
        reason = "its place says that it has ended; waiting for its result to be seen"
        return replace(_as_told(job, replace(last, state=state)), reason=reason)
    status = _verdict(job, attempt, word) if stopped is None else _why_stopped(stopped, word)
    note_end(job, status)
    return status


def _stopped(job: Job, attempt: Attempt) -> RunResult | None:
    """What a job wrote that was stopped by a signal, and knows neither why nor whether it will be started again."""
    return read_result(
        job.workspace, attempt=attempt.number, path=job.place.hidden / Path(supervise.INTERRUPTED).name
    )


def _began_anew(word: Word, stopped: RunResult) -> bool:
    """Whether the job was started once more after it had been stopped."""
    return word.started is not None and stopped.ended is not None and word.started >= stopped.ended


def _why_stopped(stopped: RunResult, word: Word | None) -> RunResult:
    """The end of such a job that is not started again: its place knows why it was stopped."""
    if word is None:
        return stopped
    reason, state = f"{word.reason}; {stopped.reason}", stopped.state
    if word.state is JobState.timeout:
        state = JobState.timeout
    elif word.state is JobState.lost:  # its node failed, but it could still say how it ended
        state = JobState.failed
    return replace(stopped, state=state, reason=reason, native_state=word.native_state)


def _verdict(job: Job, attempt: Attempt, word: Word | None) -> RunResult:
    heartbeat = read_heartbeat(job.workspace, attempt=attempt.number)
    unknown = "how the model ended is not known"
    if word is None:
        reason = f"{attempt.backend} does not know it any more, and it left no result; {unknown}"
        word = Word(JobState.lost, reason)
        if heartbeat is None and attempt.native_id is None:
            word = replace(
                word, reason="the client ended before the job was handed over; nothing was started"
            )
        elif heartbeat is None and job.place.cancel.exists():
            # Grid Engine forgets at once what is taken out of its queue. Had it started, there would be a heartbeat.
            word = Word(JobState.cancelled, "taken out of the queue before it was started")
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
        notes=(why,),
    )


def _gone_since(job: Job, attempt: Attempt) -> datetime:
    known = parse_time(attempt.gone_since)
    now = datetime.now(timezone.utc)
    if known is not None and known <= now:  # later than now: the clock has been set back meanwhile
        return known

    def note(attempt: Attempt) -> None:
        attempt.gone_since = now.isoformat()

    _change(job, note)
    return now


def _forget_gone(job: Job, attempt: Attempt) -> None:
    if attempt.gone_since is not None:
        _change(job, lambda attempt: setattr(attempt, "gone_since", None))


def note_end(job: Job, status: RunResult) -> None:
    """Write the end of a job into its record and into the manifest, once."""
    attempt = job.record
    is_new = JobState(attempt.state) is not status.state
    if is_new:
        try:
            with JobRecord.changing(job.place) as record:
                if record is None or record.last is None or record.last.number != job.attempt:
                    return
                record.close(status)
            note_in_index(job.place)
        except OSError as error:
            logger.warning("the record of the run could not be written: %s", error)
    record_end(job.place, attempt, status, is_new=is_new)


def _change(job: Job, change: Callable[[Attempt], None]) -> None:
    try:
        with JobRecord.changing(job.place) as record:
            if record is not None and record.last is not None and record.last.number == job.attempt:
                change(record.last)
    except OSError as error:
        logger.warning("the record of the run could not be written: %s", error)
