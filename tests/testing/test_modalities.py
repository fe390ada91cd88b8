"""The check of kinds of data finds what is wrong with one."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from likewise.errors import LikewiseError
from likewise.modalities import Modality
from likewise.testing import check_modality


def noise(shape):
    return lambda x, generator: x + torch.randn(x.shape, generator=generator)


class Signal(Modality):
    name, rank, reads = "signal", 2, "[n, C, T]"
    recipes = {"weak": noise, "strong": noise}  # noqa: RUF012


def with_(**changes):
    return type("Changed", (Signal,), {"name": "signal", **changes})


def test_a_kind_that_keeps_its_promises_passes():
    check_modality(Signal)
    check_modality(Signal())
    check_modality(Signal, np.random.default_rng(1).standard_normal((6, 1, 9)))


def unseeded(shape):
    draw = np.random.default_rng()
    return lambda x: x + torch.from_numpy(draw.standard_normal(x.shape)).float()


def together(shape):
    return lambda x, generator: x + torch.rand((), generator=generator)


def in_place(shape):
    return lambda x, generator: x.add_(torch.rand(x.shape, generator=generator))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "has no name"),
        (
            {"convert": lambda self, block, rows=None: torch.as_tensor(block).float().nan_to_num()},
            "a missing value is read",
        ),
        ({"convert": lambda self, block, rows=None: torch.as_tensor(block)}, "samples are torch.float64"),
        (
            {"convert": lambda self, block, rows=None: Signal.convert(self, block, rows) - len(block)},
            "not those read at",
        ),
        (
            {"layout": lambda self, array, *_: 1 / 0 if array.ndim > 4 else Signal.layout(self, array)},
            "ZeroDivisionError",
        ),
        ({"rows": lambda self, batch, size=None: batch}, "rows gives"),
        ({"rows": lambda self, batch, size=None: batch.flatten(1).double()}, "no finite float32"),
        ({"rows": lambda self, batch, size=None: batch.zero_().flatten(1)}, "rows changes the samples"),
        ({"recipes": {"weak": noise}}, "there are no views 'strong'"),
        ({"recipes": {"weak": noise, "strong": unseeded}}, "'strong' do not follow from their generator"),
        ({"recipes": {"weak": together, "strong": noise}}, "'weak' change equal samples all alike"),
        ({"recipes": {"weak": in_place, "strong": noise}}, "'weak' change the samples that they are given"),
        ({"sketch": lambda self, sample: ""}, "nothing to show at a terminal"),
        ({"sketch": lambda self, sample: 3}, "a sketch is a text, got a int"),
        ({"drawing": lambda self, samples: lambda sample: b""}, "nothing to show on a page"),
        ({"drawing": lambda self, samples: lambda sample: b"<svg/>"}, "different samples look equal"),
    ],
)
def test_a_broken_promise_is_named(changes, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check_modality(with_(**changes))


def test_an_encoder_that_does_not_fit_is_named():
    with pytest.raises(LikewiseError, match="takes images, and these samples are series"):
        check_modality(with_(encoder=lambda self, shape: "conv3"))
    with pytest.raises(AssertionError, match="derived from Modality, got a SimpleNamespace"):
        check_modality(SimpleNamespace())
