"""Types of settings fields about the surroundings of a program: its environment and its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from rompy.core.describing.description import Description


def _can_be_an_environment(env_vars: dict[str, str]) -> dict[str, str]:
    for name, value in env_vars.items():
        if not name.strip():
            raise ValueError("Environment variable keys must be non-empty strings")
        if "=" in name or "\0" in name + value:
            raise ValueError(f"{name!r} cannot be an environment variable: '=' in its name or a zero byte")
    return env_vars


def _is_a_folder(folder: Path) -> Path:
    if not folder.exists():
        raise ValueError(f"Working directory does not exist: {folder}")
    if not folder.is_dir():
        raise ValueError(f"Working directory is not a directory: {folder}")
    return folder


def _is_not_empty(command: str) -> str:
    if not command.strip():
        raise ValueError("command cannot be empty; leave it out to let the configuration start its model")
    return command


Command = Annotated[str, AfterValidator(_is_not_empty)]
"""A command that starts a model."""
EnvVars = Annotated[dict[str, str], AfterValidator(_can_be_an_environment)]
"""Environment variables that can be handed to a program."""
WorkingDir = Annotated[Path, AfterValidator(_is_a_folder)]
"""A folder that exists."""


def with_text_values(description: Description) -> Description:
    """Numbers among ``env_vars`` as text: YAML and ``${...}`` make numbers of what looks like one."""
    env = description.data.get("env_vars")
    if not isinstance(env, dict):
        return description
    texts = {k: str(v) if type(v) in (int, float) else v for k, v in env.items()}
    return Description({**description.data, "env_vars": texts}, description.place, description.path)
