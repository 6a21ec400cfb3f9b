"""``rompy site``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.sites.profile import SiteProfile

WHERE = """\b
Profiles are YAML files that can be shared. They are found by name in
  ~/.config/rompy/sites    your own
  /etc/rompy/sites         of this machine, for all users (or the folder ROMPY_SITES)
and chosen with --site NAME, with the variable ROMPY_SITE, or with the key site of
a backend's settings. One named default is taken when nothing else is said."""


@click.group(epilog=WHERE)
def site() -> None:
    """Find out, show and check what is known of a machine.

    A profile holds facts (schedulers, queues and their limits, modules, containers, scratch, MPI), which are checked
    before a job is queued, and settings for backends, which hold where a run leaves them open.

    \b
    Examples:
      rompy site probe --output gadi.yml
      rompy run tide.yml --backend-config slurm.yml --site gadi.yml --dry-run
      rompy site list
    """


@site.command()
@click.option("--name", help="Name of the site.  [default: that of the file, else of the machine]")
@click.option("--description", help="A sentence for people.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False), help="File to write.  [default: standard output]"
)
@click.option("--save", is_flag=True, help="Write it among your own profiles, to be chosen by its name.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@common_options
def probe(
    session: Session, name: str | None, description: str | None, output: str | None, save: bool, force: bool
) -> None:
    """Look around on this machine and write its profile. Nothing is submitted, loaded or started.

    \b
    Examples:
      rompy site probe
      rompy site probe --output gadi.yml
      rompy site probe --name gadi --save
    """
    from rompy.core import atomic
    from rompy.errors import ConfigError
    from rompy.run.probe import probe_site
    from rompy.sites.places import user_folder
    from rompy.sites.text import yaml_of

    if output and save:
        raise click.UsageError("--output and --save exclude each other.")
    found = probe_site(name or (Path(output).stem if output else _machine()), description)
    path = user_folder() / f"{found.name}.yml" if save else Path(output) if output else None
    if path is not None and path.exists() and not force:
        raise ConfigError(
            "there is a profile already", file=path, hint="--force replaces it, with what was added by hand."
        )
    text = yaml_of(found)
    if path is None:
        session.result({"site": _plain(found)}, [text.rstrip()])
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(path, text)
    session.result({"site": _plain(found), "file": str(path)}, [str(path)])
    session.hint(
        f"Next: add settings to it, then  rompy run CONFIG --site {found.name if save else path} --dry-run"
    )


@site.command("list")
@common_options
def list_(session: Session) -> None:
    """List the profiles that can be chosen by name.

    \b
    Example:
      rompy site list --json
    """
    from rompy.cli.table import table
    from rompy.errors import RompyError
    from rompy.sites.places import known_sites
    from rompy.sites.profile import SiteProfile

    rows = []
    for one in known_sites():
        row = {"name": one.name, "for": "all users" if one.shared else "you", "file": str(one.path)}
        try:
            profile = SiteProfile.load(one.path)
            row |= {"schedulers": ", ".join(profile.schedulers), "problem": ""}
        except RompyError as error:
            row |= {"schedulers": "", "problem": error.message.partition("\n")[0]}
        rows.append(row)
    columns = ("name", "for", "schedulers", "file", "problem")
    session.result({"sites": rows}, table(rows, columns) if rows else ["no profiles"])


@site.command()
@click.argument("name", required=False)
@common_options
def show(session: Session, name: str | None) -> None:
    """Show a profile, by its name or file; the one that would be taken when no name is given.

    \b
    Examples:
      rompy site show gadi
      rompy site show ./gadi.yml --json
    """
    from rompy.sites.text import yaml_of

    profile = _profile(name)
    session.result({"site": _plain(profile), "file": profile.source.mark().file}, [yaml_of(profile).rstrip()])


@site.command()
@click.argument("name", required=False)
@click.option(
    "--here", is_flag=True, help="Look around on this machine too, and tell where the profile differs."
)
@common_options
def check(session: Session, name: str | None, here: bool) -> None:
    """Check a profile: its layout, and its settings against the backends they are for.

    \b
    Examples:
      rompy site check gadi.yml
      rompy site check gadi --here
    """
    from rompy.errors import ConfigError
    from rompy.sites.review import review

    profile = _profile(name)
    mistakes, remarks = review(profile)
    if here:
        from rompy.run.probe import probe_site
        from rompy.sites.review import differences

        remarks += differences(profile, probe_site(profile.name))
    for remark in remarks:
        session.say(remark)
    session.details["remarks"] = remarks
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    session.result({"valid": True, "name": profile.name}, [f"valid: {profile.name}"])


def _profile(name: str | None) -> SiteProfile:
    import os

    from rompy.errors import ConfigError
    from rompy.sites.places import default_site, load_site

    named = name or os.environ.get("ROMPY_SITE")
    profile = load_site(named) if named else default_site()
    if profile is None:
        raise ConfigError(
            "no profile is named, and none is called default", hint="rompy site list tells which are there."
        )
    return profile


def _plain(profile: SiteProfile) -> dict[str, Any]:
    return profile.model_dump(mode="json", exclude_none=True)


def _machine() -> str:
    import platform
    import re

    return re.sub(r"[^A-Za-z0-9_.-]+", "-", platform.node().partition(".")[0]).strip("-.") or "here"
