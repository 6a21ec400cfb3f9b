"""Which values of ``model_type`` a class answers to, told from the class or, without importing it, from its source."""

from __future__ import annotations

import ast
from importlib import machinery
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

FIELDS = ("model_type", "type")
"""Names of the field that tells classes apart, in the order they are looked for."""


def tags_of_class(cls: Any) -> frozenset[str]:
    """Literal values of the telling field of a pydantic model class; empty for anything else."""
    fields = getattr(cls, "model_fields", {})
    for name in FIELDS:
        if name in fields:
            annotation, default = fields[name].annotation, fields[name].default
            values = get_args(annotation) if get_origin(annotation) is Literal else ()
            return frozenset(v for v in (*values, default) if isinstance(v, str))
    return frozenset()


def tags_in_source(value: str) -> frozenset[str]:
    """The same for ``module:Class``, read from the module's text; empty when the text does not tell.

    Only the class's own annotation ``model_type: Literal[...]`` is understood. A class that inherits the field or is
    re-exported from elsewhere tells nothing here.
    """
    module, _, attribute = value.partition(":")
    path = _file_of(module.strip())
    if path is None:
        return frozenset()
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == attribute.strip():
            return _literals_of(node)
    return frozenset()


def _file_of(module: str) -> Path | None:
    """Source file of a dotted module. Only the top package is looked up, so nothing is imported."""
    top, *rest = module.split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    for name in rest:
        if spec is None or spec.submodule_search_locations is None:
            return None
        spec = machinery.PathFinder.find_spec(name, list(spec.submodule_search_locations))
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)


def _literals_of(node: ast.ClassDef) -> frozenset[str]:
    annotations = {
        statement.target.id: statement.annotation
        for statement in node.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    }
    for name in FIELDS:
        annotation = annotations.get(name)
        if isinstance(annotation, ast.Subscript) and _is_literal(annotation.value):
            constants = ast.walk(annotation.slice)
            return frozenset(
                c.value for c in constants if isinstance(c, ast.Constant) and isinstance(c.value, str)
            )
    return frozenset()


def _is_literal(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "Literal") or (
        isinstance(node, ast.Attribute) and node.attr == "Literal"
    )
