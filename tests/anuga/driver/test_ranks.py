"""The processes of a run that share a mesh."""

import os
import sys
import threading
import time
from types import SimpleNamespace

from rompy_anuga.driver.shallow_water.ranks import Ranks


def test_an_abort_comes_after_the_reason_was_read(monkeypatch):
    reading, writing = os.pipe()
    os.write(writing, b"run_case: the model blew up\n")
    events = []

    def read_late():
        time.sleep(0.2)
        events.append(os.read(reading, 100))

    two = SimpleNamespace(Get_size=lambda: 2, Get_rank=lambda: 1, Abort=events.append)
    reader = threading.Thread(target=read_late)
    reader.start()
    with os.fdopen(reading), os.fdopen(writing, "w") as stderr, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stderr)
        Ranks(two).abort(1)
        reader.join()
    assert events == [b"run_case: the model blew up\n", 1]


def test_a_process_that_is_alone_is_not_aborted():
    alone = SimpleNamespace(Get_size=lambda: 1, Get_rank=lambda: 0)
    Ranks(alone).abort(1)
