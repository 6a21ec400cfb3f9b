"""``rompy catalog``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session

file_option = click.option(
    "--file", type=click.Path(dir_okay=False), help="This catalogue only, instead of rompy's and your own."
)


@click.group()
def catalog() -> None:
    """List, show and check datasets that can be opened by name.

    They are those of rompy, of the machine (the folder in ROMPY_CATALOGS, else /etc/rompy/catalogs) and your own (in
    rompy/catalogs of your configuration folder, such as ~/.config). Of entries of one name your own counts.

    \b
    Examples:
      rompy catalog list
      rompy catalog show era5
      rompy catalog check era5 --start 1980-01-01 --end 1980-02-01
    """


@catalog.command("list")
@file_option
@common_options
def list_(session: Session, file: str | None) -> None:
    """List the datasets.

    \b
    Example:
      rompy catalog list --json
    """
    from rompy.cli.table import table
    from rompy.core.catalog.reading import SHIPPED, read_catalog

    found = read_catalog(file)
    rows = [
        {
            "dataset": name,
            "source": entry.source.get("model_type"),
            "title": entry.title,
            "catalogue": None if found.file_of(name) in (None, SHIPPED) else str(found.file_of(name)),
        }
        for name, entry in sorted(found.datasets.items())
    ]
    columns = [
        "dataset",
        "source",
        "title",
        *(["catalogue"] if any(row["catalogue"] for row in rows) else []),
    ]
    session.result({"datasets": rows}, () if session.as_json else table(rows, columns))


@catalog.command()
@click.argument("dataset")
@file_option
@common_options
def show(session: Session, dataset: str, file: str | None) -> None:
    """Show all that is known of a dataset, how to get access included.

    \b
    Example:
      rompy catalog show gebco
    """
    from rompy.core.catalog.reading import read_catalog
    from rompy.core.describing.dump import to_yaml

    entry = read_catalog(file).entry(dataset)
    values = entry.model_dump(mode="json", exclude_none=True)
    session.result({dataset: values}, to_yaml({dataset: values}).splitlines())


@catalog.command()
@click.argument("datasets", nargs=-1)
@click.option("--bbox", nargs=4, type=float, help="West, south, east and north that must be covered.")
@click.option("--start", help="First time that must be covered (UTC).")
@click.option("--end", help="Last time that must be covered (UTC).")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="Value for a parameter.")
@file_option
@common_options
def check(
    session: Session,
    datasets: tuple[str, ...],
    bbox: tuple[float, float, float, float] | None,
    start: str | None,
    end: str | None,
    given: tuple[str, ...],
    file: str | None,
) -> None:
    """Look for dead links, changed files and missing coverage. No data are downloaded.

    \b
    Examples:
      rompy catalog check
      rompy catalog check gfs --bbox 140 -45 155 -30 --start 2023-01-01
    """
    from dataclasses import asdict

    from rompy.cli.table import table
    from rompy.core.catalog.checking import check_all
    from rompy.core.catalog.reading import read_catalog
    from rompy.core.instant import parse_instant
    from rompy.errors import DataError

    found = read_catalog(file)
    period = tuple(None if text is None else parse_instant(text) for text in (start, end))
    parameters = dict(text.partition("=")[::2] for text in given)
    entries = {name: found.entry(name) for name in datasets or sorted(found.datasets)}
    checked = check_all(entries, parameters=parameters, box=bbox or None, period=(period[0], period[1]))
    findings = [asdict(finding) for finding in checked]
    colours = {
        "state": {"ok": "green", "dead": "red", "changed": "red", "uncovered": "yellow", "closed": "yellow"}
    }
    columns = ("dataset", "what", "state", "reason")
    session.result({"checks": findings}, () if session.as_json else table(findings, columns, colours=colours))
    bad = sorted({row["dataset"] for row in findings if row["state"] in ("dead", "changed", "uncovered")})
    if bad:
        raise DataError(f"{len(bad)} of the datasets cannot be used as asked: {', '.join(bad)}")
