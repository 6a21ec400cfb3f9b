import os
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rompy.errors import ConfigError
from rompy.templating import (
    TemplateContext,
    TemplateError,
    apply_filter,
    apply_filters,
    escape,
    parse_datetime,
    render_string,
    render_templates,
    shift_datetime,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("0", 0),
        ("-12", -12),
        ("1234567", 1234567),
        ("0001", "0001"),
        ("+1", "+1"),
        ("20230101", "20230101"),
        ("2023010106", "2023010106"),
        ("1_000", "1_000"),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        ("-.5", -0.5),
        ("00.5", "00.5"),
        ("nan", "nan"),
        ("1.2.3", "1.2.3"),
        ("true", True),
        ("Yes", True),
        ("FALSE", False),
        ("no", False),
        ("none", "none"),
        ("", ""),
        ("a b", "a b"),
        ("٣", "٣"),
    ],
)
def test_the_type_of_a_lone_expression(text, value):
    for result in (render_string("${X}", {"X": text}), render_string(f"${{Y:-{text}}}", {})):
        assert result == value
        assert type(result) is type(value)


def test_inside_a_text_values_are_text():
    assert render_string("run_${N}_${T}", {"N": "1", "T": "yes"}) == "run_1_yes"


def test_values_that_are_no_text_are_kept():
    assert render_string("${N}", {"N": 7.5}) == 7.5
    assert render_string("n=${N}", {"N": 7.5}) == "n=7.5"


def test_the_environment_is_the_default_context(monkeypatch):
    monkeypatch.setenv("ROMPY_TEST_CYCLE", "20230201")
    assert render_string("${ROMPY_TEST_CYCLE}") == "20230201"
    assert TemplateContext()["ROMPY_TEST_CYCLE"] == "20230201"
    assert len(TemplateContext()) == len(os.environ)
    assert render_string("${A}", TemplateContext({"A": "x"})) == "x"


@pytest.mark.parametrize(("context", "value"), [({}, "d"), ({"A": ""}, "d"), ({"A": "x"}, "x")])
def test_a_default_stands_in_for_unset_and_empty(context, value):
    assert render_string("${A:-d}", context) == value


def test_a_default_may_contain_colons_and_be_empty():
    assert render_string("${A:-s3://b/k}", {}) == "s3://b/k"
    assert render_string("x${A:-}", {}) == "x"


def test_an_unset_variable_is_an_error_that_says_what_to_do():
    with pytest.raises(TemplateError, match="the variable CYCLE is not set") as caught:
        render_string("run_${CYCLE}", {})
    assert "${CYCLE:-...}" in caught.value.hint
    assert isinstance(caught.value, ConfigError)


def test_not_strict_leaves_what_it_cannot_resolve():
    assert render_string("${A}/${B}/${C%.*}", {"B": "b"}, strict=False) == "${A}/b/${C%.*}"


def test_the_error_says_where_in_the_data():
    with pytest.raises(TemplateError) as caught:
        render_templates({"config": {"files": ["a", "${NOPE}"]}}, {})
    assert caught.value.field == "config.files.1"


@pytest.mark.parametrize("text", ["${}", "${A", "${1A}", "${A:b}", "${A%.*}", "${A-b}"])
def test_what_looks_like_an_expression_but_is_none_is_an_error(text):
    with pytest.raises(TemplateError, match="cannot make sense of"):
        render_string(text, {"A": "x"})


def test_two_dollars_stand_for_one():
    assert render_string("echo $${HOME} ${A} $${X%.*}", {"A": "x"}) == "echo ${HOME} x ${X%.*}"
    assert render_string("$A costs $5", {}) == "$A costs $5"


@given(st.text(alphabet="${}:-|aA1", max_size=20))
def test_escaped_text_comes_back_as_it_was(text):
    if "$${" not in text:
        assert render_string(escape(text), {}) == text


def test_escaping_reaches_into_data():
    data = {"a": ["${X}", 1], "b": ("${Y}",)}
    assert render_templates(escape(data), {}) == data


def test_filters_make_times():
    assert render_string("${C|as_datetime}", {"C": "20230201"}) == datetime(2023, 2, 1)
    assert render_string("${C|as_datetime:%d.%m.%Y}", {"C": "01.02.2023"}) == datetime(2023, 2, 1)
    assert (
        render_string("${C|as_datetime|shift:-6h|strftime:%Y%m%dT%H:%M}", {"C": "2023020100"})
        == "20230131T18:00"
    )
    assert render_string("${C:-20230201|as_datetime|shift:+1d}", {}) == datetime(2023, 2, 2)
    assert render_string("from ${C|as_datetime}", {"C": "20230201"}) == "from 2023-02-01T00:00:00"


def test_the_result_of_strftime_stays_text():
    assert render_string("${C|strftime:%Y}", {"C": "20230201"}) == "2023"


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-01T06:00:00",
        "2023-02-01 06:00",
        "2023020106",
        "20230201.060000",
        "20230201T06",
        "2023-02-01T06",
    ],
)
def test_times_in_many_forms(text):
    assert parse_datetime(text) == datetime(2023, 2, 1, 6)


def test_times_with_a_zone_become_utc():
    assert parse_datetime("2023-02-01T06:00:00Z") == datetime(2023, 2, 1, 6, tzinfo=timezone.utc)
    assert parse_datetime("2023-02-01T06:00:00+06:00") == datetime(2023, 2, 1, tzinfo=timezone.utc)
    assert parse_datetime(datetime(2023, 2, 1)) == datetime(2023, 2, 1)


@pytest.mark.parametrize("text", ["", "tomorrow", "2023011", "20230230", "2023-13-01"])
def test_what_is_no_time_is_an_error(text):
    with pytest.raises(TemplateError, match="is not a time"):
        parse_datetime(text)


def test_shifts():
    assert shift_datetime("20230201", "90s") == datetime(2023, 2, 1, 0, 1, 30)
    assert shift_datetime("20230201", "-30m") == datetime(2023, 1, 31, 23, 30)
    with pytest.raises(TemplateError, match="cannot shift by '3 weeks'"):
        shift_datetime("20230201", "3 weeks")
    with pytest.raises(TemplateError, match="leaves the calendar"):
        shift_datetime("20230201", "99999999d")


def test_an_unknown_filter_names_the_known_ones():
    with pytest.raises(TemplateError) as caught:
        apply_filter("x", "upper")
    assert "as_datetime, strftime, shift" in caught.value.hint
    assert apply_filters("20230201", "as_datetime|shift:1d") == datetime(2023, 2, 2)


def test_a_filter_without_its_argument_is_an_error():
    with pytest.raises(TemplateError, match="strftime needs a format"):
        render_string("${A|strftime}", {"A": "20230201"})


def test_data_are_copied_and_keys_left_alone():
    data = {"${A}": "${A}", "n": 1, "t": ("${A}",)}
    assert render_templates(data, {"A": "x"}) == {"${A}": "x", "n": 1, "t": ("x",)}
    assert data["n"] == 1
    assert data["${A}"] == "${A}"
