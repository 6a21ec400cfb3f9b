"""The image of a container: what its name stands for now, and whether that is what it stood for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rompy.errors import RompyError

SETTINGS = ("image", "dockerfile", "build_context", "build_args", "pull")
"""Of a backend: where an image comes from, which does not matter to one that is known by its digest."""


def image_now(name: str, *, pull: str = "missing", address: str | None = None) -> dict[str, Any] | None:
    """``name``, ``id`` and ``digests`` of the image that a run would take; nothing is fetched or built.

    None where that cannot be told: there is no engine, or neither it nor the registry has the image.

    Args:
        pull: when a run would fetch it, as in the settings of the backend.
        address: of the engine; by default that of this machine.
    """
    from rompy.run.containers.engine import engine, engine_address

    try:
        with engine(engine_address(address)) as client:
            if pull == "always":
                return _in_registry(client, name)
            return _here(client, name) or (None if pull == "never" else _in_registry(client, name))
    except RompyError:
        return None


def other_image(before: Mapping[str, Any], now: Mapping[str, Any] | None) -> Iterator[str]:
    """Why an image is not the same as before, or is not known to be; nothing when it is."""
    name = before.get("name")
    if now is None:
        yield f"the image {name} is not here, so that it cannot be told whether it is the same"
    elif not _is_same(before, now):
        here, then = _known_by(now, before), _known_by(before, now)
        yield f"the image is another one: {now['name']} {here} instead of {name} {then}"


def reference_of(image: Mapping[str, Any] | None) -> str | None:
    """The very same image in one word: by its digest in a registry, else by that on the machine it was built on."""
    image = image or {}
    repository = str(image.get("name")).partition("@")[0]
    digests = [str(one) for one in image.get("digests") or ()]
    # An image may be in several registries; the one that it was taken from is the one to ask again.
    own = [one for one in digests if repository.startswith(one.partition("@")[0])]
    return next(iter([*own, *digests]), None) or image.get("id")


def _here(client: Any, name: str) -> dict[str, Any] | None:
    from docker.errors import ImageNotFound

    try:
        found = client.images.get(name)
    except ImageNotFound:
        return None
    return {"name": name, "id": found.id, "digests": sorted(found.attrs.get("RepoDigests") or ())}


def _in_registry(client: Any, name: str) -> dict[str, Any] | None:
    """Without ``id``, which registries do not tell."""
    from docker.errors import APIError
    from docker.utils import parse_repository_tag

    try:
        digest = client.images.get_registry_data(name).id
    except APIError:
        return None
    return {"name": name, "id": None, "digests": [f"{parse_repository_tag(name)[0]}@{digest}"]}


def _is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if one.get("id") is not None and one.get("id") == other.get("id"):
        return True
    return bool(_digests(one) & _digests(other))


def _digests(image: Mapping[str, Any]) -> set[str]:
    """Of contents, in whatever registry these are."""
    return {str(one).rpartition("@")[2] for one in image.get("digests") or ()}


def _known_by(image: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Its id if the other one has one too, else its digest."""
    ids = image.get("id") if other.get("id") else None
    return str(ids or next(iter(sorted(_digests(image))), image.get("id")))
