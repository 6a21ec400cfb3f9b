"""Files appear whole or not at all."""

import json
import os

import pytest

from rompy.core import atomic


def test_a_failed_write_leaves_the_old_file_and_no_traces(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), atomic.replacing(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_an_error_names_the_file_and_not_a_temporary_one(tmp_path):
    target = tmp_path / "nowhere" / "map.png"
    for write in (atomic.write_bytes, lambda path, data: atomic.replacing(path).__enter__()):
        with pytest.raises(FileNotFoundError) as failed:
            write(target, b"")
        assert failed.value.filename == str(target)


def test_the_file_has_ordinary_permissions(tmp_path):
    (tmp_path / "plain").touch()
    atomic.write_text(tmp_path / "a", "x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_is_replaced_and_its_target_left_alone(tmp_path):
    source = tmp_path / "source"
    source.write_text("keep")
    link = tmp_path / "link"
    link.symlink_to(source)
    atomic.write_text(link, "new")
    assert source.read_text() == "keep"
    assert link.read_text() == "new"


def test_json_has_one_layout_whatever_the_order_of_keys(tmp_path):
    atomic.write_json(tmp_path / "a", {"b": 1, "a": "é"})
    atomic.write_json(tmp_path / "b", {"a": "é", "b": 1})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert json.loads((tmp_path / "a").read_text("utf-8")) == {"a": "é", "b": 1}
