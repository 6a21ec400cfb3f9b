"""Maps of grids and data, with coasts."""
