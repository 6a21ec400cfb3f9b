"""The processes of a run that share a mesh."""

import os
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from rompy_anuga.driver.shallow_water.ranks import Ranks


@pytest.fixture
def pipe(monkeypatch):
    """The end of a pipe to read from, while the other one is stderr; it is closed by the test."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        yield reading


def test_an_abort_comes_after_the_reason_was_read(pipe):
    events = []

    def read_late():
        time.sleep(0.2)
        events.append(os.read(pipe, 100))
        os.close(pipe)

    reader = threading.Thread(target=read_late)
    reader.start()
    print("run_case: the model blew up", file=sys.stderr)
    two = SimpleNamespace(Get_size=lambda: 2, Get_rank=lambda: 1, Abort=events.append)
    Ranks(two).abort(1)
    reader.join()
    assert events == [b"run_case: the model blew up\n", 1]


def test_a_process_that_is_alone_is_not_aborted():
    alone = SimpleNamespace(Get_size=lambda: 1, Get_rank=lambda: 0)
    Ranks(alone).abort(1)
