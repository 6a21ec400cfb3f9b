"""The record of a run: what it was made from, by what, where and when, and what came out.

``.rompy/manifest.json`` is begun by ``generate``, and added to when the run has ended and when its output is processed.
To record never fails a phase: what goes wrong is a warning. Names here are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "Code": "schema",
    "Input": "schema",
    "Manifest": "schema",
    "ManifestError": "reading",
    "Output": "schema",
    "Statistics": "schema",
    "generated_sha256": "reading",
    "read_manifest": "reading",
}

__all__ = [
    "Code",
    "Input",
    "Manifest",
    "ManifestError",
    "Output",
    "Statistics",
    "generated_sha256",
    "read_manifest",
]

if TYPE_CHECKING:
    from rompy.manifest.reading import ManifestError, generated_sha256, read_manifest
    from rompy.manifest.schema import Code, Input, Manifest, Output, Statistics

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
