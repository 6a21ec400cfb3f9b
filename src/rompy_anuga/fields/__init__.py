"""Gridded input of the model: bed, friction, initial level, wind, air pressure, rain."""

from rompy_anuga.fields.bathymetry import Bathymetry
from rompy_anuga.fields.friction import Friction
from rompy_anuga.fields.gridded import GriddedField, ScalarField, Setting
from rompy_anuga.fields.initial_level import InitialLevel
from rompy_anuga.fields.pressure import Pressure
from rompy_anuga.fields.rain import Rain
from rompy_anuga.fields.wind import Wind

__all__ = [
    "Bathymetry",
    "Friction",
    "GriddedField",
    "InitialLevel",
    "Pressure",
    "Rain",
    "ScalarField",
    "Setting",
    "Wind",
]
