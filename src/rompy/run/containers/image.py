"""The image that a model runs in: found, fetched or built, and known by its digest."""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rompy.backends.docker import DockerConfig
from rompy.errors import SubmitError
from rompy.run.containers.build import build_image
from rompy.run.containers.engine import said

logger = logging.getLogger(__name__)

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_HAS_PYTHON: dict[str, bool] = {}
"""By image id, which names its content."""
_GUARD = threading.Lock()


@dataclass(frozen=True)
class Image:
    """An image that the engine has."""

    name: str
    id: str
    """Digest of its configuration, which names its content."""
    digests: tuple[str, ...] = ()
    """As its registries know it; empty for one that was built or imported here."""
    user: str = ""
    """Its own default user."""
    path: tuple[str, ...] = ()
    """Where it looks for programs."""

    def facts(self) -> dict[str, Any]:
        """For the record."""
        return {"name": self.name, "id": self.id, "digests": list(self.digests)}


def prepare_image(client: Any, config: DockerConfig, log: Path) -> Image:
    """The image of the settings, fetched or built when it is not there.

    Args:
        client: of the engine.
        log: where to keep what a build says.

    Raises:
        SubmitError: it is not there and cannot be had, or it cannot be built.
    """
    found = _named(client, config) if config.image else build_image(client, config, log)
    attributes = found.attrs
    settings = attributes.get("Config") or {}
    return Image(
        name=config.image or next(iter(found.tags), found.id),
        id=found.id,
        digests=tuple(sorted(attributes.get("RepoDigests") or ())),
        user=settings.get("User") or "",
        path=_search_path(settings),
    )


def _named(client: Any, config: DockerConfig) -> Any:
    from docker.errors import ImageNotFound

    if config.pull != "always":
        try:
            return client.images.get(config.image)
        except ImageNotFound:
            if config.pull == "never":
                raise SubmitError(
                    f"the engine has no image {config.image}",
                    hint="Build or pull it, or set  pull: missing.",
                ) from None
    return _pulled(client, str(config.image))


def _pulled(client: Any, name: str) -> Any:
    from docker.errors import APIError
    from docker.utils import parse_repository_tag

    logger.info("pulling the image %s", name)
    repository, tag = parse_repository_tag(name)
    try:
        return client.images.pull(repository, tag=tag or "latest")
    except APIError as error:
        raise SubmitError(
            f"the image {name} is not here and could not be pulled: {said(error)}",
            hint="Check its name and tag; log in to its registry (docker login) if it is private, or build it here.",
            field="image",
        ) from error


def has_python(client: Any, container: Any, image: Image) -> bool:
    """Whether ``python3`` is in the image, looked for in a container of it that need not have been started.

    A look takes milliseconds, and nothing of the image is run.
    """
    with _GUARD:
        if image.id not in _HAS_PYTHON:
            url = f"{client.api.base_url}/v{client.api.api_version}/containers/{container.id}/archive"
            _HAS_PYTHON[image.id] = any(_has_file(client, url, f"{folder}/python3") for folder in image.path)
        return _HAS_PYTHON[image.id]


def _has_file(client: Any, url: str, path: str) -> bool:
    with client.api.head(url, params={"path": re.sub("/+", "/", path)}, timeout=client.api.timeout) as answer:
        return bool(answer.status_code == 200)


def _search_path(settings: dict[str, Any]) -> tuple[str, ...]:
    variables = dict(item.partition("=")[::2] for item in settings.get("Env") or ())
    return tuple(folder for folder in (variables.get("PATH") or _PATH).split(":") if folder.startswith("/"))
