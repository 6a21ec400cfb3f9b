"""Fields whose class is chosen by ``model_type`` among the plugins of an entry-point group, imported when used."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.annotated_handlers import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from rompy import plugins
from rompy.errors import UnknownPluginError

_BASES = {
    "rompy.config": ("rompy.core.config", "BaseConfig"),
    "rompy.source": ("rompy.core.source.base", "SourceBase"),
}
"""Class that an instance given for a group must belong to."""


@dataclass(frozen=True)
class Tagged:
    """Annotation of such a field: ``source: Annotated[Any, Tagged("rompy.source")]``.

    A mapping is turned into the class that its ``model_type`` (or ``type``) names; an instance is kept as it is.
    The union of all plugin classes is built only for a JSON schema.
    """

    group: str
    etype: str | None = None
    """Only plugins of this kind, such as ``timeseries``."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        classes = plugins.load_all(self.group, self.etype)
        schemas: list[CoreSchema | tuple[CoreSchema, str]] = [TypeAdapter(cls).core_schema for cls in classes]
        return handler(core_schema.union_schema(schemas)) if schemas else {}

    def validate(self, value: Any) -> Any:
        """The plugin object for a mapping; instances pass.

        Raises:
            PydanticCustomError: no mapping, no or an unknown tag, or a class that does not belong here.
        """
        if isinstance(value, BaseModel):
            return self._checked(value)
        if not isinstance(value, dict):
            raise PydanticCustomError(
                "tagged_type",
                "expected a mapping with model_type, got {kind}",
                {"kind": type(value).__name__},
            )
        key = "model_type" if "model_type" in value else "type"
        tag = value.get(key)
        if not isinstance(tag, str):
            raise PydanticCustomError(
                "union_tag_not_found",
                "model_type is missing; it is one of: {known}",
                {"known": ", ".join(plugins.known_tags(self.group, self.etype))},
            )
        cls = self._class_for(tag)
        if key == "type" and "type" not in cls.model_fields:
            value = {"model_type": tag, **{k: v for k, v in value.items() if k != "type"}}
        return cls.model_validate(value)

    def _class_for(self, tag: str) -> Any:
        try:
            return plugins.class_for_tag(self.group, tag, self.etype)
        except UnknownPluginError as error:
            # Written the way pydantic reports an unknown tag of a union, with our explanation as its text.
            raise PydanticCustomError(
                "union_tag_invalid",
                "{explanation}",
                {"explanation": " ".join(filter(None, (error.message + ".", error.hint))), "tag": tag},
            ) from None

    def _checked(self, value: BaseModel) -> BaseModel:
        if self.group in _BASES:
            module, name = _BASES[self.group]
            if not isinstance(value, getattr(import_module(module), name)):
                raise PydanticCustomError(
                    "tagged_instance",
                    "expected a {base}, got {kind}",
                    {"base": name, "kind": type(value).__name__},
                )
        return value
