"""Data along the boundary of a model grid."""
