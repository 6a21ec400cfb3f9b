"""The program of a model that a lock pins: executables by digest, or the image of a container."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rompy.digest import sha256_by_path
from rompy.manifest.programs import STARTERS
from rompy.manifest.schema import RunPhase
from rompy.provenance.image import image_now, other_image

_PYTHON = re.compile(r"python[\d.]*")
"""Its version is pinned with the environment, and what it runs is generated."""


@dataclass(frozen=True)
class Program:
    """Executables by the names of their files, or an image."""

    executables: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 by name."""
    image: Mapping[str, Any] | None = None
    """``name``, ``id`` and ``digests`` of the image of a container."""

    def __bool__(self) -> bool:
        return bool(self.executables or self.image)

    def __str__(self) -> str:
        return str(self.image.get("name")) if self.image is not None else ", ".join(sorted(self.executables))

    @classmethod
    def of_phase(cls, phase: RunPhase | None) -> Program | None:
        """What a model ran with; None when it has not run, or nothing is known that could differ."""
        if phase is None:
            return None
        if phase.image:
            return cls(image={key: phase.image.get(key) for key in ("name", "id", "digests")})
        told: Mapping[str, Any] = phase.executable or {}
        name, digest = Path(told.get("path") or "").name, told.get("sha256")
        found = cls({name: digest} if digest and _is_own(name) else {})
        return found or None

    @classmethod
    def of_run(cls, model_run: Any, backend: Any) -> Program | None:
        """What a model would run with here; None when that is not known."""
        if _is_container(backend):
            image = _image(backend)
            return None if image is None else cls(image=image)
        places = {name: path for name, path in _executables(model_run, backend) if _is_own(name)}
        digests = sha256_by_path(places.values())
        return cls({name: digests[path] for name, path in places.items() if path in digests}) or None

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Program:
        """From a lock in plain values."""
        executables = {str(name): str(digest) for name, digest in (told.get("executables") or {}).items()}
        return cls(executables, told.get("image"))

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        if self.image is not None:
            return {"image": dict(self.image)}
        return {"executables": dict(sorted(self.executables.items()))}

    def differences(self, now: Program | None) -> Iterator[str]:
        """How what a model would run with now differs, in words."""
        if self.image is not None:
            yield from other_image(self.image, None if now is None else now.image)
            return
        there = {} if now is None else now.executables
        for name, digest in sorted(self.executables.items()):
            if name not in there:
                yield f"the program {name} is not what would be run, or is not found"
            elif there[name] != digest:
                yield f"the program {name} is another one: sha256 {there[name][:12]} instead of {digest[:12]}"


def _is_own(name: str) -> bool:
    return bool(name) and name not in STARTERS and not _PYTHON.fullmatch(name)


def _is_container(backend: Any) -> bool:
    return bool(getattr(backend, "image", None) or getattr(backend, "dockerfile_path", None))


def _executables(model_run: Any, backend: Any) -> Iterator[tuple[str, Path]]:
    """Names and places of what is executed: of a command that settings state, every word that is a program here."""
    launch = model_run.config.launch()
    words = [] if launch is None else [launch.argv[0]]
    command = getattr(backend, "command", None)
    if command:
        with suppress(ValueError):  # no shell would understand it
            words = shlex.split(command) if isinstance(command, str) else [str(word) for word in command]
    for word in words:
        place = shutil.which(word)
        if place is not None:
            yield Path(place).resolve().name, Path(place).resolve()


def _image(backend: Any) -> dict[str, Any] | None:
    """The image that a backend would take."""
    from rompy.run.containers.build import image_tag

    name, pull = getattr(backend, "image", None), getattr(backend, "pull", "missing")
    if not name:
        try:
            name, pull = image_tag(backend), "never"
        except ImportError:  # there is no SDK of Docker, hence no engine
            return None
    return image_now(name, pull=pull, address=getattr(backend, "engine", None))
