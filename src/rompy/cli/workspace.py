"""What there is to say about a workspace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rompy.cli.describe import size_of
from rompy.core.workspace import Workspace

SHOWN = 12
"""Files listed one by one; more are only counted."""


def files_in(workspace: str | Path) -> list[dict[str, Any]]:
    """Generated files, by path relative to the workspace, with their sizes in bytes."""
    return [
        {"path": name, "bytes": facts.get("bytes")}
        for name, facts in sorted(Workspace(workspace).generated_files().items())
    ]


def would_be_in(model_run: Any) -> list[dict[str, Any]]:
    """Files that would be generated: by generating them into a temporary folder that is removed again."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="rompy-plan-") as folder:
        trial = model_run.model_copy(update={"output_dir": Path(folder), "delete_existing": False})
        return files_in(trial.generate())


def lines_of_settings(settings: Any) -> list[str]:
    """Settings of a backend, and where each came from."""
    texts = [f"  {setting.name} = {_shown(setting.value)}" for setting in settings]
    width = min(60, max(map(len, texts), default=0))
    return ["settings:", *(f"{t:<{width}}  # {s.source}" for t, s in zip(texts, settings, strict=True))]


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def lines_of_plan(plan: Any) -> list[str]:
    """What a backend would do, for people."""
    lines = [f"command: {plan.command}", f"model: {plan.model}"]
    if plan.directory is not None:
        lines.append(f"folder: {plan.directory}")
    lines += [f"environment: {name}={value}" for name, value in sorted(plan.env.items())]
    for name, text in sorted(plan.files.items()):
        lines += [f"{name}:", *(f"  | {line}" for line in text.splitlines())]
    return [*lines, *plan.notes]


def lines_about(workspace: str | Path, files: list[dict[str, Any]]) -> list[str]:
    """Where it is, how many files it has, and the first of them."""
    total = sum(file["bytes"] or 0 for file in files)
    count = f"{len(files)} file{'' if len(files) == 1 else 's'}"
    lines = [f"{workspace}: {count}, {size_of(total)}"]
    width = max((len(file["path"]) for file in files[:SHOWN]), default=0)
    lines += [f"  {file['path']:<{width}}  {size_of(file['bytes'] or 0):>8}" for file in files[:SHOWN]]
    if len(files) > SHOWN:
        lines.append(f"  and {len(files) - SHOWN} more")
    return lines
