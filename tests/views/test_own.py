"""Views made by callables of the user's: what they are given, what they draw, and what they must give."""

import functools
import random
import warnings

import numpy as np
import pytest
import torch
from torch import nn

import likewise as lw
from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.modalities import MODALITIES
from likewise.views import Compose, Normalize, describe, image, make_views, per_batch

rng = np.random.default_rng(0)
COLOR = open_samples(rng.integers(0, 256, (12, 3, 8, 8), dtype=np.uint8))
VECTORS = open_samples(rng.normal(3, [1.0, 10.0, 0.1], (12, 3)))
HALF = Normalize((0.5,) * 3, (0.5,) * 3)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def same(x):
    return x


def flips(x):
    """Draws from all three global generators."""
    mirrored = torch.rand(len(x)) < 0.5
    shift = int(np.random.randint(8)) + random.randrange(8)  # noqa: NPY002
    return torch.where(mirrored[:, None, None, None], x.flip(-1), x).roll(shift, -2)


def with_generator(x, generator):
    return torch.where(torch.rand(len(x), 1, 1, 1, generator=generator) < 0.5, x.flip(-1), x)


class Kornia(nn.Module):
    """As kornia's augmentations: floats alone, parameters of each sample's own, from the global generator."""

    def forward(self, x, params=None):
        if not x.is_floating_point():
            raise TypeError(f"Expected input of one of floats. Got {x.dtype}")
        return (x * (0.5 + torch.rand(len(x), 1, 1, 1))).clamp(0, 1)


def test_bytes_come_as_they_are_stored_and_are_normalised_next():
    given = []

    def spy(x):
        given.append(x)
        return x

    views = make_views(spy, COLOR, normalize=HALF)
    assert torch.equal(views(COLOR.storage), (COLOR.storage.float() / 255 - 0.5) / 0.5)
    assert torch.equal(given[0], COLOR.storage)
    assert given[0].dtype == torch.uint8
    assert torch.equal(make_views(spy, COLOR, normalize=False)(COLOR.storage), COLOR.storage.float() / 255)
    floats = make_views(lambda x: x.float() / 255, COLOR, normalize=HALF)
    assert torch.equal(floats(COLOR.storage), views(COLOR.storage))


def test_vectors_come_as_they_are_stored_too():
    views = make_views(lambda x: x * 2, VECTORS, normalize=Normalize((1.0,) * 3, (2.0,) * 3))
    assert torch.allclose(views(VECTORS.storage), VECTORS.storage.float() - 0.5)


def test_floats_are_given_to_what_says_that_it_takes_them():
    with pytest.raises(LikewiseError, match=r"failed on a batch of torch.uint8 .*TypeError: Expected.*as_='float'"):
        make_views(Kornia(), COLOR)(COLOR.storage)
    views = make_views(per_batch(Kornia(), as_="float"), COLOR, normalize=False)
    x = COLOR.storage[:1].expand(6, -1, -1, -1)
    result = views(x, 0, seeded(0))
    assert result.max() <= 1
    assert len({tuple(row.flatten().tolist()) for row in result}) == 6  # each its own parameters


@pytest.mark.parametrize(
    "own",
    [flips, with_generator, per_batch(Kornia(), as_="float"), per_batch(flips), lambda x, g: with_generator(x, g)],
    ids=["globals", "generator", "module", "wrapped", "second"],
)
def test_equal_generators_give_equal_views_and_nothing_global_changes(own):
    views = make_views(own, COLOR)
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    x = COLOR.storage
    first = views(x, 0, seeded(5))
    assert torch.equal(first, views(x, 0, seeded(5)))
    assert not torch.equal(first, views(x, 0, seeded(6)))
    generator = seeded(5)
    assert torch.equal(first, views(x, 0, generator))
    assert not torch.equal(first, views(x, 1, generator))  # the next view draws on
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1] == random.getstate()
    assert states[2] == np.random.get_state()[1].tolist()  # noqa: NPY002


def test_without_a_generator_the_global_ones_are_drawn_from():
    views = make_views(flips, COLOR)
    before = torch.get_rng_state()
    views(COLOR.storage)
    assert not torch.equal(before, torch.get_rng_state())


def test_global_generators_are_restored_after_a_failure():
    def fails(x):
        torch.rand(1)
        raise ValueError("no.")

    before = torch.get_rng_state()
    with pytest.raises(LikewiseError, match=r"fails failed on a batch of torch.uint8 .*: ValueError: no\."):
        make_views(fails, COLOR)(COLOR.storage, 0, seeded(0))
    assert torch.equal(before, torch.get_rng_state())


def test_two_are_the_first_view_and_all_others():
    views = make_views([with_generator, Compose(image.Flip(1.0))], COLOR, normalize=HALF)
    assert views.asymmetric
    assert views.names == (("with_generator", "Normalize"), ("Flip", "Normalize"))
    x = COLOR.storage
    assert torch.equal(views(x, 1), views(x, 2))
    assert torch.equal(views(x, 1), (x.flip(-1).float() / 255 - 0.5) / 0.5)
    assert not make_views(same, COLOR).asymmetric


