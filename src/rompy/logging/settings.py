"""The logging configuration of the process."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar, cast, overload

from rompy.logging.handlers import install, uninstall
from rompy.logging.level import LogFormat, LogLevel

T = TypeVar("T")


class Setting(Generic[T]):
    """One field: set explicitly, else from the environment, else its default."""

    def __init__(self, parse: Callable[[Any], T], default: T, *variables: str) -> None:
        self.parse, self.default, self.variables = parse, default, variables

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, config: None, owner: type) -> Setting[T]: ...
    @overload
    def __get__(self, config: LoggingConfig, owner: type) -> T: ...
    def __get__(self, config: LoggingConfig | None, owner: type) -> T | Setting[T]:
        if config is None:
            return self
        if self.name not in config._values:
            config._values[self.name] = self._from_environment()
        return cast(T, config._values[self.name])

    def __set__(self, config: LoggingConfig, value: Any) -> None:
        config._values[self.name] = self.parse(value)
        config._explicit.add(self.name)

    def is_given(self, config: LoggingConfig) -> bool:
        return self.name in config._explicit or any(_environment(variable) for variable in self.variables)

    def _from_environment(self) -> T:
        for variable in self.variables:
            text = _environment(variable)
            if text:
                try:
                    return self.parse(text)
                except ValueError as error:
                    # Not raised: a misspelt log level is no reason to lose a run.
                    logging.getLogger(__name__).warning("%s is ignored: %s", variable, error)
        return self.default


class LoggingConfig:
    """THE configuration: every call gives the same object, and keywords change it.

    What nobody set comes from the environment (also from a file ``.env`` in the current folder): ``ROMPY_LOG_LEVEL``
    or ``ROMPY_LEVEL``, ``ROMPY_LOG_FORMAT`` or ``ROMPY_FORMAT``, ``ROMPY_LOG_DIR``, ``ROMPY_LOG_FILE``, and
    ``ROMPY_USE_ASCII`` or ``ROMPY_ASCII_ONLY``. It is read once, when a field is first asked for.

    Nothing is installed until `configure_logging` is called.

    Raises:
        ValueError: a keyword has a value that makes no sense.
        TypeError: there is no such field.
    """

    level = Setting(LogLevel.parse, LogLevel.INFO, "ROMPY_LOG_LEVEL", "ROMPY_LEVEL")
    """Least level that is logged by rompy and its plugins."""
    format = Setting(LogFormat.parse, LogFormat.VERBOSE, "ROMPY_LOG_FORMAT", "ROMPY_FORMAT")
    """What a line looks like."""
    log_dir: Setting[Path | None] = Setting(lambda v: None if v is None else Path(v), None, "ROMPY_LOG_DIR")
    """Folder for a log file; None writes none."""
    log_file = Setting(str, "rompy.log", "ROMPY_LOG_FILE")
    """Name of that file."""
    use_ascii = Setting(lambda v: _truth(v), False, "ROMPY_USE_ASCII", "ROMPY_ASCII_ONLY")
    """Draw boxes and bullets in plain ASCII."""

    _instance: ClassVar[LoggingConfig | None] = None
    _values: dict[str, Any]
    _explicit: set[str]

    def __new__(cls, **_: Any) -> LoggingConfig:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
            cls._instance._values, cls._instance._explicit = {}, set()
        return cls._instance

    def __init__(self, **values: Any) -> None:
        if values:
            self._set(values)

    @property
    def log_file_path(self) -> Path | None:
        """Where the log file goes; None when no folder is set."""
        return None if self.log_dir is None else self.log_dir / self.log_file

    def is_given(self, field: str) -> bool:
        """Whether somebody set a field, here or in the environment."""
        setting = vars(LoggingConfig)[field]
        return isinstance(setting, Setting) and setting.is_given(self)

    def update(self, **values: Any) -> None:
        """Change fields, and the installed handlers with them."""
        before = self._all()
        self._set(values)
        if self._all() != before:
            self.configure_logging()

    def configure_logging(self) -> None:
        """Install (or renew) rompy's own handlers according to this configuration.

        One handler writes to standard error, another to the log file if a folder is set. Handlers that others
        installed are never touched, and where the application already has one for the console at the root, ours is
        left out, because each line would appear twice. Levels are set for rompy and its plugins only.
        """
        install(self.level.number, self.format, self.log_file_path)

    @classmethod
    def reset(cls) -> None:
        """Forget what was set, read the environment anew, and remove rompy's handlers."""
        cls()._values.clear()
        cls()._explicit.clear()
        uninstall()

    def __repr__(self) -> str:
        return f"LoggingConfig({', '.join(f'{name}={value!r}' for name, value in self._all().items())})"

    def _set(self, values: dict[str, Any]) -> None:
        fields = [name for name, value in vars(LoggingConfig).items() if isinstance(value, Setting)]
        unknown = sorted(set(values) - set(fields))
        if unknown:
            raise TypeError(f"LoggingConfig has no field {unknown[0]!r}: use {', '.join(fields)}")
        for name, value in values.items():
            setattr(self, name, value)

    def _all(self) -> dict[str, Any]:
        return {
            name: getattr(self, name) for name, v in vars(LoggingConfig).items() if isinstance(v, Setting)
        }


def configure_logging(**values: Any) -> None:
    """Set fields of the configuration and install rompy's handlers; see `LoggingConfig.configure_logging`."""
    LoggingConfig(**values).configure_logging()


def _environment(variable: str) -> str | None:
    return os.environ.get(variable) or _dot_env().get(variable)


def _dot_env() -> dict[str, str]:
    """The variables of rompy in ``.env`` of the current folder, as plain ``NAME=value`` lines."""
    try:
        lines = Path(".env").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.strip().removeprefix("export ").partition("=") for line in lines)
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs if name.startswith("ROMPY_")}


def _truth(value: Any) -> bool:
    if isinstance(value, str):
        text = value.strip().lower()
        if text in ("1", "true", "yes", "on"):
            return True
        if text in ("0", "false", "no", "off", ""):
            return False
        raise ValueError(f"neither yes nor no: {value!r}")
    return bool(value)
