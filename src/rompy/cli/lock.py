"""``rompy lock``"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options, site

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.provenance.lock import Lock


@click.command()
@click.argument("sources", metavar="FILE...", type=click.Path(), nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    "--lock-file",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The lock.  [default: rompy.lock beside FILE]",
)
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; tell how what would be pinned now differs from what the lock has.",
)
@click.option(
    "--backend-config",
    type=click.Path(dir_okay=False),
    help="Settings of the backend, whose program is pinned. Default: the section backend, else this machine.",
)
@site
@common_options
def lock(
    session: Session,
    sources: tuple[str, ...],
    output: Path | None,
    check: bool,
    backend_config: str | None,
    site: str | None,
) -> None:
    """Pin what runs are made with, for --locked to enforce.

    FILE is a description, whose input is generated into a temporary folder to see what is read; or the folder of a run,
    of which the record tells. The lock holds the versions of Python and of all packages in use, digests of code that no
    version tells apart, SOURCE_DATE_EPOCH and ROMPY_AS_OF, environment modules, and for each run address, version and
    digest of every input, the digest of its template, and of its program or image as far as that is known here.

    \b
    Examples:
      rompy lock tide.yml
      rompy lock members/*.yml
      rompy run tide.yml --locked
      rompy lock tide.yml --check
      rompy lock simulations/tide -o published.lock
    """
    from rompy.provenance.lock import NAME, Lock

    path = output or _folder_of(sources[0]) / NAME
    former = Lock.read(path) if check else None
    now = Lock.joined([_lock_of(session, source, backend_config, site) for source in sources])
    count = _count(now)
    if former is not None:
        former.check_all(now)
        session.result({"lock": str(path), "differences": []}, [f"{path}: as it is pinned ({count})"])
        return
    now.write(path)
    session.result(
        {
            "lock": str(path),
            "python": now.environment.python,
            "distributions": dict(now.environment.distributions),
            "inputs": sorted({one.uri for run in now.runs.values() for one in run.inputs}),
            "runs": {name: run.to_dict() for name, run in now.runs.items()},
        },
        [f"{path}: {count}"],
    )
    if session.verbose:
        for name in (name for name, run in now.runs.items() if run.program is None):
            session.say(f"{name}: no program is pinned: it is Python, or it is not known here")
    if not Path(sources[0]).is_dir():
        locked = "--locked" if output is None else f"--lock-file {shlex.quote(str(output))}"
        session.hint(f"Next: rompy run {shlex.quote(sources[0])} {locked}")


def _folder_of(source: str) -> Path:
    return Path() if Path(source).is_dir() else Path(source).parent


def _count(lock: Lock) -> str:
    inputs = sum(len(run.inputs) for run in lock.runs.values())
    programs = sum(run.program is not None for run in lock.runs.values())
    told = (
        f"Python {lock.environment.python}, {len(lock.environment.distributions)} packages, {inputs} inputs"
    )
    told += f", {programs} program{'' if programs == 1 else 's'}" if programs else ""
    return told if len(lock.runs) == 1 else f"{len(lock.runs)} runs, {told}"


def _lock_of(session: Session, source: str, backend_config: str | None, site: str | None) -> Lock:
    from rompy.cli.chosen_backend import backend_of
    from rompy.cli.describe import model_run_of
    from rompy.core.describing.run_file import RunFile, read_description
    from rompy.postprocess import load_processor_config
    from rompy.provenance.lock import Lock

    if Path(source).is_dir():
        return Lock.of_workspace(Path(source))
    session.source = described = RunFile.of(read_description(Path(source)))
    backend = backend_of(described, backend_config, site)
    processor = None
    if described.postprocessor is not None:
        processor = str(getattr(load_processor_config(described.postprocessor), "type", ""))
    return Lock.of_run(model_run_of(described), backend, processor)
