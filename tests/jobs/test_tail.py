from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rompy.jobs.tail import LONGEST, LogTail


def test_only_new_and_complete_lines_are_told(tmp_path):
    path = tmp_path / "log"
    tail = LogTail(path)
    assert list(tail.lines()) == []
    path.write_text("one\ntwo\nthr")
    assert list(tail.lines()) == ["one", "two"]
    with path.open("a") as file:
        file.write("ee\n\nfour")
    assert list(tail.lines()) == ["three", ""]
    assert list(tail.lines(final=True)) == ["four"]
    assert list(tail.lines(final=True)) == []


def test_a_carriage_return_ends_a_line_too(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"10 %\r20 %\r30 %\r\ndone\r\n")
    assert list(LogTail(path).lines(final=True)) == ["10 %", "20 %", "30 %", "done"]


def test_binary_garbage_is_decoded_somehow(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"\xff\xfe\x00abc\n" + "größe\n".encode())
    assert list(LogTail(path).lines()) == ["��\0abc", "größe"]


def test_a_line_without_end_is_cut(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"x" * (3 * LONGEST + 5) + b"\nnext\n")
    lines = list(LogTail(path).lines())
    assert max(map(len, lines)) == LONGEST
    assert "".join(lines[:-1]) == "x" * (3 * LONGEST + 5)
    assert lines[-1] == "next"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pieces=st.lists(st.text(alphabet="ab\r\n", max_size=6), max_size=12))
def test_how_the_output_arrives_does_not_matter(tmp_path_factory, pieces):
    path = tmp_path_factory.mktemp("tail") / "log"
    tail, lines = LogTail(path), []
    with path.open("w", newline="") as file:
        for piece in pieces:
            file.write(piece)
            file.flush()
            lines += tail.lines()
    lines += tail.lines(final=True)
    whole = "".join(pieces).replace("\r\n", "\n").replace("\r", "\n")
    assert lines == whole.split("\n")[: -1 if whole.endswith("\n") or not whole else None]
