import os
from dataclasses import dataclass

import pytest

from rompy.core.record_file import RecordError, read_record


@dataclass
class Told:
    number: int
    age: float = 0.0


def read(path, **more):
    return read_record(path, Told, layout="told/1", **more)


def test_a_record_is_read_with_what_else_is_known(tmp_path):
    path = tmp_path / "told.json"
    assert read(path) is None
    assert read(path / "below") is None
    path.write_text('{"format": "told/1", "number": 1, "age": "much"}')
    assert read(path, age=2.0) == Told(1, 2.0)
    path.write_text('{"number": 1}')
    assert read(path) == Told(1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b'{"number": 1', "no JSON"),
        (b'{"number": 1, "number": 2}', "given twice"),
        (b"[1]", "no JSON object"),
        (b'{"number": {}}', "number: {} is no whole number"),
        (b'{"format": "told/2", "number": 1}', "of the layout 'told/2', and this rompy knows told/1"),
        (b'{"format": [], "number": 1}', "of the layout"),
    ],
)
def test_one_that_cannot_be_relied_on_is_refused_by_name_and_reason(tmp_path, content, reason):
    path = tmp_path / "told.json"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=reason) as caught:
        read(path)
    assert (caught.value.file, caught.value.exit_status) == (path, 6)


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "endless").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "astray").symlink_to("nowhere")
    for name in ("pipe", "folder", "endless", "loop", "astray"):
        with pytest.raises(RecordError):
            read(tmp_path / name)
