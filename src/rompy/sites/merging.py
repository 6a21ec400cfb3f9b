"""Puts the settings of a site under those of a run."""

from __future__ import annotations

from typing import Any

from rompy.core.describing.description import Description
from rompy.core.describing.place import Place

REST = "..."
"""First item of a list that goes on after the site's own items, instead of replacing them."""


def merged(own: Description, defaults: Description) -> Description:
    """``own`` with what it leaves open taken from ``defaults``; every value keeps the place that it comes from.

    Mappings are merged key by key. Other values, lists too, are a run's or the site's as a whole; a list of a run that
    begins with ``...`` goes on after the site's.
    """
    data, place = _merged(own.data, own.place, defaults.data, defaults.place)
    return Description(data, place, own.path)


def _merged(own: Any, place: Place, other: Any, other_place: Place) -> tuple[Any, Place]:
    if isinstance(own, dict) and isinstance(other, dict):
        return _mappings(own, place, other, other_place)
    if isinstance(own, list) and own[:1] == [REST]:
        return _lists(own[1:], place, other, other_place)
    return own, place


def _mappings(own: dict[Any, Any], place: Place, other: Any, other_place: Place) -> tuple[Any, Place]:
    data = {**other, **own}
    children = {**other_place.children, **place.children}
    for key in own.keys() & other.keys():
        data[key], children[key] = _merged(own[key], place.at([key]), other[key], other_place.at([key]))
    return data, Place(place.value, place.key, children)


def _lists(own: list[Any], place: Place, other: Any, other_place: Place) -> tuple[Any, Place]:
    before = other if isinstance(other, list) else []
    places = [other_place.at([i]) for i in range(len(before))]
    places += [place.at([i + 1]) for i in range(len(own))]
    return [*before, *own], Place(place.value, place.key, dict(enumerate(places)))


def without_rest(data: Any) -> Any:
    """Settings of a run on a machine without a profile: a leading ``...`` stands for nothing."""
    if isinstance(data, dict):
        return {key: without_rest(value) for key, value in data.items()}
    return data[1:] if isinstance(data, list) and data[:1] == [REST] else data
