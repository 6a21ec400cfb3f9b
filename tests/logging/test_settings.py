import logging
import subprocess
import sys

import pytest

from rompy.logging import LogFormat, LoggingConfig, LogLevel, config, configure_logging, get_logger


def test_there_is_one_configuration():
    assert LoggingConfig() is LoggingConfig()
    assert config is LoggingConfig()


def test_asking_for_the_configuration_does_not_undo_an_update():
    config.update(level=LogLevel.DEBUG, format=LogFormat.SIMPLE)
    assert LoggingConfig().level is LogLevel.DEBUG
    assert LoggingConfig().format == "simple"


def test_keywords_set_fields():
    LoggingConfig(level="error", use_ascii="yes")
    assert config.level is LogLevel.ERROR
    assert config.use_ascii is True


def test_defaults():
    assert (config.level, config.format, config.log_dir, config.log_file, config.use_ascii) == (
        LogLevel.INFO,
        LogFormat.VERBOSE,
        None,
        "rompy.log",
        False,
    )
    assert config.log_file_path is None


@pytest.mark.parametrize("name", ["ROMPY_LOG_LEVEL", "ROMPY_LEVEL"])
def test_level_from_the_environment(monkeypatch, name):
    monkeypatch.setenv(name, "debug")
    LoggingConfig.reset()
    assert config.level is LogLevel.DEBUG


@pytest.mark.parametrize("name", ["ROMPY_LOG_FORMAT", "ROMPY_FORMAT"])
def test_format_from_the_environment(monkeypatch, name):
    monkeypatch.setenv(name, "simple")
    LoggingConfig.reset()
    assert config.format == "simple"


def test_settings_from_a_dot_env_file(tmp_path):
    (tmp_path / ".env").write_text("# mine\nexport ROMPY_USE_ASCII='true'\nROMPY_LOG_DIR=logs\nTOKEN=x\n")
    LoggingConfig.reset()
    assert config.use_ascii is True
    assert str(config.log_file_path) == "logs/rompy.log"


def test_a_misspelt_level_in_the_environment_costs_a_warning_only(monkeypatch, caplog):
    monkeypatch.setenv("ROMPY_LOG_LEVEL", "LOUD")
    LoggingConfig.reset()
    assert config.level is LogLevel.INFO
    assert "ROMPY_LOG_LEVEL is ignored: no log level 'LOUD': use one of DEBUG" in caplog.text


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="no log format 'loud': use one of simple, standard, verbose"):
        LoggingConfig(format="loud")
    with pytest.raises(TypeError, match="no field 'colour'"):
        config.update(colour=True)


def test_importing_and_reading_installs_nothing():
    before = logging.getLogger().handlers[:]
    assert config.level.number == logging.INFO
    assert logging.getLogger().handlers == before
    assert logging.getLogger("rompy").level == logging.NOTSET


def test_configuring_twice_installs_one_handler(capsys):
    configure_logging()
    configure_logging()
    get_logger("rompy.x").info("once")
    assert capsys.readouterr().err.count("once") == 1


def test_configuring_leaves_the_handlers_and_level_of_the_application_alone():
    root = logging.getLogger()
    theirs = logging.NullHandler()
    root.addHandler(theirs)
    try:
        level = root.level
        configure_logging(level="debug")
        assert theirs in root.handlers
        assert root.level == level
        assert logging.getLogger("somebody.else").getEffectiveLevel() == level
    finally:
        root.removeHandler(theirs)


def test_an_application_with_its_own_console_sees_each_line_once(capsys):
    theirs = logging.StreamHandler(sys.stderr)
    logging.getLogger().addHandler(theirs)
    try:
        configure_logging()
        get_logger("rompy.x").info("hello")
        assert capsys.readouterr().err.count("hello") == 1
    finally:
        logging.getLogger().removeHandler(theirs)


def test_a_log_folder_gets_a_file(tmp_path, capsys):
    configure_logging(log_dir=tmp_path / "logs", format="simple")
    get_logger("rompy.x").warning("wind is missing")
    line = (tmp_path / "logs" / "rompy.log").read_text()
    assert line.endswith("[WARNING] rompy.x: wind is missing\n")
    assert capsys.readouterr().err == "wind is missing\n"


def test_update_changes_the_installed_handlers(capsys):
    configure_logging(format="simple", level="warning")
    get_logger("rompy.x").info("hidden")
    config.update(level="info", format="standard")
    get_logger("rompy.x").info("shown")
    assert capsys.readouterr().err == "INFO: shown\n"


def test_verbose_lines_carry_time_level_and_name(capsys):
    configure_logging(format="verbose")
    get_logger("rompy.x").info("hello")
    stamp, rest = capsys.readouterr().err.split(" [", 1)
    assert rest == "INFO] rompy.x: hello\n"
    assert len(stamp) == len("2023-02-01 00:00:00")


def test_a_plugin_that_asks_for_a_logger_later_gets_the_level_too(capsys):
    configure_logging(level="debug", format="simple")
    get_logger("rompy_somebody.grid").debug("detail")
    assert capsys.readouterr().err == "detail\n"


def test_text_that_the_console_cannot_show_does_not_break_it(monkeypatch, tmp_path):
    with (tmp_path / "console").open("w", encoding="ascii") as narrow:
        monkeypatch.setattr(sys, "stderr", narrow)
        configure_logging(format="simple")
        get_logger("rompy.x").bullet_list(["wind"])
    assert (tmp_path / "console").read_text() == "  ? wind\n"


def test_importing_rompy_configures_nothing_in_a_fresh_process():
    code = (
        "import logging; cls = logging.getLoggerClass(); import rompy, rompy.logging, rompy.formatting; "
        "r = logging.getLogger(); assert not r.handlers and r.level == 30 and logging.getLoggerClass() is cls"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
