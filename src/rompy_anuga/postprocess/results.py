"""What postprocessing made: the files and the summary."""

from __future__ import annotations

from pathlib import Path

from rompy.postprocess.result import PostprocessResult
from rompy_anuga.postprocess.summary import RunSummary


class AnugaResults(PostprocessResult):
    """Results of a run. True in a condition when successful.

    As attributes, entries are paths and a :class:`RunSummary`; as keys (``results["files"]``) the same in plain values
    that JSON knows.
    """

    def __init__(self, output_dir: Path, names: list[str], summary: RunSummary) -> None:
        self.output_dir = output_dir
        self.files = tuple(output_dir / name for name in sorted(names))
        """All files made, in alphabetical order."""
        self.summary = summary
        super().__init__(
            success=True,
            message=f"{len(names)} files of results in {output_dir}",
            output_dir=str(output_dir),
            files=[str(path) for path in self.files],
            summary=summary.as_dict(),
        )

    def __str__(self) -> str:
        return "\n".join([self.message, *self.summary.lines])
