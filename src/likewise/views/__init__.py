"""Views of a batch, made on its device, each sample with its own random parameters; and views of your own."""

from likewise.views import image, vector
from likewise.views.adapters import per_batch, per_sample
from likewise.views.compose import Compose, Normalize
from likewise.views.naming import describe
from likewise.views.recipes import Views, make_views, statistics

__all__ = [
    "Compose",
    "Normalize",
    "Views",
    "describe",
    "image",
    "make_views",
    "per_batch",
    "per_sample",
    "statistics",
    "vector",
]
