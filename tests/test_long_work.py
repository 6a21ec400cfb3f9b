"""Long work tells how far it has come, and ends when it shall."""

import threading

import pytest

from rompy import long_work
from rompy.digest import digests_of
from rompy.digest import files as reading
from rompy.long_work import Stopped, listening_to_work, working


@pytest.fixture
def told(monkeypatch):
    monkeypatch.setattr(long_work, "PACE", 0.0)
    told = []
    with listening_to_work(lambda work: told.append((work.what, work.done, work.total, work.is_over))):
        yield told


def test_a_listener_is_told_of_each_step_and_of_the_end(told):
    with working("reading", 3) as work:
        work.advance(1)
        work.advance(2)
    assert told == [("reading", 1, 3, False), ("reading", 3, 3, False), ("reading", 3, 3, True)]


def test_nobody_is_told_too_often(told, monkeypatch):
    monkeypatch.setattr(long_work, "PACE", 60.0)
    with working("reading", 3) as work:
        work.advance(1)
    assert [over for *_, over in told] == [True]


def test_it_ends_when_it_is_stopped(told):
    stop = threading.Event()
    with pytest.raises(Stopped), working("reading", 3, stop=stop) as work:
        work.advance(1)
        stop.set()
        work.advance(1)
    assert told[-1] == ("reading", 1, 3, True)


def test_digests_tell_how_many_bytes_were_read(told, tmp_path):
    for name in "abc":
        (tmp_path / name).write_bytes(b"x" * 1000)
    digests_of([tmp_path / name for name in "abc"])
    assert told[-1] == ("reading files", 3000, 3000, True)


def test_all_threads_end_when_one_fails(tmp_path, monkeypatch):
    paths = [tmp_path / str(number) for number in range(20)]
    for path in paths:
        path.write_bytes(b"x")
    read = []

    def fails(path, kind, work):
        read.append(path)
        work.advance(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(reading, "_read", fails)
    with pytest.raises(KeyboardInterrupt):
        digests_of(paths, workers=2)
    assert len(read) < 20
