"""Spaces to start from: what is near before anything is trained."""

from collections.abc import Callable

from likewise.data.decoded import cache_folder
from likewise.priors.earlier import run
from likewise.priors.encoding import encode
from likewise.priors.histograms import color, texture
from likewise.priors.joining import joined
from likewise.priors.plain import columns, pca, pixels, scaled
from likewise.priors.pretrained import timm
from likewise.priors.reading import from_file
from likewise.priors.reconstruction import autoencoder
from likewise.priors.spectrum import spectrum
from likewise.registry import Registry
from likewise.space import Space

PRIORS: Registry[Callable[..., Space]] = Registry(
    "prior",
    {
        "autoencoder": "likewise.priors.reconstruction:autoencoder",
        "color": "likewise.priors.histograms:color",
        "columns": "likewise.priors.plain:columns",
        "from_file": "likewise.priors.reading:from_file",
        "pca": "likewise.priors.plain:pca",
        "pixels": "likewise.priors.plain:pixels",
        "run": "likewise.priors.earlier:run",
        "scaled": "likewise.priors.plain:scaled",
        "spectrum": "likewise.priors.spectrum:spectrum",
        "texture": "likewise.priors.histograms:texture",
        "timm": "likewise.priors.pretrained:timm",
    },
    group="likewise.priors",
)
"""Priors by name; the commands give one the samples, and the text after a colon where there is one."""

__all__ = [
    "PRIORS",
    "autoencoder",
    "cache_folder",
    "color",
    "columns",
    "encode",
    "from_file",
    "joined",
    "pca",
    "pixels",
    "run",
    "scaled",
    "spectrum",
    "texture",
    "timm",
]
