"""What the page and the reports are made of: pictures of samples, what a graph looks like, a map, style and markup."""

from likewise.show.graph_view import GraphView
from likewise.show.markup import STATIC, templates
from likewise.show.pictures import HeldPictures, Pictures, data_uri
from likewise.show.planes import Plane, flat_map, map_data

__all__ = [
    "STATIC",
    "GraphView",
    "HeldPictures",
    "Pictures",
    "Plane",
    "data_uri",
    "flat_map",
    "map_data",
    "templates",
]
