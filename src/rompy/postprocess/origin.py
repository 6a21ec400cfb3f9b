"""Where a result file comes from, and what it says of itself: global attributes after ACDD 1.3.

https://wiki.esipfed.org/Attribute_Convention_for_Data_Discovery_1-3
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rompy
from rompy.postprocess.coverage import Coverage
from rompy.postprocess.moments import written_at

OURS = f"rompy {rompy.__version__}"


@dataclass(frozen=True)
class Origin:
    """What a result file says about where it comes from."""

    identity: str = ""
    """The run's identity."""
    model_version: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Global attributes of the user's, such as ``institution`` or ``license``; they win over ours."""
    input_sha256: str = ""
    """Digest of everything that was generated for the model: by it the record of the run is found again."""
    model: str = ""
    """Name of the model."""

    @classmethod
    def of(cls, model_run: Any, attributes: Mapping[str, str] | None = None) -> Origin:
        """Of a run that has ended.

        Args:
            model_run: the ModelRun that a postprocessor is given.
            attributes: global attributes of the user's.
        """
        from rompy.manifest import generated_sha256
        from rompy.manifest.model import version_of_model

        workspace = Path(model_run.staging_dir)
        model = str(getattr(getattr(model_run, "config", None), "model_type", ""))
        return cls(
            identity=str(model_run.run_id),
            model_version=version_of_model(model, workspace) or "",
            attributes=dict(attributes or {}),
            input_sha256=generated_sha256(workspace),
            model=model,
        )

    def described(
        self,
        *,
        title: str,
        summary: str,
        step: str,
        by: str = OURS,
        coverage: Coverage | None = None,
        earlier: Iterable[str] = (),
        more: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """All global attributes but ``Conventions``.

        Args:
            step: what the history says was done.
            by: name and version of the program that does it.
            coverage: where and when the values lie.
            earlier: histories of what the file is made from; the line of this step is added to them.
            more: what else is known of the file.
        """
        written = written_at()
        known: dict[str, Any] = {
            "title": title,
            "summary": summary,
            "id": self.identity,
            "source": f"{self.model} {self.model_version}".strip(),
            "product_version": by,
            **(coverage.attributes() if coverage else {}),
            "date_created": written,
            "rompy_input_sha256": self.input_sha256,
            **(more or {}),
            **self.attributes,
        }
        line = f"{by}: {step}"
        lines = [*earlier, str(self.attributes.get("history", "")), f"{written} {line}" if written else line]
        told = {name: value for name, value in known.items() if value not in (None, "")}
        return told | {"history": "\n".join(dict.fromkeys(one.strip("\n") for one in lines if one.strip()))}


def history_of(path: str | Path) -> str:
    """What became of a netCDF file before, as its ``history`` tells; empty without one."""
    import netCDF4

    with netCDF4.Dataset(path) as file:
        return str(getattr(file, "history", ""))
