"""Views of a batch, made on its device, each sample with its own random parameters."""

from likewise.views import image, vector
from likewise.views.compose import Compose, Normalize
from likewise.views.recipes import KNOWN, Views, make_views, statistics

__all__ = ["KNOWN", "Compose", "Normalize", "Views", "image", "make_views", "statistics", "vector"]