def test_records_hold_qualified_names_and_no_addresses():
    class Shifted:
        def __call__(self, x):
            return x

    views = make_views(same, COLOR, normalize=HALF)
    assert repr(views) == f"views 'own': {__name__}.same > Normalize(0.5 ± 0.5, 0.5 ± 0.5, 0.5 ± 0.5)"
    assert describe(same) == f"{__name__}.same"
    assert describe("weak") == "weak"
    assert describe(functools.partial(same, 3, p=0.5)) == f"partial({__name__}.same, 3, p=0.5)"
    assert describe(Shifted()).endswith("Shifted")
    assert (
        describe([per_batch(same), Compose(image.Flip())]) == f"[per_batch({__name__}.same, as_='stored'), Flip(p=0.5)]"
    )
    assert make_views(Kornia(), COLOR).names[0][0] == "Kornia"
    assert " at 0x" not in describe([lambda x: x, Shifted(), functools.partial(same)])


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (lambda x: x[:5], r"gave \[5, 3, 8, 8\], but the encoder expects \[12, 3, 8, 8\]: keep the number"),
        (lambda x: x[..., :4], r"gave \[12, 3, 8, 4\], but the encoder expects"),
        (lambda x: x.long(), "gave torch.int64: give floats"),
        (lambda x: [x], "gave list: they must give a tensor"),
        (lambda x: x.to("meta"), "gave a batch on meta, but it came from cpu"),
    ],
)
def test_what_no_encoder_can_take_is_refused(own, message):
    with pytest.raises(LikewiseError, match=message):
        make_views(own, COLOR)(COLOR.storage)


def test_images_that_are_no_longer_in_0_to_1_are_warned_of_once():
    views = make_views(lambda x: x.float(), COLOR)
    with pytest.warns(UserWarning, match="gave floats from 0 to 255, which are normalised next"):
        views(COLOR.storage)
    views(COLOR.storage)  # a second warning would be an error
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_views(lambda x: x.float(), COLOR, normalize=False)(COLOR.storage)
        make_views(lambda x: x.float() / 255 - 0.1, COLOR)(COLOR.storage)


@pytest.mark.parametrize("name", [3, [same, "weak"], [same] * 3, []])
def test_what_cannot_be_called_is_refused(name):
    with pytest.raises(LikewiseError, match=r"give one Compose for all views.*; other callables on a batch will do"):
        make_views(name, COLOR)


def test_callables_get_names_too(monkeypatch):
    monkeypatch.setattr(MODALITIES["image"].views, "_own", {})

    @lw.register("image views")
    def mirrored(shape):
        return with_generator, Compose()

    views = make_views("mirrored", COLOR)
    assert views.names == (("with_generator", "Normalize"), ("Normalize",))
    assert torch.equal(views(COLOR.storage, 1), make_views("none", COLOR)(COLOR.storage))


def test_half_precision_and_gradients_stay_outside():
    weight = torch.ones(1, requires_grad=True)
    views = make_views(lambda x: torch.nn.functional.linear(x.float() / 255, torch.eye(8)) * weight, COLOR)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        result = views(COLOR.storage)
    assert not result.requires_grad
    assert torch.equal(result, make_views("none", COLOR)(COLOR.storage))


def test_torchvision_changes_a_batch_alike_and_says_so_once():
    from torchvision.transforms import v2

    transform = v2.Compose([v2.RandomResizedCrop(8, antialias=True), v2.RandomHorizontalFlip()])
    with pytest.warns(UserWarning, match="one set of parameters for a whole batch") as caught:
        views = make_views(transform, COLOR)
    assert caught[0].filename == __file__
    views(COLOR.storage, 0, seeded(1))  # a second warning would be an error
    meant = make_views(lw.views.per_batch(transform), COLOR)
    x = COLOR.storage[:1].expand(6, -1, -1, -1)
    assert all(torch.equal(row, meant(x, 0, seeded(1))[0]) for row in meant(x, 0, seeded(1)))
    assert not torch.equal(meant(x, 0, seeded(1)), meant(x, 0, seeded(2)))
    assert "RandomHorizontalFlip" in repr(meant)
    floats = per_batch(v2.Compose([v2.ToDtype(torch.float32, scale=True), v2.RandomHorizontalFlip(1.0)]))
    torch.testing.assert_close(make_views(floats, COLOR, normalize=False)(COLOR.storage), COLOR.storage.flip(-1) / 255)


@pytest.mark.filterwarnings("ignore")
def test_kornia_is_given_floats_and_draws_for_each_sample():
    kornia = pytest.importorskip("kornia.augmentation")
    transform = kornia.AugmentationSequential(kornia.RandomHorizontalFlip(), kornia.RandomBrightness((0.5, 1.5), p=1.0))
    views = make_views(transform, COLOR, normalize=False)
    x = COLOR.storage[:1].expand(8, -1, -1, -1)
    before = torch.get_rng_state()
    result = views(x, 0, seeded(1))
    assert torch.equal(result, views(x, 0, seeded(1)))
    assert not torch.equal(result, views(x, 0, seeded(2)))
    assert torch.equal(before, torch.get_rng_state())
    assert len({tuple(row.flatten().tolist()) for row in result}) == 8
    assert " at 0x" not in repr(views)
