"""What preparing an artefact gave, as a record can hold it: plain values, and paths below the folder of the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_LARGEST = 2**16
"""Characters in a value at most: it stands in the record of the run."""
_CURRENT = Path()


class NotPlainError(ValueError):
    """There is something in a value that no record can hold, or in a record that is no value."""


def encoded(value: Any, folder: Path) -> Any:
    """JSON values; each text and path with its kind, since texts of another folder have to name another folder.

    Raises:
        NotPlainError: there is something else in it.
    """
    try:
        found = _encoded(value, folder)
        if len(repr(found)) > _LARGEST:
            raise NotPlainError("what it gives is more than a record can hold")
    except RecursionError:
        raise NotPlainError("what it gives holds itself, or is very deep") from None
    return found


def decoded(value: Any, folder: Path) -> Any:
    """The value for files in another folder.

    Raises:
        NotPlainError: it is nothing that ``encoded`` gives.
    """
    if not isinstance(value, dict):
        if value is None or type(value) in (bool, int, float):
            return value
        raise NotPlainError("the record does not tell what it gives")
    kind, inner = next(iter(value.items()), ("", None))
    if len(value) == 1 and kind in ("text", "path"):
        text = inner if isinstance(inner, str) else _joined(folder, inner)
        return text if kind == "text" else Path(text)
    if len(value) == 1 and kind == "dict" and isinstance(inner, dict):
        return {key: decoded(item, folder) for key, item in inner.items()}
    if len(value) == 1 and kind in ("list", "tuple") and isinstance(inner, list):
        items = [decoded(item, folder) for item in inner]
        return items if kind == "list" else tuple(items)
    raise NotPlainError("the record does not tell what it gives")


def _encoded(value: Any, folder: Path) -> Any:
    if value is None or type(value) in (bool, int, float):
        return value
    if type(value) is str:
        return {"text": _below(value, folder)}
    if type(value) is type(folder):
        return {"path": _below(str(value), folder)}
    if type(value) in (list, tuple):
        return {type(value).__name__: [_encoded(item, folder) for item in value]}
    if type(value) is dict and all(type(key) is str and not _names(key, folder) for key in value):
        return {"dict": {key: _encoded(item, folder) for key, item in value.items()}}
    raise NotPlainError(f"what it gives is a {type(value).__name__}")


def _below(text: str, folder: Path) -> str | dict[str, str]:
    if folder == _CURRENT:
        raise NotPlainError("it is prepared in the current folder, which no path names")
    start = str(folder)
    if text == start:
        return {"below": ""}
    if text.startswith(f"{start}/") and text != f"{start}/" and not _names(text[len(start) :], folder):
        return {"below": text[len(start) + 1 :]}
    if _names(text, folder):
        raise NotPlainError("what it gives names its folder within a text")
    return text


def _names(text: str, folder: Path) -> bool:
    """Whether a folder is named in a text, in whatever way it is written."""
    ways = {str(folder), str(folder.absolute()), str(folder.resolve())}
    return any(way in text for way in ways if len(way) > 1)


def _joined(folder: Path, inner: Any) -> str:
    rest = inner.get("below") if isinstance(inner, dict) else None
    if not isinstance(rest, str) or rest.startswith("/") or ".." in rest.split("/"):
        raise NotPlainError("the record does not tell what it gives")
    return f"{folder}/{rest}" if rest else str(folder)
