"""Grids: what all have in common, and each kind. `rompy.core.grid` gives the names."""
