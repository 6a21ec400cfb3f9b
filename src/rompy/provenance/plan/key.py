"""The key of generated input: a digest of everything that it is made from."""

from __future__ import annotations

from typing import Any

from rompy.digest import meaning_sha256
from rompy.manifest import Manifest
from rompy.manifest.schema import Input


def generated_key(manifest: Manifest) -> str | None:
    """Digest of what the generated files of a run were made from; None when the record does not tell all of it.

    In it: what the description means, with the name of the run; address, part and digest of every input; versions of
    rompy, Python, plugins and packages; digests of code that no version tells apart and of the template; variables that
    files may depend on. Not in it: where the run is put, when, where and by whom it was made, and how the model is run.
    """
    code = manifest.code
    if manifest.schema_ < 2 or manifest.description.meaning_sha256 is None or code.installed_sha256 is None:
        return None
    return meaning_sha256(
        {
            "description": manifest.description.meaning_sha256,
            "inputs": sorted((_identity(one) for one in manifest.inputs), key=meaning_sha256),
            "rompy": code.rompy,
            "python": code.python,
            "installed": code.installed_sha256,
            "plugins": [one.model_dump() for one in code.plugins],
            "own": code.own,
            "template": None if code.template is None else [code.template.uri, code.template.sha256],
            "variables": manifest.variables,
        }
    )


def _identity(one: Input) -> list[Any]:
    # The version of an address tells its content apart only where there is no digest of that.
    return [one.field, one.uri, one.kind, one.slice, one.sha256 or [one.version, one.bytes]]
