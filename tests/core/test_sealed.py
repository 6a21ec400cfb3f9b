"""A record bears a digest of itself."""

import json

import pytest

from rompy.core.sealed import SEAL, is_intact, sealed, write_sealed


def test_a_record_is_intact_after_writing_and_reading(tmp_path):
    write_sealed(tmp_path / "x.json", {"b": 1.5, "a": ["ü", None, True]})
    assert is_intact(json.loads((tmp_path / "x.json").read_text()))


def test_layout_and_order_of_the_text_do_not_matter():
    values = json.loads(json.dumps(dict(reversed(sealed({"a": 1, "b": {"c": 2}}).items())), indent=7))
    assert is_intact(values)


@pytest.mark.parametrize("change", [{"a": 2}, {"c": 1}, {SEAL: "0" * 64}, {SEAL: None}])
def test_every_change_shows(change):
    assert not is_intact({**sealed({"a": 1}), **change})


def test_a_record_without_seal_is_not_intact():
    assert not is_intact({"a": 1})
