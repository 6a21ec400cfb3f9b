"""The case file, and the driver that goes with it into every workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rompy.core import atomic

DRIVER = Path(__file__).parent / "driver"


def write_case(case: Mapping[str, Any], path: Path) -> None:
    """Write a case as JSON for people: keys in their order, a line for each, lists of numbers on one line."""
    atomic.write_text(path, _pretty(case) + "\n")


def copy_driver(folder: Path) -> None:
    """Copy the driver's modules, byte for byte."""
    for source in driver_files():
        target = folder / source.relative_to(DRIVER)
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_bytes(target, source.read_bytes())


def driver_files() -> Iterator[Path]:
    """The driver's modules. The file that makes its folder a package of this plugin is not one of them."""
    for path in sorted(DRIVER.rglob("*.py")):
        if path != DRIVER / "__init__.py":
            yield path


def _pretty(value: Any, indent: str = "") -> str:
    inner = indent + "  "
    if isinstance(value, Mapping) and value:
        entries = [f"{inner}{json.dumps(key)}: {_pretty(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(item, (Mapping, list)) for item in value):
        return "[\n" + ",\n".join(inner + _pretty(item, inner) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
