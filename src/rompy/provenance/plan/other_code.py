"""Whether the same code would prepare a run now."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rompy
from rompy.core.parts import parts_of
from rompy.manifest import Manifest
from rompy.manifest.distributions import builds_sha256, installed_versions
from rompy.manifest.generation import plugins_of, template_facts, variables
from rompy.manifest.own_code import digest_of_module, installed_sha256
from rompy.manifest.schema import Code, Template


def other_code(manifest: Manifest, model_run: Any) -> Iterator[str]:
    """Why the code that a former run was prepared by is not that of now, or is not known to be."""
    yield from other_steps(manifest)
    if manifest.code.builds_sha256 is not None:
        yield from _other_plugins(manifest, model_run)
        yield from _other_template(manifest.code.template, model_run)


def other_steps(manifest: Manifest) -> Iterator[str]:
    """The same of what any part of its input was prepared by."""
    code = manifest.code
    if code.installed_sha256 is None or code.builds_sha256 is None:
        yield "it was made by a rompy that did not record all of its own code"
        return
    if code.rompy != rompy.__version__:
        yield f"rompy: {code.rompy} -> {rompy.__version__}"
    if code.python != platform.python_version():
        yield f"Python: {code.python} -> {platform.python_version()}"
    if code.installed_sha256 != installed_sha256():
        yield from _other_packages(code)
    elif code.builds_sha256 != builds_sha256():
        yield "a package was installed again, of the same version, but with other files"
    for name, digest in code.own.items():
        if digest_of_module(name) != digest:
            yield f"code of {name} was changed"
    now = variables()
    for name in sorted({*manifest.variables, *now}):
        if manifest.variables.get(name) != now.get(name):
            yield f"variable {name}: {manifest.variables.get(name, 'not set')} -> {now.get(name, 'not set')}"


def _other_packages(code: Code) -> Iterator[str]:
    """Those that were imported are known by name. The model itself may use others."""
    there, found = installed_versions(), False
    for name, version in code.distributions.items():
        if there.get(name) != version:
            found = True
            yield f"package {name}: {version} -> {there.get(name, 'not installed')}"
    if not found:
        yield "other packages are installed"


def _other_plugins(manifest: Manifest, model_run: Any) -> Iterator[str]:
    now = plugins_of({type(part) for _, part in parts_of(model_run)})
    recorded = [
        one.model_dump(include={"group", "name", "distribution", "version"}) for one in manifest.code.plugins
    ]
    names = sorted({one["name"] for one in (*now, *recorded) if one not in now or one not in recorded})
    if names:
        yield f"other plugins take part: {', '.join(names)}"


def _other_template(recorded: Template | None, model_run: Any) -> Iterator[str]:
    if recorded is None:
        return
    stated = getattr(model_run.config, "template", None)
    folder = None if stated is None else Path(str(stated)).expanduser()
    if folder is None or not folder.is_dir():
        yield f"the template {stated} is fetched, and may be another one now"
        return
    facts = template_facts((str(stated), folder)) or {}
    if recorded.sha256 is None or facts.get("sha256") != recorded.sha256:
        yield "the template was changed"
