"""Bending a space towards a graph in closed form: the prior beside the directions in which alike samples agree."""

from likewise.adaptation.adapted import Adapted, AdaptedMap, load_map, save_map
from likewise.adaptation.adapting import adapt
from likewise.adaptation.choosing import Gain
from likewise.adaptation.directions import Directions, Form, directions_of
from likewise.adaptation.scatter import Scatter, scatter_of

__all__ = [
    "Adapted",
    "AdaptedMap",
    "Directions",
    "Form",
    "Gain",
    "Scatter",
    "adapt",
    "directions_of",
    "load_map",
    "save_map",
    "scatter_of",
]
