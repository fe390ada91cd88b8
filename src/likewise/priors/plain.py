"""Priors that need no network: pixels, principal components, metadata."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch

from likewise.arrays import Array, FloatArray, column_scale
from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.space import Space

BLOCK = 1 << 26  # bytes of a space that are filled at a time
LARGEST = 8 << 30
"""Bytes of pixels that are laid out as a space unless ``limit`` says otherwise."""

SMALL, WORKING = 64, 32
"""Images of a longer side than the first are compared at the second, in pixels, unless ``size`` says otherwise."""

CATEGORIES = 1024


def pixels(samples: Samples, size: int | None = None, *, limit: int = LARGEST) -> Space:
    """The samples' own values, compared by Euclidean distance: pixels in [0, 1], vectors and series as they are.

    Args:
        samples: of any kind.
        size: side in pixels to which images are scaled first. Default: as they are up to 64 pixels a side; larger ones
            are scaled to 32, and the name of the space says so.
        limit: refuse a space of more bytes; each value takes four (in float64 eight), and all are held in memory.

    Raises:
        LikewiseError: a size is given for what has none or is not positive, or the space is above the limit.
    """
    modality, name = samples.modality, "pixels"
    if size is None and modality.pictures and max(samples.shape[1:]) > SMALL:
        size, name = WORKING, f"pixels at {WORKING} x {WORKING}"
    first = modality.rows(samples.read([0]), size).numpy()
    n, d, width = len(samples), first.shape[1], first.dtype.itemsize
    if width * n * d > limit:
        raise LikewiseError(
            f"the {d:,} values of each of {n:,} samples take {width * n * d / 2**30:.1f} GiB as a space, more than "
            f"{limit / 2**30:.1f}: give pixels a smaller size=, take another prior (color, timm, autoencoder), or "
            "give pixels a limit=."
        )
    rows = np.empty((n, d), first.dtype)
    for ids in torch.arange(n).split(max(1, BLOCK // (4 * math.prod(samples.shape)))):
        rows[ids.numpy()] = modality.rows(samples.read(ids), size).numpy()
    info = {"prior": "pixels", "size": size, "samples": samples.fingerprint}
    return Space(rows, "euclidean", name, samples.keys, info)


def scaled(samples: Samples) -> Space:
    """The samples' own values, each scaled to mean 0 and variance 1: for tables whose columns have different units.

    Values that never change stay 0.
    """
    space = pixels(samples)
    return Space(standardise(space.array), "euclidean", "scaled", samples.keys, {**space.info, "prior": "scaled"})


def standardise(x: Array) -> FloatArray:
    """Columns of ``[n, d]`` of mean 0 and variance 1; those that never change become 0."""
    wide = x.astype(np.float64)
    mean, spread = column_scale(wide)
    return ((wide - mean) / spread).astype(np.float32)


def pca(source: Samples | Space, dim: int | None = None, seed: int = 0) -> Space:
    """The first principal components of samples (of their pixels) or of a space, whose metric is kept.

    Args:
        source: samples, or a space [n, d].
        dim: how many components, at most min(n, d); None: that, or 64 if it is less.
        seed: of the randomised decomposition that large inputs get.

    Raises:
        LikewiseError: dim is out of range.
    """
    from sklearn.decomposition import PCA

    space = source if isinstance(source, Space) else pixels(source)
    most = min(space.n, space.d)
    dim = min(64, most) if dim is None else dim
    if not 1 <= dim <= most:
        raise LikewiseError(f"dim must lie in [1, {most}] for {space.n} rows of {space.d} dimensions, got {dim}.")
    model = PCA(dim, random_state=seed)
    rows = model.fit_transform(_centred(space.array)).astype(np.float32)
    info = {**space.info, "components": dim, "explained": float(model.explained_variance_ratio_.sum())}
    return Space(rows, space.metric, f"pca of {space.name}", space.keys, info)


def _centred(array: Array) -> FloatArray:
    """Float32 rows; those of float64 less their mean first, so that little is lost far from the origin."""
    return (array - array.mean(0) if array.dtype == np.float64 else array).astype(np.float32, copy=False)


def columns(samples: Samples, names: str | Sequence[str]) -> Space:
    """Metadata as a space: two typical values of a number, or two different categories, are at squared distance 2.

    Numbers are scaled to mean 0 and variance 1; text and booleans become one column for each value.

    Args:
        samples: what has the columns.
        names: which of them.

    Raises:
        LikewiseError: an unknown or empty list of columns, a missing number, more than 1,024 categories.
    """
    names = [names] if isinstance(names, str) else list(names)
    if not names:
        raise LikewiseError("name at least one column.")
    parts = [_column(samples[name], name) for name in names]
    return Space(np.concatenate(parts, 1), "euclidean", "columns", samples.keys, {"prior": "columns", "names": names})


def _column(values: Array, name: str) -> FloatArray:
    if values.dtype.kind in "iuf":
        numbers = values.astype(np.float64)
        missing = ~np.isfinite(numbers)
        if missing.any():
            row = int(np.argmax(missing))
            raise LikewiseError(f"column {name!r} has no number in row {row}: fill it in or leave the column out.")
        return standardise(numbers[:, None])
    kinds, codes = np.unique(values, return_inverse=True)
    if len(kinds) > CATEGORIES:
        raise LikewiseError(f"column {name!r} has {len(kinds)} different values, more than {CATEGORIES} categories.")
    one_hot: FloatArray = np.eye(len(kinds), dtype=np.float32)[codes]
    return one_hot
