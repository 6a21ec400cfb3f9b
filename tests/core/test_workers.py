"""Independent things are done at once within a bound, and come out as if they had been done one after the other."""

import threading
from contextvars import ContextVar

import pytest

from rompy.core.workers import DEFAULT, _Failures, at_once, worker_count
from rompy.errors import ConfigError, DataError
from rompy.fetch.turns import while_waiting

context = ContextVar("context", default="none")


@pytest.fixture(autouse=True)
def _unset(monkeypatch):
    monkeypatch.delenv("ROMPY_WORKERS", raising=False)


@pytest.mark.parametrize("workers", [1, 3, 100])
def test_results_are_in_the_order_of_the_tasks(workers):
    first_may_end = threading.Event()

    def first():
        with while_waiting():
            assert workers == 1 or first_may_end.wait(120)
        return 0

    def last():
        first_may_end.set()
        return 2

    assert at_once([first, lambda: 1, last], workers) == [0, 1, 2]


def test_no_more_are_under_way_than_allowed(monkeypatch):
    monkeypatch.setenv("ROMPY_WORKERS", "3")
    running, most, lock, all_in = 0, [0], threading.Lock(), threading.Barrier(3)

    def work():
        nonlocal running
        with while_waiting():
            with lock:
                running += 1
                most[0] = max(most[0], running)
            all_in.wait(120)  # passes only when three are in at once
            with lock:
                running -= 1

    at_once([work] * 9)
    assert most == [3]


@pytest.mark.parametrize("workers", [1, 2])
def test_after_a_failure_nothing_more_is_begun_and_what_runs_is_waited_for(workers):
    done, failed = [], threading.Event()

    def slow():
        with while_waiting():
            assert workers == 1 or failed.wait(120)
        done.append("slow")

    def fail():
        failed.set()
        raise DataError("broken")

    with pytest.raises(DataError, match="broken"):
        at_once([slow, fail, *[lambda: done.append("later")] * 50], workers)
    assert done[0] == "slow" or workers == 2
    assert "slow" in done
    assert done.count("later") < 50


def test_of_several_failures_the_first_in_order_is_raised():
    both = threading.Barrier(2)

    def fail(text):
        with while_waiting():
            both.wait(120)
        raise DataError(text)

    with pytest.raises(DataError, match="one"):
        at_once([lambda: fail("one"), lambda: fail("two")], 2)


def test_tasks_see_the_context_and_what_they_start_stays_within_the_bound():
    context.set("run")
    names = at_once([lambda: at_once([lambda: (context.get(), threading.get_ident())] * 3, 3)] * 2, 2)
    assert {text for inner in names for text, _ in inner} == {"run"}
    assert all(len({ident for _, ident in inner}) == 1 for inner in names)


def test_one_works_at_a_time_unless_it_waits_for_servers():
    working, most = [], []

    def work(n):
        for _ in range(50):
            working.append(n)
            most.append(len(working))
            working.remove(n)
            with while_waiting():
                pass

    at_once([lambda n=n: work(n) for n in range(4)], 4)
    assert set(most) == {1}


def test_the_bound_is_the_users(monkeypatch):
    assert worker_count() == DEFAULT
    monkeypatch.setenv("ROMPY_WORKERS", "7")
    assert worker_count() == 7
    for nonsense in ("0", "-1", "many", "1.5"):
        monkeypatch.setenv("ROMPY_WORKERS", nonsense)
        with pytest.raises(ConfigError, match="ROMPY_WORKERS"):
            at_once([int, int])


def test_nothing_to_do_is_done():
    assert at_once([]) == []


def test_tasks_before_one_that_has_failed_are_still_begun():
    failures = _Failures()
    failures.add(3)
    assert [failures.come_before(number) for number in (2, 3, 4)] == [False, False, True]
    failures.add(1)
    assert failures.come_before(2)
