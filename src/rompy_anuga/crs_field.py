"""Types of fields that hold a coordinate reference system."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema


def _as_text(value: Any) -> Any:
    """28355 and "28355" mean EPSG:28355."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"EPSG:{value}"
    return f"EPSG:{value}" if isinstance(value, str) and value.isdigit() else value


def _known(text: str) -> str:
    from rompy_anuga import crs

    crs.known(text)
    return text


def _projected(text: str) -> str:
    from rompy_anuga import crs

    return crs.require_projected_metres(text)


_SCHEMA = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer"}], "examples": ["EPSG:28355"]})

Crs = Annotated[str, BeforeValidator(_as_text), AfterValidator(_known), _SCHEMA]
"""Any system that PROJ knows: ``EPSG:4326``, the number alone, or WKT."""

ProjectedCrs = Annotated[str, BeforeValidator(_as_text), AfterValidator(_projected), _SCHEMA]
"""A projected system in metres."""
