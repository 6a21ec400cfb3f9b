"""Finds the transfer for an address among the plugins of the group ``rompy.transfer``, by scheme."""

from __future__ import annotations

from typing import ClassVar

from rompy import plugins
from rompy.errors import TransferError
from rompy.transfer.address import Address, parse_scheme
from rompy.transfer.base import TransferBase

GROUP = "rompy.transfer"


class UnknownSchemeError(TransferError, KeyError):
    """No transfer goes by the scheme of an address."""

    code: ClassVar[str] = "transfer.unknown_scheme"


def available_schemes() -> list[str]:
    """Schemes that a transfer is registered for, sorted. Imports none of them."""
    return sorted({plugin.name.lower() for plugin in plugins.entries(GROUP)})


def get_transfer(uri_or_path: Address) -> TransferBase:
    """A transfer for a URI or a path on this machine.

    Raises:
        KeyError: nothing is registered for its scheme.
        PluginError: what is registered is broken, or two packages claim the scheme.
    """
    scheme = parse_scheme(uri_or_path)
    for plugin in plugins.entries(GROUP):
        if plugin.name.lower() == scheme:
            transfer: TransferBase = plugins.load(GROUP, plugin.name)()
            return transfer
    raise UnknownSchemeError(
        f"No transfer registered for scheme {scheme!r}. Available schemes: {', '.join(available_schemes())}"
    )
