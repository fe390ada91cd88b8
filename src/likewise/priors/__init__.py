"""Spaces to start from: what is near before anything is trained."""

from collections.abc import Callable

from likewise.priors.cache import cache_folder
from likewise.priors.earlier import run
from likewise.priors.encoding import encode
from likewise.priors.plain import columns, pca, pixels, scaled
from likewise.priors.pretrained import timm
from likewise.priors.reading import from_file
from likewise.priors.reconstruction import autoencoder
from likewise.space import Space

PRIORS: dict[str, Callable[..., Space]] = {
    "autoencoder": autoencoder,
    "columns": columns,
    "from_file": from_file,
    "pca": pca,
    "pixels": pixels,
    "run": run,
    "scaled": scaled,
    "timm": timm,
}

__all__ = [
    "PRIORS",
    "autoencoder",
    "cache_folder",
    "columns",
    "encode",
    "from_file",
    "pca",
    "pixels",
    "run",
    "scaled",
    "timm",
]
