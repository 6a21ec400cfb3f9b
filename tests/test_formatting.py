import importlib
import logging
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rompy import formatting
from rompy.logging import LoggingConfig


@pytest.fixture(autouse=True)
def _defaults():
    LoggingConfig.reset()
    yield
    LoggingConfig.reset()


def test_a_header_with_title_has_three_lines_of_one_width():
    header, footer, bullet = formatting.get_formatted_header_footer("Wind")
    rule, title, second = header.split("\n")
    assert rule == second == footer
    assert len(rule) == 70
    assert title.strip() == "Wind"
    assert bullet == "•"


def test_a_header_without_title_is_a_rule():
    header, footer, _ = formatting.get_formatted_header_footer(width=10)
    assert header == footer
    assert len(header) == 10


def test_ascii_is_wider_and_plain():
    header, footer, bullet = formatting.get_formatted_header_footer("Wind", use_ascii=True)
    assert (header + footer).isascii()
    assert len(footer) == 72
    assert bullet == "*"


def test_ascii_is_taken_from_the_configuration():
    LoggingConfig(use_ascii=True)
    assert formatting.get_formatted_box("Wind").isascii()
    assert formatting.ARROW == ">"
    assert importlib.import_module("rompy.formatting").BULLET == "*"


def test_arrow_is_a_name_that_can_be_imported():
    from rompy.formatting import ARROW, BULLET

    assert (ARROW, BULLET) == ("→", "•")


def test_a_box_takes_a_title_as_its_only_argument():
    rows = formatting.get_formatted_box("Wind").split("\n")
    assert len(rows) == 3
    assert {len(row) for row in rows} == {70}
    assert "Wind" in rows[1]


def test_a_box_with_content_separates_it_from_the_title():
    rows = formatting.get_formatted_box("Wind", "10 m/s", width=20).split("\n")
    assert [row.strip("┃ ") for row in rows if "┃" in row] == ["Wind", "10 m/s"]
    assert len(rows) == 5


@pytest.mark.parametrize(("extra", "last"), [(True, ""), (False, "┗" + "━" * 68 + "┛")])
def test_log_box_logs_each_line(caplog, extra, last):
    caplog.set_level(logging.INFO)
    formatting.log_box(title="Wind", logger=logging.getLogger("anyone"), add_empty_line=extra)
    assert "Wind" in caplog.messages[1]
    assert caplog.messages[-1] == last
    assert {record.name for record in caplog.records} == {"anyone"}


def test_log_box_works_without_title_and_logger(caplog):
    caplog.set_level(logging.INFO)
    formatting.log_box(None)
    assert {record.name for record in caplog.records} == {"rompy"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Path("a/b"), "a/b"),
        (datetime(2023, 2, 1, 6), "2023-02-01 06:00:00"),
        (timedelta(days=2, hours=3), "2 days, 3 hours, 0 minutes"),
        (timedelta(hours=3, minutes=20), "3 hours, 20 minutes"),
        (timedelta(minutes=15), "15 minutes, 0 seconds"),
        (timedelta(seconds=5), "5 seconds"),
        (timedelta(hours=-1), "-1 hours, 0 minutes"),
        (3, None),
        ("text", None),
        (None, None),
    ],
)
def test_values_are_written_as_people_do(value, text):
    assert formatting.format_value(value) == text
