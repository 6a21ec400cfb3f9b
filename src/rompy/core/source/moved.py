"""Stand-ins for classes that have moved to a package of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pydantic import BaseModel


def create_import_error_class(class_name: str) -> type[BaseModel]:
    """A stand-in for a data class that has moved to another package: importing and subclassing it work, making an
    instance says what to install."""
    from pydantic import BaseModel

    class Moved(BaseModel):
        model_type: Literal["import_error"] = "import_error"

        def __init__(self, **data: Any) -> None:
            raise ImportError(
                f"{class_name} has been moved to the rompy_binary_datasources package. "
                "Please install it using: pip install rompy_binary_datasources"
            )

    Moved.__name__ = Moved.__qualname__ = class_name
    return Moved
