"""Where profiles are kept, and which one is meant."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from rompy.cache_folder import own_folder
from rompy.errors import ConfigError
from rompy.sites.profile import SiteProfile

DEFAULT = "default"
"""Name of the profile that the command line takes when none is named."""
NONE = "none"
"""Stands for no profile at all."""
ENDINGS = (".yml", ".yaml", ".json")


@dataclass(frozen=True)
class Found:
    """A profile that can be chosen by name."""

    name: str
    path: Path
    shared: bool
    """Whether it is there for all users of the machine."""


def user_folder() -> Path:
    """Where a user's own profiles are."""
    from platformdirs import user_config_path

    return own_folder(lambda: user_config_path("rompy"), "config") / "sites"


def shared_folder() -> Path:
    """Where the profiles for all users of a machine are: ``ROMPY_SITES``, else ``/etc/rompy/sites``."""
    return Path(os.environ.get("ROMPY_SITES") or "/etc/rompy/sites")


def known_sites() -> list[Found]:
    """Profiles that can be chosen by name, sorted. A user's own hides a shared one of the same name."""
    found = {one.name: one for one in [*_in(shared_folder(), shared=True), *_in(user_folder(), shared=False)]}
    return [found[name] for name in sorted(found)]


def load_site(name: str | Path | SiteProfile) -> SiteProfile | None:
    """A profile by its name or file; None for ``none``.

    Raises:
        ConfigError: there is none of that name, or it is wrong.
        MissingFileError: there is no such file.
    """
    if isinstance(name, SiteProfile):
        return name
    if str(name) == NONE:
        return None
    if isinstance(name, Path) or os.sep in name or name.endswith(ENDINGS):
        return SiteProfile.load(name)
    for one in known_sites():
        if one.name == name:
            return SiteProfile.load(one.path)
    raise _unknown(name)


def default_site() -> SiteProfile | None:
    """The profile that is taken when none is named: the one called ``default``, if there is one."""
    return next((SiteProfile.load(one.path) for one in known_sites() if one.name == DEFAULT), None)


def _in(folder: Path, *, shared: bool) -> list[Found]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS)
    except OSError:
        return []
    return [Found(path.stem, path, shared) for path in paths if not path.name.startswith(".")]


def _unknown(name: str) -> ConfigError:
    names = [one.name for one in known_sites()]
    close = get_close_matches(name, names, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else ""
    known = f"Known: {', '.join(names)}" if names else f"None is in {user_folder()} or {shared_folder()}"
    return ConfigError(
        f"no site is known as {name!r}{guess}",
        hint=f"{known}. Give the path of a profile, or make one: rompy site probe --output FILE",
    )
