import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rompy.jobs.last_lines import lines_of
from rompy.jobs.tail import CHUNK


@given(lines=st.lists(st.text("ab\n", max_size=5), max_size=50), count=st.integers(0, 60), end=st.booleans())
@settings(max_examples=50, deadline=None)
def test_the_last_lines_are_those_of_the_whole(tmp_path_factory, lines, count, end):
    path = tmp_path_factory.mktemp("log") / "log"
    path.write_text("\n".join(lines) + ("\n" if end else ""))
    assert list(lines_of(path, count)) == (list(lines_of(path))[-count:] if count else [])


def test_lines_longer_than_what_is_read_at_once(tmp_path):
    path = tmp_path / "log"
    path.write_text("first\n" + "x" * 8000 + "\n" + "y" * 3 * CHUNK + "\nlast\n")
    assert list(lines_of(path, 1)) == ["last"]
    assert next(lines_of(path, 100)) == "first"


def test_a_log_of_many_gigabytes_takes_no_longer(tmp_path):
    path = tmp_path / "log"
    with path.open("wb") as file:
        file.seek(20 << 30)  # takes no room on the disk
        file.write(b"\nlast\n")
    if os.stat(path).st_blocks > 1 << 20:
        pytest.skip("this file system has no sparse files")
    began = time.process_time()
    assert list(lines_of(path, 1)) == ["last"]
    assert time.process_time() - began < 1


def test_a_log_that_is_not_there_has_no_lines(tmp_path):
    assert list(lines_of(tmp_path / "none", 3)) == []
    assert list(lines_of(tmp_path / "none")) == []
