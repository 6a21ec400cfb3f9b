import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rompy.printable import in_one_line, printable, to_json


def test_what_acts_on_a_terminal_is_written_as_an_escape():
    assert printable("a\x1b[2Jb\x07\x9b\r\u202ec") == r"a\x1b[2Jb\x07\x9b\r\u202ec"
    assert printable("bytes of a name: \udce9") == r"bytes of a name: \udce9"
    assert printable("é 水 a\tb\nc") == "é 水 a\tb\nc"


def test_colours_of_ours_are_kept_where_they_may_be():
    assert printable("\x1b[31mError\x1b[0m\x1b[2J", coloured=True) == "\x1b[31mError\x1b[0m\\x1b[2J"


def test_a_name_cannot_pass_for_several_lines():
    assert in_one_line("x\nrun: verified\t!") == r"x\nrun: verified\t!"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1.0, float("-inf")], {"a": (float("nan"),)}])
def test_what_is_no_number_is_null_in_json(value):
    def fail(name):
        raise AssertionError(name)

    assert "null" in to_json(value)
    json.loads(to_json(value), parse_constant=fail)


@given(st.dictionaries(st.text(st.characters()), st.text(st.characters(categories=None)) | st.integers()))
def test_json_is_read_back_as_it_was_and_can_always_be_printed(values):
    text = to_json(values)
    assert json.loads(text) == values
    text.encode("utf-8")
    assert text == printable(text)
