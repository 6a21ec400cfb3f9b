"""The nouns of a set-up: types, time, grids, sources, data, configurations."""
