"""A prior of series that does not mind when things happen: their spectra."""

from __future__ import annotations

import math

import numpy as np
import torch

from likewise.arrays import as_floats
from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.space import Space

BLOCK = 1 << 26  # bytes of samples that are transformed at a time


def spectrum(samples: Samples) -> Space:
    """The magnitudes of each channel's frequencies, log(1 + |rfft| / sqrt(T)), by Euclidean distance.

    A series and the same one shifted in time (round the end) have equal spectra.

    Args:
        samples: series (C, T), or vectors that hold one channel (T,); a space of C * (T // 2 + 1) dimensions.

    Raises:
        LikewiseError: the samples have more axes than channels and time.
    """
    if len(samples.shape) > 2:
        raise LikewiseError(
            f"a spectrum is over time, and {samples.modality.plural} have none: take priors.pixels or priors.pca."
        )
    rows = []
    for ids in torch.arange(len(samples)).split(max(1, BLOCK // (4 * math.prod(samples.shape)))):
        x = as_floats(samples.read(ids))
        magnitude = torch.fft.rfft(x, norm="ortho").abs()
        rows.append(magnitude.log1p().flatten(1).numpy())
    info = {"prior": "spectrum", "samples": samples.fingerprint}
    return Space(np.concatenate(rows), "euclidean", "spectrum", samples.keys, info)
