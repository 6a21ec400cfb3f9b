"""Builds an image from a Dockerfile, once for the same content."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import threading
from pathlib import Path
from typing import Any

from rompy.backends.docker import DockerConfig
from rompy.errors import SubmitError
from rompy.run.containers.engine import said

logger = logging.getLogger(__name__)

_GUARD = threading.Lock()
_CHUNK = 1 << 20
_LAST_LINES = 12
"""Lines of a failed build that are shown."""


def build_image(client: Any, config: DockerConfig, log: Path) -> Any:
    """The image of the Dockerfile; built unless one of the same content is there.

    Raises:
        SubmitError: the build failed; with its last lines.
    """
    from docker.errors import ImageNotFound

    tag = image_tag(config)
    with _GUARD:  # several runs of one description want the same image at the same time
        try:
            return client.images.get(tag)
        except ImageNotFound:
            _build(client, config, tag, log)
            return client.images.get(tag)


def image_tag(config: DockerConfig) -> str:
    """``rompy-`` and a digest of the Dockerfile, the build arguments and every file of the context that counts."""
    context, dockerfile = _context(config), config.dockerfile_path
    total = hashlib.sha256()
    _add(total, "dockerfile", dockerfile.read_bytes())
    for name in sorted(config.build_args):
        _add(total, f"arg {name}", config.build_args[name].encode())
    for name in _files(context):
        _add_file(total, context, name)
    return f"rompy-{total.hexdigest()[:12]}"


def _context(config: DockerConfig) -> Path:
    return (config.build_context or config.dockerfile_path.parent).absolute()


def _files(context: Path) -> list[str]:
    """What is sent to the engine, less what ``.dockerignore`` says."""
    from docker.utils.build import exclude_paths

    ignore = context / ".dockerignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.is_file() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return sorted(exclude_paths(str(context), patterns))


def _add_file(total: Any, context: Path, name: str) -> None:
    path = context / name
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        _add(total, f"link {name}", os.fsencode(path.readlink()))
    elif stat.S_ISREG(status.st_mode):
        own = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                own.update(chunk)
        _add(total, f"file {name} {status.st_mode & 0o111}", own.digest())
    elif stat.S_ISDIR(status.st_mode):
        _add(total, f"folder {name}", b"")


def _add(total: Any, name: str, content: bytes) -> None:
    label = os.fsencode(name)
    total.update(b"%d %d " % (len(label), len(content)) + label + content)


def _build(client: Any, config: DockerConfig, tag: str, log: Path) -> None:
    from docker.errors import APIError

    context = _context(config)
    logger.info("building the image %s from %s", tag, config.dockerfile_path)
    lines: list[str] = []
    try:
        steps = client.api.build(
            path=str(context),
            dockerfile=str(config.dockerfile_path.absolute()),
            tag=tag,
            buildargs=dict(config.build_args),
            labels={"rompy.image": tag},
            network_mode=config.network if config.network in ("none", "host") else None,
            rm=True,
            forcerm=True,
            decode=True,
            timeout=None,
        )
        failure = _read(steps, lines)
    except (APIError, OSError) as error:
        failure = said(error)
    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if failure is not None:
        told = "\n".join(f"  {line}" for line in lines[-_LAST_LINES:])
        raise SubmitError(
            f"the image could not be built from {config.dockerfile_path}: {failure}\n{told}".rstrip(),
            hint=f"The full output of the build is in {log}",
            field="dockerfile",
        )


def _read(steps: Any, lines: list[str]) -> str | None:
    """Collect what a build says; its error, if any."""
    failure: str | None = None
    for step in steps:
        text = step.get("stream") or step.get("status") or step.get("error") or ""
        lines += [line for line in str(text).splitlines() if line.strip()]
        if "error" in step:
            failure = str(step["error"]).strip()
    return failure
