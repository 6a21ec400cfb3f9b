"""Which installed distributions are in use: those of which something has been imported."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import unquote, urlsplit

from rompy.cache_folder import cache_folder
from rompy.core import atomic
from rompy.digest.meaning import meaning_sha256
from rompy.installed import Distribution

_FORMAT = 3
_Owners = dict[str, list[list[str]]]
"""Name and version of the distributions that bring a module, by its name: the first part of it, or the first two where
several distributions share the first, as namespace packages do."""


class _Installed(TypedDict):
    """What is read of all distributions on the path, kept until something is installed."""

    key: str
    owners: _Owners
    versions: dict[str, str]
    editable: dict[str, str]
    """Folders, by name."""
    builds: str
    """Digest over the lists of installed files with their digests."""


def in_use() -> dict[str, str]:
    """Version of each distribution of which a module has been imported, by its name.

    As ``importlib.metadata.packages_distributions`` tells, which takes a third of a second in an environment of some
    size: what it reads is therefore kept until something is installed.
    """
    owners = _installed()["owners"]
    found: dict[str, str] = {}
    for module in list(sys.modules):
        first, _, rest = module.partition(".")
        key = first if first in owners else f"{first}.{rest.partition('.')[0]}"
        found.update((name, version) for name, version in owners.get(key, ()))
    return dict(sorted(found.items()))


def editable() -> dict[str, Path]:
    """Folders of the distributions that are installed to be edited, by name."""
    return {name: Path(folder) for name, folder in _installed()["editable"].items()}


def installed_versions() -> dict[str, str]:
    """Versions of all installed distributions, by name."""
    return dict(_installed()["versions"])


def builds_sha256() -> str:
    """Digest over what installers list of the files of all distributions: another build may bear the same version."""
    return _installed()["builds"]


def modules_of(names: set[str]) -> dict[str, list[str]]:
    """Top-level modules that distributions bring, by the names of the distributions."""
    found: dict[str, list[str]] = {}
    for module, owners in _installed()["owners"].items():
        for name, _ in owners:
            if name in names:
                found.setdefault(name, []).append(module)
    return found


def owners_of(modules: Iterable[str]) -> set[str]:
    """Names of the distributions that bring top-level modules."""
    wanted, owners = {*modules}, _installed()["owners"]
    return {name for module, some in owners.items() if module.partition(".")[0] in wanted for name, _ in some}


_known: _Installed | None = None
"""What this process has read last."""


def _installed() -> _Installed:
    global _known
    key = meaning_sha256([_FORMAT, sys.version, [_stamp(place) for place in sys.path]])
    known = _known
    if known is None or known["key"] != key:
        known = _known = _kept(key) or _read(key)
    return known


def _kept(key: str) -> _Installed | None:
    with suppress(OSError, ValueError, KeyError, TypeError):
        told: _Installed = json.loads((cache_folder() / "distributions.json").read_bytes())
        if told["key"] == key:
            return told
    return None


def _read(key: str) -> _Installed:
    found = _all()
    read: _Installed = {
        "key": key,
        "owners": _owners(found),
        "versions": {name: one.version for name, one in sorted(found.items())},
        "editable": {name: folder for name, one in sorted(found.items()) if (folder := _edited_in(one))},
        "builds": meaning_sha256(
            {name: _lines(one.folder / "RECORD") for name, one in sorted(found.items())}
        ),
    }
    with suppress(OSError):
        kept = cache_folder() / "distributions.json"
        kept.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_json(kept, read, sync=False)
    return read


def _stamp(place: str) -> list[Any]:
    """A folder of the path, and when something was last installed into it."""
    try:
        return [place, os.stat(place or os.curdir).st_mtime_ns]  # noqa: PTH116 - texts, for speed
    except OSError:
        return [place, None]


def _owners(distributions: Mapping[str, Distribution]) -> _Owners:
    modules = {name: set(_modules_of(one)) for name, one in distributions.items()}
    shared: dict[str, set[str]] = {}
    for name, parts in modules.items():
        for first, *_ in parts:
            shared.setdefault(first, set()).add(name)
    owners: dict[str, set[str]] = {}
    for name, parts in modules.items():
        for part in parts:
            key = part[0] if len(shared[part[0]]) == 1 else ".".join(part[:2])
            owners.setdefault(key, set()).add(name)
    return {
        key: [[name, distributions[name].version] for name in sorted(names)]
        for key, names in sorted(owners.items())
    }


def _all() -> dict[str, Distribution]:
    """Installed distributions by name; of two of one name the first on the path."""
    found: dict[str, Distribution] = {}
    for place in sys.path:
        with suppress(OSError):
            folders = sorted(
                item.name
                for item in os.scandir(place or os.curdir)
                if item.name.endswith((".dist-info", ".egg-info"))
            )
            for folder in folders:
                one = Distribution(Path(place or os.curdir, folder))
                found.setdefault(one.name, one)
    return found


def _edited_in(distribution: Distribution) -> str | None:
    """The folder that a distribution is edited in; None when it is installed for good."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads((distribution.folder / "direct_url.json").read_bytes())
        if told["dir_info"].get("editable"):
            return unquote(urlsplit(told["url"]).path)
    return None


def _modules_of(distribution: Distribution) -> Iterator[tuple[str, ...]]:
    """First two parts of the names of modules that a distribution brings."""
    for line in _lines(distribution.folder / "RECORD"):
        path = line.partition(",")[0]
        if path.endswith((".py", ".so", ".pyd")) and not path.startswith(("..", "/")):
            parts = path.split("/")[:2]
            if ".dist-info" not in parts[0]:
                yield tuple(part.partition(".")[0] for part in parts)
    for line in _lines(distribution.folder / "top_level.txt"):
        yield (line.strip(),)
    for line in _lines(distribution.folder / "entry_points.txt"):  # editable ones list no modules
        match = re.search(r"=\s*([A-Za-z_]\w*)[\w.]*\s*(:|$)", line)
        if match:
            yield (match[1],)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
