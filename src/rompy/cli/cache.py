"""``rompy cache``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.fetch.cache import Cache, Damage
    from rompy.fetch.entry import Entry

COLUMNS = ("size", "fetched", "used", "version", "slice", "address")
FAILURE = 10
"""Exit status when something in the cache is damaged: that of a failed transfer."""


@click.group()
def cache() -> None:
    """List, shrink and check what was fetched from elsewhere.

    \b
    ROMPY_CACHE_DIR      its folder
    ROMPY_CACHE_LIMIT    its limit, such as 50GB
    ROMPY_OFFLINE=1      use what is in it without asking whether it still holds

    \b
    Examples:
      rompy cache list
      rompy cache prune --to 5GB
      rompy cache verify --repair
    """


@cache.command("list")
@common_options
def list_(session: Session) -> None:
    """List what is in the cache, the one used last first.

    \b
    Example:
      rompy cache list --json
    """
    from rompy.cli.table import table
    from rompy.fetch.cache import Cache

    store = Cache()
    rows = [_row(store, entry) for entry in store.entries()]
    values = {"folder": str(store.root), "size": store.size, "limit": store.limit, "entries": rows}
    cells = [{**row, "size": _in_words(row["size"])} for row in rows]
    session.result(values, table(cells, COLUMNS) if cells else ["the cache is empty"])
    session.hint(f"{_in_words(store.size)} of at most {_in_words(store.limit)} in {store.root}")


@cache.command()
@click.option(
    "--to", "limit", metavar="SIZE", help="Keep at most this much, such as 500MB; the limit by default."
)
@click.option("--all", "everything", is_flag=True, help="Keep nothing, not even downloads that broke off.")
@common_options
def prune(session: Session, limit: str | None, everything: bool) -> None:
    """Drop what was used longest ago.

    What a running process was handed out stays.

    \b
    Examples:
      rompy cache prune --to 5GB
      rompy cache prune --all
    """
    from rompy.fetch.cache import Cache
    from rompy.fetch.settings import size_in_bytes

    if limit is not None and everything:
        raise click.UsageError("Give either --to or --all.")
    store = Cache()
    before = store.size
    bound = 0 if everything else size_in_bytes(limit) if limit is not None else None
    dropped = [_row(store, entry) for entry in store.prune(bound)]
    freed = before - store.size
    session.result(
        {"dropped": dropped, "freed": freed, "size": store.size},
        [f"dropped {len(dropped)}, {_in_words(freed)}; {_in_words(store.size)} are left"],
    )


@cache.command()
@click.option("--repair", is_flag=True, help="Drop what is damaged, so that it is fetched anew.")
@common_options
def verify(session: Session, repair: bool) -> None:
    """Read all of the cache and tell what is damaged; ends with status 10 if something is, and is not repaired.

    \b
    Example:
      rompy cache verify --repair
    """
    from rompy.fetch.cache import Cache

    store = Cache()
    damages = store.verify(repair=repair)
    values = {
        "checked": len(store.entries()),
        "repaired": repair,
        "damages": [_damage(one) for one in damages],
    }
    lines = [f"{damage.path}: {damage.reason}" for damage in damages] or ["everything is as it came"]
    session.result(values, lines)
    if damages and not repair:
        session.hint("rompy cache verify --repair drops it, so that it is fetched anew")
        click.get_current_context().exit(FAILURE)


def _row(store: Cache, entry: Entry) -> dict[str, Any]:
    used = store.used(entry)
    return {
        "address": entry.address,
        "size": entry.size,
        "fetched": _moment(entry.fetched),
        "used": _moment(used.isoformat()) if used else None,
        "version": entry.version.etag or entry.version.modified,
        "slice": ", ".join(f"{name}={value}" for name, value in sorted(entry.slice.items())) or None,
        "digest": f"sha256:{entry.digest}",
    }


def _damage(damage: Damage) -> dict[str, Any]:
    address = damage.entry.address if damage.entry is not None else None
    return {"path": str(damage.path), "reason": damage.reason, "address": address}


def _moment(text: str) -> str:
    return text[:19].replace("T", " ")


def _in_words(size: int) -> str:
    """A size for people, in the units that ROMPY_CACHE_LIMIT takes."""
    amount, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.3g} {units[0]}"
