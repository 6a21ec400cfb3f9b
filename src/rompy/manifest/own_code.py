"""Code that no version number tells apart: packages installed to be edited, and modules that no package installed."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

from rompy.digest import meaning_sha256, sha256_by_path
from rompy.manifest.distributions import editable, installed_versions, modules_of


def own_code() -> dict[str, str]:
    """Digests of such code, as far as it is loaded or installed to be edited, by the name of the top-level module."""
    roots = _installed_roots()
    loaded = {name for name in list(sys.modules) if "." not in name and _is_loose(name, roots)}
    names = loaded | _edited()
    digests = {name: digest_of_module(name) for name in sorted(names)}
    return {name: digest for name, digest in digests.items() if digest is not None}


def digest_of_module(name: str) -> str | None:
    """Digest over names and contents of all files of a module or package; None when there is none of that name."""
    files = _files_of(name)
    found = sha256_by_path(files.values())
    known = {name: found[path] for name, path in files.items() if path in found}
    return meaning_sha256(known) if known else None


def installed_sha256() -> str:
    """Digest of names and versions of everything that is installed: the model may use what its input does not."""
    return meaning_sha256(installed_versions())


def _edited() -> set[str]:
    owned = editable()
    return {module for name, modules in modules_of(set(owned)).items() for module in modules}


def _is_loose(name: str, roots: tuple[str, ...]) -> bool:
    """Whether a loaded module lies neither in Python's own library nor where packages are installed."""
    if name in ("__main__", "__mp_main__"):
        return False
    file = getattr(sys.modules.get(name), "__file__", None)
    return isinstance(file, str) and not file.startswith(roots) and Path(file).is_file()


def _installed_roots() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    found = [paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    with suppress(AttributeError):  # there are environments without a complete module `site`
        found += [*site.getsitepackages(), site.getusersitepackages()]
    return tuple(f"{path.rstrip(os.sep)}{os.sep}" for path in found)


def _files_of(name: str) -> dict[str, str]:
    spec = _spec_of(name)
    if spec is None:
        return {}
    if spec.submodule_search_locations is None:
        path = Path(spec.origin or "")
        return {path.name: str(path)} if path.is_file() else {}
    return {
        name: path
        for folder in spec.submodule_search_locations
        for name, path in sorted(_files_below(folder))
    }


def _files_below(top: str) -> Iterator[tuple[str, str]]:
    """Relative name and path of every file that Python or a tool did not make for itself. Texts, for speed."""
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name != "__pycache__" and not name.startswith(".")]
        for name in names:
            if not name.endswith(".pyc") and not name.startswith("."):
                path = os.path.join(folder, name)  # noqa: PTH118
                yield path[len(top) :].strip(os.sep), path


def _spec_of(name: str) -> ModuleSpec | None:
    with suppress(ImportError, ValueError, AttributeError):
        return find_spec(name)
    return None
