import contextvars
import logging
import threading

import pytest

from rompy.logging import configure_logging, get_logger, run_log


def messages(path):
    return [line.split(": ", 1)[1] for line in path.read_text().splitlines()]


def test_it_keeps_what_was_logged_in_the_block(tmp_path):
    logger = logging.getLogger("rompy.model")
    path = tmp_path / ".rompy" / "rompy.log"
    logger.info("before")
    with run_log(path):
        logger.info("generated %d files", 3)
        logger.debug("detail")
        logging.getLogger("rompy_anuga.config").warning("shallow")
        logging.getLogger("somebody.else").warning("not ours")
    logger.info("after")
    assert messages(path) == ["generated 3 files", "shallow"]


def test_lines_carry_time_level_and_name(tmp_path):
    with run_log(tmp_path / "log"):
        logging.getLogger("rompy.model").info("x")
    assert (tmp_path / "log").read_text()[19:] == " [INFO] rompy.model: x\n"


def test_a_second_phase_is_appended(tmp_path):
    for phase in ("generate", "run"):
        with run_log(tmp_path / "log"):
            logging.getLogger("rompy.model").info(phase)
    assert messages(tmp_path / "log") == ["generate", "run"]


def test_the_application_sees_no_more_than_without_it(tmp_path):
    seen = []

    class Theirs(logging.Handler):
        def emit(self, record):
            seen.append(record.getMessage())

    theirs = Theirs()
    logging.getLogger().addHandler(theirs)
    try:
        with run_log(tmp_path / "log"):
            logging.getLogger("rompy.model").info("for the file")
            logging.getLogger("rompy.model").warning("for both")
    finally:
        logging.getLogger().removeHandler(theirs)
    assert seen == ["for both"]
    assert messages(tmp_path / "log") == ["for the file", "for both"]


def test_a_level_set_for_one_logger_still_counts(tmp_path, caplog):
    with caplog.at_level(logging.DEBUG, logger="rompy.model"), run_log(tmp_path / "log"):
        logging.getLogger("rompy.model").debug("wanted")
        logging.getLogger("rompy.core").info("not wanted")
    assert caplog.messages == ["wanted"]


def test_the_console_keeps_its_own_level(tmp_path, capsys):
    configure_logging(level="warning", format="simple")
    with run_log(tmp_path / "log"):
        logging.getLogger("rompy.model").info("quiet")
    assert capsys.readouterr().err == ""
    assert messages(tmp_path / "log") == ["quiet"]


def test_details_reach_the_file_when_they_are_asked_for(tmp_path):
    configure_logging(level="debug")
    with run_log(tmp_path / "log"):
        logging.getLogger("rompy.model").debug("detail")
    assert messages(tmp_path / "log") == ["detail"]


def test_everything_is_as_it_was_afterwards(tmp_path):
    logger = logging.getLogger("rompy")
    before = logger.level, logger.propagate, logger.handlers[:]
    with pytest.raises(ValueError, match="x"), run_log(tmp_path / "log"):
        raise ValueError("x")
    assert (logger.level, logger.propagate, logger.handlers[:]) == before


def test_a_plugin_imported_meanwhile_is_heard(tmp_path):
    with run_log(tmp_path / "log"):
        get_logger("rompy_late.config").info("here")
    assert messages(tmp_path / "log") == ["here"]
    assert logging.getLogger("rompy_late").propagate


def test_runs_in_several_threads_keep_their_logs_apart(tmp_path):
    barrier = threading.Barrier(2)

    def one(name):
        with run_log(tmp_path / name):
            barrier.wait(120)
            logging.getLogger("rompy.model").info(name)
            barrier.wait(120)

    threads = [threading.Thread(target=one, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (messages(tmp_path / "a"), messages(tmp_path / "b")) == (["a"], ["b"])
    assert logging.getLogger("rompy").level == logging.NOTSET


def test_a_helper_thread_of_the_only_run_is_heard(tmp_path):
    with run_log(tmp_path / "log"):
        context = contextvars.Context()
        thread = threading.Thread(target=context.run, args=(logging.getLogger("rompy.jobs").info, "tail"))
        thread.start()
        thread.join()
    assert messages(tmp_path / "log") == ["tail"]


def test_an_inner_log_takes_over_from_an_outer_one(tmp_path):
    with run_log(tmp_path / "outer"):
        with run_log(tmp_path / "inner"):
            logging.getLogger("rompy.model").info("in")
        logging.getLogger("rompy.model").info("out")
    assert messages(tmp_path / "inner") == ["in"]
    assert messages(tmp_path / "outer") == ["out"]


def test_a_file_that_cannot_be_opened_costs_a_warning(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with run_log(tmp_path / "file" / "rompy.log"):
        logging.getLogger("rompy.model").warning("goes on")
    assert "no log is kept of this run" in caplog.text
    assert "goes on" in caplog.text
