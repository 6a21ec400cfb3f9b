"""``rompy restore``"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session

SHOWN = 10
"""Inputs that are listed which the archive does not have."""

_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


class Size(click.ParamType):
    """Bytes, perhaps with k, M, G or T."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kMGT]?)B?", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no size; write 500M or 20G", param, ctx)
        return int(float(found[1]) * _UNITS[found[2]])


@click.command()
@click.argument("archive", type=click.Path(dir_okay=False))
@click.argument("folder", type=click.Path())
@click.option(
    "--max-size", type=Size(), help="Refuse more than this: 500M, 20G.  [default: 200 times the archive]"
)
@common_options
def restore(session: Session, archive: str, folder: str, max_size: int | None) -> None:
    """Unpack an archive or a crate into a new folder.

    Every digest is checked, nothing is written outside of FOLDER, and FOLDER appears whole or not at all.

    \b
    Examples:
      rompy restore tide.rompy.zip tide
      rompy restore tide.rompy.zip tide && rompy verify tide
    """
    from rompy.cli.describe import size_of
    from rompy.printable import in_one_line
    from rompy.provenance.restore import restore as unpack

    done = unpack(archive, folder, max_bytes=max_size)
    lines = [f"{done.root}: {in_one_line(done.title)}, {done.files} files, {size_of(done.bytes)}"]
    if done.references:
        names = list(dict.fromkeys(reference.name or reference.uri for reference in done.references))
        lines.append(f"not in the archive: {len(names)} input{'s' * (len(names) > 1)}, by reference only")
        lines += [f"  {in_one_line(name)}" for name in names[:SHOWN]]
        if len(names) > SHOWN:
            lines.append(f"  and {len(names) - SHOWN} more (--json lists all)")
    session.result(
        {
            "folder": str(done.root),
            "title": done.title,
            "files": done.files,
            "bytes": done.bytes,
            "references": [vars(reference) for reference in done.references],
        },
        lines,
    )
