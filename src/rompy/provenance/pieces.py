"""Pieces of something large, read anew from where a run read them."""

from __future__ import annotations

from typing import Any, Literal

from rompy.fetch.supply import RANGE


def read_piece(store: Any, path: str, name: str, kind: Literal["store", "remote"] | str) -> bytes | None:
    """What is now where a piece was read; None when an object of a store is not there any more.

    Args:
        store: file system of fsspec.
        path: of the whole within it.
        name: key of an object (``store``) with the range of its bytes behind ``@`` if there is one, or a range of bytes
            (``remote``): ``start-end``, ``start-``, or ``-length`` for the last ones.

    Raises:
        FileNotFoundError: the whole is not there any more.
    """
    key, _, part = name.partition(RANGE) if kind == "store" else ("", "", name)
    place = "/".join(filter(None, (path.rstrip("/"), key)))
    start, _, end = part.partition("-")
    try:
        content: bytes
        if not part:
            content = store.cat_file(place)
        elif not start:  # the last bytes
            content = store.cat_file(place, start=-int(end))
        else:
            content = store.cat_file(place, start=int(start), end=int(end) if end else None)
    except FileNotFoundError:
        if kind == "store" and store.exists(path):
            return None
        raise
    return content
