import copy
import logging
import pickle

import pytest

from rompy.logging import BoxStyle, LoggingConfig, RompyLogger, formatter, get_logger


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO)
    return lambda: [record.getMessage() for record in caplog.records]


def test_it_is_the_standard_logger_of_that_name():
    assert get_logger("rompy.model") is logging.getLogger("rompy.model")
    assert get_logger() is logging.getLogger("rompy")
    assert isinstance(get_logger("rompy.model"), RompyLogger)


def test_the_logger_class_of_the_process_stays():
    get_logger("rompy.y")
    assert logging.getLoggerClass() is logging.Logger
    assert type(logging.getLogger("somebody.y")) is logging.Logger


def test_a_logger_class_of_the_application_keeps_its_methods():
    class Theirs(logging.Logger):
        def shout(self):
            return "!"

    logging.setLoggerClass(Theirs)
    try:
        logger = get_logger("rompy.shouting")
    finally:
        logging.setLoggerClass(logging.Logger)
    assert logger.shout() == "!"
    assert callable(logger.bullet_list)


def test_loggers_can_be_copied_and_pickled():
    logger = get_logger("rompy.z")
    assert pickle.loads(pickle.dumps(logger)) is logger
    assert copy.copy(logger) is logger


def test_bullet_list_logs_one_record_an_item(lines):
    get_logger("rompy.a").bullet_list(["wind", 100], indent=2)
    assert lines() == ["  • wind", "  • 100"]


def test_a_percent_sign_in_an_item_is_just_that(lines):
    get_logger("rompy.a").bullet_list(["50 %s"])
    assert lines() == ["  • 50 %s"]


def test_success_takes_arguments(lines):
    get_logger("rompy.a").success("wrote %d files", 3)
    assert lines() == ["✓ wrote 3 files"]


def test_boxes_are_closed_all_round(lines):
    get_logger("rompy.a").box("one\ntwo", title="Title", style=BoxStyle.ROUNDED)
    rows = lines()
    assert len({len(row) for row in rows}) == 1
    assert rows[0][0] + rows[0][-1] + rows[-1][0] + rows[-1][-1] == "╭╮╰╯"
    assert [row.strip("│ ") for row in rows if "│" in row] == ["Title", "one", "two"]


def test_boxes_widen_for_long_lines():
    rows = formatter.box("x" * 200).splitlines()
    assert {len(row) for row in rows} == {204}


def test_ascii_boxes_are_ascii():
    LoggingConfig(use_ascii=True)
    text = formatter.box("wind", "Title", BoxStyle.DOUBLE) + formatter.status_box("done", "success")
    assert text.isascii()
    assert "[OK] done" in text


def test_an_unknown_status_is_refused():
    with pytest.raises(ValueError, match="no status 'rule'"):
        formatter.status_box("x", "rule")


def test_the_old_name_of_warning_works_without_a_deprecation(caplog):
    get_logger("rompy.a").warn("wind %s", "drops")
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [("WARNING", "wind drops")]


def test_records_name_the_function_that_logged(caplog):
    caplog.set_level(logging.INFO)
    logger = get_logger("rompy.a")
    logger.success("x")
    logger.warn("x")
    logger.box("x")
    assert {record.funcName for record in caplog.records} == {"test_records_name_the_function_that_logged"}


def test_exceptions_are_logged_with_their_traceback(caplog):
    try:
        raise ValueError("no wind")
    except ValueError:
        get_logger("rompy.a").error("failed", exc_info=True)
    assert "ValueError: no wind" in caplog.text
