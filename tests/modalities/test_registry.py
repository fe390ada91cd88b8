"""Kinds of data of one's own, by name."""

import numpy as np
import pytest
import torch

import likewise as lw
from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.modalities import MODALITIES, Modality, make_modality, modality_of


@pytest.fixture
def volumes(monkeypatch):
    """A registered kind of data: grey volumes, [n, D, H, W]."""
    monkeypatch.setattr(MODALITIES, "_own", {})

    @lw.register("modality", "volume")
    class Volume(Modality):
        name, rank, reads = "volume", 3, "[n, D, H, W]"
        recipes = {"weak": lambda shape: lambda x: x.flip(-1), "strong": lambda shape: torch.neg}  # noqa: RUF012

        def __init__(self, *, gain=1.0):
            self.gain = gain

        def convert(self, block, rows=None):
            return super().convert(block, rows) * self.gain

    return Volume


def test_a_kind_of_ones_own_is_opened_by_name(volumes):
    x = np.random.default_rng(0).standard_normal((6, 4, 5, 6))
    samples = open_samples(x, modality="volume", modality_options={"gain": 2})
    assert (samples.kind, samples.shape) == ("volume", (4, 5, 6))
    torch.testing.assert_close(samples.storage, torch.from_numpy(2 * x).float())
    assert open_samples(x, modality=volumes(gain=2)).fingerprint == samples.fingerprint
    assert samples.subset([1, 2]).modality is samples.modality
    views = lw.make_views("weak", samples, normalize=False)
    assert torch.equal(views(samples.storage), samples.storage.flip(-1))
    assert list(volumes.views) == ["none", "strong", "weak"]
    lw.register("volume views", "same")(lambda shape: lambda x: x)
    assert torch.equal(lw.make_views("same", samples, normalize=False)(samples.storage), samples.storage)


def test_a_built_in_kind_goes_before_one_that_claims_the_same(volumes, monkeypatch):
    monkeypatch.setattr(volumes, "claims", lambda self, array: "" if array.ndim == 4 else None)
    assert open_samples(np.zeros((3, 8, 8, 3), np.uint8)).kind == "image"
    assert modality_of((4, 5, 6)).name == "image"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"modality": "serie"}, "unknown modality 'serie': did you mean 'series'"),
        ({"modality": 3}, "a modality is a name or a Modality, got 3"),
        ({"modality": "vector", "modality_options": {"by": "a"}}, "the modality 'vector': there are no options"),
        ({"modality_options": {"by": "a"}}, "by: options of a modality need its name"),
        ({"modality": "image"}, r"images must have the shape \[n, H, W\].*got \[3, 3\]"),
    ],
)
def test_bad_modalities_are_named(options, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        open_samples(np.eye(3), **options)


def list_of_nothing():
    return []


def test_what_is_no_kind_of_data_is_refused(monkeypatch):
    monkeypatch.setattr(MODALITIES, "_own", {})
    lw.register("modality", "odd")(list_of_nothing)
    with pytest.raises(LikewiseError, match="'odd' must be derived from Modality, got a list"):
        make_modality("odd")
    lw.register("modality", "row")(MODALITIES["vector"])
    with pytest.raises(LikewiseError, match="the modality 'row' has the name 'vector': register it under its name"):
        make_modality("row")
    with pytest.raises(LikewiseError, match="by: options are for a modality by name"):
        make_modality(make_modality("series"), {"by": "a"})
    with pytest.raises(LikewiseError, match="no kind of data has samples of shape"):
        modality_of((1, 2, 3, 4))
