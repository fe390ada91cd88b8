import math

import pytest
import torch

from likewise.errors import LikewiseError
from likewise.losses import sigreg
from likewise.losses.gaussianity import directions, gaussianity


def lejepa(views, slices, weight=0.02):
    """The authors' minimal example: 17 knots in [0, 3], each off the ends twice; distances from the centre."""
    t = torch.linspace(0, 3, 17, dtype=views.dtype)
    weights = torch.full((17,), 2 * 3 / 16, dtype=views.dtype)
    weights[[0, -1]] = 3 / 16
    bell = torch.exp(-t.square() / 2)
    angles = (views @ slices)[..., None] * t
    error = (angles.cos().mean(-3) - bell).square() + angles.sin().mean(-3).square()
    statistic = (error @ (weights * bell) * views.shape[-2]).mean()
    return weight * statistic + (1 - weight) * (views.mean(0) - views).square().mean()


@pytest.mark.parametrize("count", [2, 3, 5])
def test_on_the_empty_graph_it_is_lejepa(count):
    views = torch.randn(count, 12, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    ours = sigreg(views, slices=30, seed=7)
    torch.testing.assert_close(ours, lejepa(views, directions(6, 30, 7, views)))


def statistic(rows):
    return float(gaussianity(rows[None], directions(rows.shape[1], 200, 0, rows)))


def test_a_gaussian_batch_is_best_and_a_collapsed_one_worst():
    random = torch.Generator().manual_seed(0)
    gaussian = torch.randn(2000, 8, generator=random)
    means = 3 * torch.randn(2, 8, generator=random)
    clusters = means[torch.arange(2000) % 2] + 0.1 * gaussian
    collapsed = torch.full((2000, 8), 0.5)
    wide, narrow = 3 * gaussian, 0.2 * gaussian
    best = statistic(gaussian)
    assert best < 2.0  # of the order of 1, whatever the batch: an empirical characteristic function errs by 1 / B
    for other in (clusters, collapsed, wide, narrow):
        assert statistic(other) > 50 * best
    assert statistic(collapsed) > statistic(narrow)


def test_a_collapsed_batch_has_the_integral_of_what_is_missing():
    """At the origin the integrand is (1 - exp(-t^2 / 2))^2 exp(-t^2 / 2), in closed form over all t."""
    whole = math.sqrt(2 * math.pi) * (1 - 2 / math.sqrt(2) + 1 / math.sqrt(3))
    assert statistic(torch.zeros(10, 4)) == pytest.approx(10 * whole, rel=0.02)


def test_gradients_spread_a_narrow_batch_and_shrink_a_wide_one():
    rows = torch.randn(200, 4, generator=torch.Generator().manual_seed(0))
    for scale, sign in ((0.3, -1), (3.0, 1)):
        q = (scale * rows)[None].requires_grad_()
        gaussianity(q, directions(4, 100, 0, q)).backward()
        assert sign * float((q.grad * q.detach()).sum()) > 0


def test_directions_are_drawn_anew_unless_they_have_a_seed():
    q = torch.randn(2, 8, 4)
    torch.manual_seed(0)
    first = sigreg(q)
    assert not torch.equal(first, sigreg(q))
    torch.manual_seed(0)
    assert torch.equal(first, sigreg(q))
    assert torch.equal(sigreg(q, seed=1), sigreg(q, seed=1))
    torch.testing.assert_close(directions(4, 9, None, q).norm(dim=0), torch.ones(9))


def test_towards_the_partners_a_weight_is_translated():
    q = torch.randn(2, 8, 4, dtype=torch.float64)
    published = 0.02 / 0.98 * 4  # 2 V / (V - 1) of two views
    translated = published / (1 + published)
    ratio = sigreg(q, seed=0) / sigreg(q, seed=0, weight=translated, target="partners")
    other = 2 * q
    torch.testing.assert_close(
        ratio, sigreg(other, seed=0) / sigreg(other, seed=0, weight=translated, target="partners")
    )


@pytest.mark.parametrize("options", [{"weight": 1.5}, {"slices": 0}, {"target": "center"}])
def test_bad_options_are_refused(options):
    with pytest.raises(LikewiseError, match=r"weight lies in|did you mean 'centre'"):
        sigreg(torch.randn(2, 8, 4), **options)
