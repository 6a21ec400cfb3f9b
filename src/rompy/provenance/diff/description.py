"""How two descriptions differ in what they mean, in words such as "config.wind: period end 2024-02-03 -> 02-05"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rompy.core.workspace import Workspace
from rompy.errors import RompyError
from rompy.manifest import Manifest
from rompy.provenance.diff.difference import Difference, LevelReport, shown

PLACE = ("run_id", "output_dir", "run_id_subdir", "delete_existing")
"""Fields that say how a run is called and where it is put; they change nothing of what it computes."""

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?")

_MIDNIGHT = "00:00"


def compare_descriptions(
    first: Path, second: Path, manifests: tuple[Manifest, Manifest], moved: Callable[[Any], Any] | None = None
) -> LevelReport:
    """Fields that differ between the descriptions in two workspaces.

    Args:
        moved: puts the names that inputs have in the second into the first.
    """
    try:
        one, other = (_values(root) for root in (first, second))
    except (OSError, RompyError) as error:
        return LevelReport.of("description", [Difference(".rompy/run.yml", words=f"cannot be read: {error}")])
    if moved is not None:
        one = moved(one)
    found = list(differences_of(one, other))
    meanings = {manifest.description.meaning_sha256 for manifest in manifests}
    has_one_name = len({manifest.run_id for manifest in manifests}) == 1  # which is part of the meaning
    if not found and moved is None and has_one_name and len(meanings) == 2 and None not in meanings:
        found.append(Difference("meaning", words="the same text was understood differently by two versions"))
    return LevelReport.of("description", found, summary=f"{_count(one)} fields")


def differences_of(one: Any, other: Any, path: str = "") -> Iterator[Difference]:
    """Leaves that differ between two values of plain data, by their path."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}, key=str):
            inner = f"{path}.{key}" if path else str(key)
            if key not in other or key not in one:
                yield Difference(inner, one.get(key), other.get(key), words=_presence(one, other, key))
            else:
                yield from differences_of(one[key], other[key], inner)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other) and _is_deep(one):
        for i, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences_of(left, right, f"{path}[{i}]")
    elif not _means_the_same(one, other):
        yield Difference(path, one, other, words=changed(one, other))


def changed(before: Any, after: Any) -> str:
    """``before -> after`` without what both times have in common.

    >>> changed("2024-02-03T00:00:00", "2024-02-05T00:00:00")
    '2024-02-03 -> 02-05'
    >>> changed("2024-02-03T00:00:00", "2024-02-03T06:00:00")
    '2024-02-03 00:00 -> 06:00'
    """
    if _is_time(before) and _is_time(after):
        one, other = _short(before), _short(after)
        if one[:4] == other[:4] and one[:10] != other[:10]:
            other = other[5:]
        elif one[:10] == other[:10] and one != other:
            one, other = f"{one[:10]} {one[11:] or _MIDNIGHT}", other[11:] or _MIDNIGHT
        return f"{one} -> {other}"
    difference = Difference("", before, after)
    if before is None or after is None:
        return f"{shown(before)} -> {shown(after)}"
    return str(difference).removeprefix(": ")


def _values(root: Path) -> dict[str, Any]:
    from rompy.core.describing.description import Description

    description = Description.load(Workspace(root).run_yml)
    description.require_mapping()
    return {key: value for key, value in description.data.items() if key not in PLACE}


def _presence(one: Mapping[Any, Any], other: Mapping[Any, Any], key: Any) -> str:
    return f"{shown(one[key])} -> not given" if key in one else f"not given -> {shown(other[key])}"


def _is_deep(values: list[Any]) -> bool:
    return any(isinstance(value, (Mapping, list)) for value in values)


def _means_the_same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one == other or (one != one and other != other)
    if _is_time(one) and _is_time(other):
        return _instant(one) == _instant(other)
    return bool(one == other)


def _is_time(value: Any) -> bool:
    return hasattr(value, "isoformat") or (isinstance(value, str) and _TIME.fullmatch(value) is not None)


def _instant(value: Any) -> Any:
    from rompy.core.instant import parse_instant

    return parse_instant(value)


def _short(value: Any) -> str:
    """To the day if it is a midnight, to the minute if it can be, else in full."""
    text = str(_instant(value).replace(tzinfo=None).isoformat(sep=" "))
    return text.removesuffix(":00").removesuffix(" 00:00")


def _count(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(_count(item) for item in value.values())
    return sum(_count(item) for item in value) if isinstance(value, list) and _is_deep(value) else 1
