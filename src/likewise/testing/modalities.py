"""What every kind of data promises."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from likewise.arrays import Array
from likewise.data import Samples, open_samples
from likewise.errors import LikewiseError
from likewise.methods import build_encoder
from likewise.modalities import Modality
from likewise.show import Pictures
from likewise.testing.requiring import require
from likewise.views import make_views

N, SIDES = 12, (3, 16, 16)


def check_modality(modality: Modality | type[Modality], source: Array | None = None) -> None:
    """Check what is demanded of any kind of data.

    Samples read one by one, streamed, or as a subset are those read at once; missing values and other shapes are
    refused by a ``LikewiseError``; plain numbers are finite, one row a sample; the views "none", "weak" and "strong"
    are there, and all views keep shapes, give float32, follow their generator, and change each sample by itself; the
    default encoders give one vector a sample; and there is something to show at a terminal and on a page.

    Args:
        modality: the kind, or its class where that needs no options.
        source: an array of at least 6 different samples, such as it is read from; default random numbers (bytes where
            it stores bytes) of 3, 3 x 16 or 3 x 16 x 16, as its rank is.

    Raises:
        AssertionError: one of these does not hold.
    """
    made = modality() if isinstance(modality, type) else modality
    require(isinstance(made, Modality), f"a modality is derived from Modality, got a {type(made).__name__}.")
    require(bool(made.name), "the modality has no name.")
    source = _numbers(made) if source is None else source
    try:
        samples = open_samples(source, modality=made)
    except LikewiseError as error:
        raise AssertionError(
            f"{made.name} does not take an array of {list(source.shape)}: give source=. {error}"
        ) from None
    _reads(made, samples, source)
    _refuses(made, source)
    _has_numbers(made, samples)
    _has_views(made, samples)
    _is_encoded(made, samples)
    _is_shown(made, samples)


def _numbers(modality: Modality) -> Array:
    rng = np.random.default_rng(0)
    shape = (N, *SIDES[: modality.rank])
    if modality.dtype == torch.uint8:
        return rng.integers(0, 256, shape, dtype=np.uint8)
    return rng.standard_normal(shape)


def _reads(modality: Modality, samples: Samples, source: Array) -> None:
    n, whole = len(source), samples.read(np.arange(len(samples)))
    require(len(samples) == n, f"an array of {n} rows became {len(samples)} samples.")
    require(samples.kind == modality.name, f"the samples are of kind {samples.kind!r}, not {modality.name!r}.")
    require(whole.dtype == modality.dtype, f"samples are {whole.dtype}, but the modality says {modality.dtype}.")
    require(tuple(whole.shape) == (n, *samples.shape), f"samples of {samples.shape} are read as {list(whole.shape)}.")
    streamed = open_samples(source, modality=modality, resident=False)
    for how, other in (("", samples), (" and streamed", streamed)):
        alone = torch.cat([other.read([row]) for row in range(n)])
        require(torch.equal(alone, whole), f"samples read one by one{how} are not those read at once.")
    part = samples.subset([n - 1, 0]).read([0, 1])
    require(torch.equal(part, whole[[n - 1, 0]]), "samples of a subset are not those that it came from.")


def _refuses(modality: Modality, source: Array) -> None:
    if source.dtype.kind in "UO":
        gap: Array = source.astype(object)
        gap[1] = None
    else:
        gap = source / 255 if source.dtype == np.uint8 else source.astype(np.float64)
        gap[1] = np.nan
    for array, what in ((gap, "a missing value"), (np.zeros((N, 2, 2, 2, 2, 2)), "an array of six axes")):
        try:
            open_samples(array, modality=modality)
        except LikewiseError:
            continue
        except Exception as error:
            raise AssertionError(f"{what} raises {type(error).__name__}, not a LikewiseError: {error}") from error
        raise AssertionError(f"{what} is read as if it were a sample.")


def _has_numbers(modality: Modality, samples: Samples) -> None:
    batch = samples.read(np.arange(len(samples)))
    before, rows = batch.clone(), modality.rows(batch)
    require(rows.ndim == 2 and len(rows) == len(batch), f"rows gives {list(rows.shape)} for {len(batch)} samples.")
    require(rows.dtype == torch.float32 and bool(rows.isfinite().all()), "rows gives what are no finite float32.")
    require(torch.equal(before, batch), "rows changes the samples.")


def _has_views(modality: Modality, samples: Samples) -> None:
    missing = [name for name in ("none", "weak", "strong") if name not in modality.views]
    require(not missing, f"there are no views {', '.join(map(repr, missing))}: name them in recipes.")
    x = samples.read(np.arange(len(samples)))
    equal = x[:1].expand_as(x).clone()
    for name in modality.views:
        views, before = make_views(name, samples), x.clone()
        first, again = (views(x, 0, torch.Generator().manual_seed(5)) for _ in range(2))
        require(torch.equal(before, x), f"the views {name!r} change the samples that they are given.")
        require(first.shape == x.shape, f"the views {name!r} make {list(first.shape)} of {list(x.shape)}.")
        finite = first.dtype == torch.float32 and bool(first.isfinite().all())
        require(finite, f"the views {name!r} give what are no finite float32.")
        require(torch.equal(first, again), f"the views {name!r} do not follow from their generator.")
        spread = views(equal, 0, torch.Generator().manual_seed(5))
        moved = not torch.equal(spread, spread[:1].expand_as(spread))
        require(moved == (name != "none"), f"the views {name!r} change equal samples {'' if moved else 'all '}alike.")


def _is_encoded(modality: Modality, samples: Samples) -> None:
    x = make_views("none", samples)(samples.read(np.arange(4)))
    for name in (modality.encoder(samples.shape), modality.quick_encoder(samples.shape)):
        net, spec = build_encoder(name, samples.shape, modality=modality)
        out = net.eval()(x)
        fits = tuple(out.shape) == (len(x), spec.features) and bool(out.isfinite().all())
        require(fits, f"the encoder {name!r} gives {list(out.shape)} for {len(x)} samples, or no finite numbers.")


def _is_shown(modality: Modality, samples: Samples) -> None:
    require(bool(modality.plural) and modality.plural in repr(samples), "the modality has no plural.")
    pictures = Pictures(samples)
    card, sketch = pictures.card(0), modality.sketch(samples.read([0])[0])
    require(isinstance(sketch, str), f"a sketch is a text, got a {type(sketch).__name__}.")
    require(bool(sketch or card["text"]), "there is nothing to show at a terminal: give a sketch.")
    content: Any = card["text"] or pictures.picture(0)[0]
    require(isinstance(content, str | bytes) and bool(content), "there is nothing to show on a page: give a drawing.")
    if card["text"] is None:
        require(pictures.picture(0)[0] != pictures.picture(1)[0], "different samples look equal on a page.")
