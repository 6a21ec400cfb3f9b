"""The functions on addresses, under the name by which plugins of earlier versions may import them."""

from rompy.transfer.address import join_prefix, parse_scheme

__all__ = ["join_prefix", "parse_scheme"]
