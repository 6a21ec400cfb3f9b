import os

import pytest

from rompy.core import json_file
from rompy.core.json_file import parsed, read_json


def test_a_file_is_read(tmp_path):
    (tmp_path / "a.json").write_text('{"a": [1, {"b": null}]}')
    assert read_json(tmp_path / "a.json") == {"a": [1, {"b": None}]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "Expecting value"),
        (b'{"a": 1', "Expecting"),
        (b'{"a": 1} x', "Extra data"),
        (b'"\xe9"', "decode"),
        (b'"\xed\xa0\x80"', "decode"),
        (rb'"\ud800"', "surrogates not allowed"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' is given twice"),
        (b"[" * 60 + b"]" * 60, "nested too deeply"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "nested too deeply"),
        (b"[" * 500_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_of_ours_is_refused_with_the_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        parsed(text)


def test_names_of_files_that_are_no_utf_8_are_read():
    assert os.fsencode(parsed(rb'"caf\udce9"')) == b"caf\xe9"
    assert parsed(rb'"\ud83d\ude00"') == "😀"


def test_more_than_any_of_ours_has_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(json_file, "LARGEST", 10)
    (tmp_path / "a.json").write_text('"0123456789"')
    with pytest.raises(ValueError, match="more than 10 bytes"):
        read_json(tmp_path / "a.json")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.json")
    with pytest.raises(OSError, match="no regular file"):
        read_json(tmp_path / "a.json")
