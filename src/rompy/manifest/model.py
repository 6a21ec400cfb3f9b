"""The model of a run."""

from __future__ import annotations

import logging
from pathlib import Path

from rompy import plugins
from rompy.errors import PluginError

logger = logging.getLogger(__name__)


def version_of_model(kind: str, workspace: Path) -> str | None:
    """Version of the model that wrote the output in a workspace; None when the model's plugin cannot tell.

    Args:
        kind: the ``model_type``.
    """
    try:
        found = plugins.class_for_tag("rompy.config", kind).model_version(workspace)
    except (PluginError, AttributeError):
        return None
    except Exception as error:  # noqa: BLE001 - of a plugin
        logger.warning("the plugin of %s cannot tell the version of its model: %s", kind, error)
        return None
    return None if found is None else str(found)
