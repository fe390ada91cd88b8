"""The views that have names: each a function of a sample's shape that gives the operations, without normalisation."""

from __future__ import annotations

from likewise.views import image, vector
from likewise.views.compose import Compose, Operation

BLUR_FROM = 64
"""Images of at least this side are blurred by default: SimCLR leaves it out on CIFAR-10."""


def unchanged(shape: tuple[int, ...]) -> Compose:
    """Samples as they are."""
    del shape
    return Compose()


def flipped(shape: tuple[int, ...]) -> Compose:
    """Half of the images mirrored (GPS-SSL, arXiv 2401.01990)."""
    del shape
    return Compose(image.Flip())


def cropped(shape: tuple[int, ...]) -> Compose:
    """Random resized crops, half of them mirrored."""
    del shape
    return Compose(image.Crop(flip=0.5))


def strong_images(shape: tuple[int, ...], *, blur: bool | None = None) -> Compose:
    """Crops, colours, greys and blur (SimCLR, arXiv 2002.05709)."""
    return Compose(image.Crop(flip=0.5), image.Jitter(), image.Gray(), *_blurred(shape, blur, 0.5))


def asymmetric(shape: tuple[int, ...], *, blur: bool | None = None) -> tuple[Compose, Compose]:
    """The first view always blurred, the others sometimes solarised (BYOL, arXiv 2006.07733)."""
    both = (image.Crop(flip=0.5), image.Jitter(0.4, 0.4, 0.2, 0.1), image.Gray())
    first = Compose(*both, *_blurred(shape, blur, 1.0))
    return first, Compose(*both, *_blurred(shape, blur, 0.1), image.Solarize())


def noisy(shape: tuple[int, ...]) -> Compose:
    """Gaussian noise on standardised features."""
    del shape
    return Compose(vector.Noise())


def masked(shape: tuple[int, ...]) -> Compose:
    """Some features replaced by their mean."""
    del shape
    return Compose(vector.Mask())


def scaled(shape: tuple[int, ...]) -> Compose:
    """Each vector times a random factor."""
    del shape
    return Compose(vector.Scale())


def weak_vectors(shape: tuple[int, ...]) -> Compose:
    """Noise of deviation .05."""
    del shape
    return Compose(vector.Noise(0.05))


def strong_vectors(shape: tuple[int, ...]) -> Compose:
    """Scaled, masked and noisy."""
    del shape
    return Compose(vector.Scale(), vector.Mask(), vector.Noise())


def _blurred(shape: tuple[int, ...], blur: bool | None, p: float) -> tuple[Operation, ...]:
    return (image.Blur(p),) if (min(shape[1:]) >= BLUR_FROM if blur is None else blur) else ()
