"""What is to be known of a crate as a whole, of the runs in it, and of their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rompy.core.workspace import Workspace
from rompy.digest import FileDigest
from rompy.errors import RompyError
from rompy.manifest import Manifest
from rompy.manifest.model import version_of_model
from rompy.provenance.cite.models import citations_of_model
from rompy.provenance.crate.actions import CratedRun, actions_of, moment
from rompy.provenance.crate.agents import Credits
from rompy.provenance.crate.files import describe_file, file_in
from rompy.provenance.crate.graph import PREVIEW, ROOT, Graph, Reference, path_id
from rompy.provenance.crate.licence import licence_in

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"


@dataclass(frozen=True)
class PackedRun:
    """A run that goes into a crate."""

    manifest: Manifest
    folder: str
    """Its folder in the crate with a slash at the end; empty for the crate itself."""
    root: Path
    """Where it lies on disk."""


def graph_of(
    runs: Sequence[PackedRun],
    files: Mapping[str, FileDigest],
    *,
    title: str,
    licence: str | None = None,
    credited: Credits | None = None,
) -> Graph:
    """Everything that is to be known of a crate.

    Args:
        files: every file of the crate, by its name.
        licence: of the content; see ``licence_in``.
        credited: who is named.

    Raises:
        ConfigError: the licence is not known.
    """
    graph, credited = Graph(), credited or Credits()
    authors = credited.authors_in(graph)
    references = _files_in(graph, runs, files)
    graph.root.update(
        {
            "name": title,
            "description": _summary(runs),
            "datePublished": _published(runs),
            "conformsTo": graph.add(PROFILE, "CreativeWork", {"name": "Process Run Crate", "version": "0.5"}),
            "mentions": [
                action
                for run in runs
                for action in actions_of(graph, _crated(run, references), authors[0] if authors else None)
            ],
        }
    )
    known: dict[str, Any] = {
        "license": licence_in(graph, licence) if licence else None,
        "author": authors,
        "publisher": credited.publisher_in(graph),
        "citation": _citations_in(graph, runs),
        "temporalCoverage": _period(runs[0]) if len(runs) == 1 else None,
    }
    graph.root.update({key: value for key, value in known.items() if value})
    page = {"name": f"What is in {title}", "encodingFormat": "text/html", "about": {"@id": ROOT}}
    graph.add(PREVIEW, "CreativeWork", page)
    return graph


def _crated(run: PackedRun, files: Mapping[str, Reference]) -> CratedRun:
    version = version_of_model(str(run.manifest.model_type), run.root)
    return CratedRun(run.manifest, run.folder, files, version)


def _files_in(
    graph: Graph, runs: Sequence[PackedRun], files: Mapping[str, FileDigest]
) -> dict[str, Reference]:
    """All files; those of a run that has a folder of its own are parts of that folder."""
    found: dict[str, Reference] = {}
    for name, digest in sorted(files.items()):
        run = next((run for run in runs if name.startswith(run.folder)), None)
        what = (
            describe_file(run.manifest, name[len(run.folder) :]) if run else "Copy of what several runs read"
        )
        found[name] = file_in(graph, name, digest, what)
    parts = [
        found[name] for name in found if not any(run.folder and name.startswith(run.folder) for run in runs)
    ]
    folders = [_folder_in(graph, run, found) for run in runs if run.folder]
    graph.root["hasPart"] = [*folders, *parts]
    return found


def _folder_in(graph: Graph, run: PackedRun, files: Mapping[str, Reference]) -> Reference:
    return graph.add(
        path_id(run.folder),
        "Dataset",
        {
            "name": str(run.manifest.run_id),
            "description": f"A run of {run.manifest.model_type}: description, input, output and records.",
            "temporalCoverage": _period(run),
            "hasPart": [reference for name, reference in files.items() if name.startswith(run.folder)],
        },
    )


def _summary(runs: Sequence[PackedRun]) -> str:
    kinds = ", ".join(sorted({str(run.manifest.model_type) for run in runs}))
    count = f"{len(runs)} runs" if len(runs) > 1 else "1 run"
    return f"{count} of {kinds}, made with rompy: description, input, output and records."


def _published(runs: Sequence[PackedRun]) -> str:
    """When the last phase of all ended: the day of writing the crate would make two crates of one run differ."""
    spans = (
        span
        for run in runs
        for span in (run.manifest.phases.generate, *run.manifest.phases.run, *run.manifest.phases.postprocess)
    )
    ends = [end for span in spans if span is not None and span.ended and (end := moment(span.ended))]
    return max(ends, default="1970-01-01T00:00:00+00:00")


def _period(run: PackedRun) -> str | None:
    """The period of a run as ISO 8601, as its description has it."""
    from rompy.core.describing.description import Description

    try:
        period = Description.load(Workspace(run.root).run_yml).data["period"]
        begin, end = (moment(period[key]) for key in ("start", "end"))
    except (RompyError, OSError, KeyError, TypeError):
        return None
    return f"{begin}/{end}" if begin and end else None


def _citations_in(graph: Graph, runs: Sequence[PackedRun]) -> list[Reference]:
    """Articles on the models that have a DOI."""
    kinds = sorted({str(run.manifest.model_type) for run in runs})
    works = dict.fromkeys(work for kind in kinds for work in citations_of_model(kind))
    return [
        graph.add(
            f"https://doi.org/{work.fields['doi']}",
            "ScholarlyArticle",
            {
                "name": work.title,
                "author": [a.strip("{}") for a in work.authors],
                "datePublished": str(work.year or ""),
            },
        )
        for work in works
        if work.kind != "software" and "doi" in work.fields
    ]
