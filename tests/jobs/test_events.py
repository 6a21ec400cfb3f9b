import logging
import threading

import pytest

from rompy.jobs.events import LogLine, StageStarted, emit, is_heard, listening


def test_listeners_are_told_inside_their_block_only():
    seen = []
    emit(StageStarted("before"))
    assert not is_heard()
    with listening(seen.append):
        assert is_heard()
        emit(StageStarted("run"))
    emit(StageStarted("after"))
    assert seen == [StageStarted("run")]


def test_blocks_nest():
    outer, inner = [], []
    with listening(outer.append), listening(None), listening(inner.append):
        emit(LogLine("stdout", "x"))
    assert outer == inner == [LogLine("stdout", "x")]


def test_a_failing_listener_is_dropped_and_logged_once(caplog):
    seen = []

    def fails(event):
        raise RuntimeError("broken progress bar")

    with caplog.at_level(logging.ERROR), listening(fails), listening(seen.append):
        emit(StageStarted("a"))
        emit(StageStarted("b"))
    assert len(seen) == 2
    assert len(caplog.records) == 1


def test_an_interrupt_passes():
    def interrupts(event):
        raise KeyboardInterrupt

    with listening(interrupts), pytest.raises(KeyboardInterrupt):
        emit(StageStarted("a"))


def test_other_threads_do_not_hear():
    seen = []
    with listening(seen.append):
        thread = threading.Thread(target=emit, args=(StageStarted("a"),))
        thread.start()
        thread.join()
    assert seen == []
