"""Descriptions of model fields, taken from the docstring that stands below each field in the source."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic_core import CoreSchema


class DescribedModel(BaseModel):
    """A model whose JSON schema says of each field what the docstring below it says."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        schema = handler(core_schema)
        describe_fields(cls, handler.resolve_ref_schema(schema))
        return schema


def describe_fields(cls: type[BaseModel], schema: dict[str, Any]) -> None:
    """Add missing ``description`` entries to the properties of a JSON schema of ``cls``, in place."""
    docs: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            docs |= _attribute_docstrings(base)
    for name, field in cls.model_fields.items():
        entry = schema.get("properties", {}).get(field.alias or name)
        if entry is not None and name in docs:
            entry.setdefault("description", docs[name])


@cache
def _attribute_docstrings(cls: type) -> dict[str, str]:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):  # made at run time, or its source is not at hand
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    return {
        first.target.id: inspect.cleandoc(second.value.value)
        for first, second in itertools.pairwise(body)
        if isinstance(first, ast.AnnAssign)
        and isinstance(first.target, ast.Name)
        and isinstance(second, ast.Expr)
        and isinstance(second.value, ast.Constant)
        and isinstance(second.value.value, str)
    }
