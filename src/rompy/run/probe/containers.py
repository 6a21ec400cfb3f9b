"""What runs containers, and whether it can be used."""

from __future__ import annotations

from rompy.errors import RompyError
from rompy.run.probe.answer import answer
from rompy.sites.profile import ContainerRuntime

PROGRAMS = ("apptainer", "singularity", "charliecloud")
_VERSION_OF = {"charliecloud": ["ch-run", "--version"]}


def container_runtimes() -> dict[str, ContainerRuntime]:
    """Docker or Podman when its service answers, and programs that need none."""
    found = {}
    engine = _engine()
    if engine is not None:
        found[engine[0]] = engine[1]
    for name in PROGRAMS:
        said = answer(_VERSION_OF.get(name, [name, "--version"]), errors_too=True)
        if said:
            found[name] = ContainerRuntime(version=said.split()[-1])
    return found


def _engine() -> tuple[str, ContainerRuntime] | None:
    """The service that the backend ``docker`` would speak to; None when there is neither program nor service."""
    from rompy.run.containers.engine import engine, engine_address

    try:
        with engine(engine_address(), timeout=10.0) as client:
            told = client.version()
        parts = " ".join(str(part.get("Name", "")) for part in told.get("Components") or ())
        return ("podman" if "podman" in parts.lower() else "docker"), ContainerRuntime(
            version=told.get("Version")
        )
    except RompyError as error:
        for name in ("docker", "podman"):
            if answer([name, "--version"]) is not None:
                return name, ContainerRuntime(answers=False, reason=error.message)
    return None
