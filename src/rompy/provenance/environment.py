"""The packages that a run was made with, as pip reads them, so that the environment can be made again."""

from __future__ import annotations

from collections.abc import Iterator

from rompy.manifest import Manifest
from rompy.manifest.schema import Commit

NAME = ".rompy/requirements.txt"
"""Where they are told in an archive."""


def requirements(manifest: Manifest) -> bytes:
    """Versions of all packages in use, with Python's. Code that no version tells apart is named, not required."""
    return ("\n".join(_lines(manifest)) + "\n").encode()


def _lines(manifest: Manifest) -> Iterator[str]:
    code = manifest.code
    yield f"# What {manifest.run_id} was made with. Python {code.python or 'of a version that was not recorded'}."
    yield f"#     pip install -r {NAME.rpartition('/')[2]}"
    for name, version in sorted(code.distributions.items()):
        commit = code.git.get(name)
        if commit is None:
            yield f"{name}=={version}"
        else:
            yield f"# {name} {version} was a work tree{_state(commit)}"
    template = code.template
    if template is not None and template.path is not None:
        yield f"# template {template.uri}{_state(template.git) if template.git else ''}"


def _state(commit: Commit) -> str:
    changed = " with changes that no commit holds" if commit.dirty else ""
    return f" at commit {commit.commit}{changed}: check that out" if commit.commit else changed
