"""The version of the layout of manifests."""

SCHEMA = 2
"""What this rompy writes. It reads this one and those before."""
