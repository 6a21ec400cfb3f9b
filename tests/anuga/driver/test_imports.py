from __future__ import annotations

import ast
import sys
from pathlib import Path

DRIVER = Path(__file__).parents[3] / "src" / "rompy_anuga" / "driver"
ALLOWED = {*sys.stdlib_module_names, "anuga", "mpi4py", "netCDF4", "numpy", "shallow_water"}


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {
        node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level
    }


def test_the_driver_needs_nothing_but_anuga_and_what_comes_with_it():
    files = sorted(DRIVER.rglob("*.py"))
    assert len(files) > 10
    for path in files:
        assert {name.split(".")[0] for name in imported(path)} <= ALLOWED, path.name
