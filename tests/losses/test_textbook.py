"""On the empty graph with unique ids each loss is the published one, written here from its named source."""

import pytest
import torch
from torch.nn import functional as F

from likewise.losses import barlow, byol, simsiam, spectral, vicreg
from likewise.testing.batches import random_embeddings

CLOSE = {"rtol": 1e-6, "atol": 1e-6}


@pytest.fixture
def views():
    q, k, _ = random_embeddings(20, batch=9, dim=5)
    return q, k


def off_diagonal(x):
    return x[~torch.eye(len(x), dtype=torch.bool)]


def test_vicreg_is_that_of_the_authors(views):
    """facebookresearch/vicreg, main_vicreg.py, forward."""
    x, y = 0.7 * views[0]
    std_x, std_y = torch.sqrt(x.var(0) + 0.0001), torch.sqrt(y.var(0) + 0.0001)
    std_loss = F.relu(1 - std_x).mean() / 2 + F.relu(1 - std_y).mean() / 2
    cov_loss = sum(off_diagonal(torch.cov(z.T)).square().sum() / z.shape[1] for z in (x, y))
    expected = 25 * F.mse_loss(x, y) + 25 * std_loss + cov_loss
    torch.testing.assert_close(vicreg(0.7 * views[0]), expected, **CLOSE)


def test_more_views_of_vicreg_are_the_mean_over_pairs_of_views():
    q, _, _ = random_embeddings(21, views=3, batch=9)
    pairs = [vicreg(q[[v, w]]) for v, w in ((0, 1), (0, 2), (1, 2))]
    torch.testing.assert_close(vicreg(q), sum(pairs) / 3, **CLOSE)


def test_barlow_is_that_of_the_authors(views):
    """facebookresearch/barlowtwins, main.py, forward (and solo-learn's barlow_loss_func)."""
    q, _ = views
    bn = torch.nn.BatchNorm1d(5, affine=False, dtype=torch.float64)
    c = bn(q[0]).T @ bn(q[1]) / 9
    expected = (c.diagonal() - 1).square().sum() + 0.0051 * off_diagonal(c).square().sum()
    torch.testing.assert_close(barlow(q), expected, **CLOSE)
    torch.testing.assert_close(barlow(q, scale=0.1), 0.1 * expected, **CLOSE)


def test_spectral_is_that_of_the_authors(views):
    """jhaochenz96/spectral_contrastive_learning, models/spectral.py, without its capping of the norm."""
    z1, z2 = views[0]
    n = len(z1)
    part1 = -2 * torch.mean(z1 * z2) * z1.shape[1]
    square = (z1 @ z2.T) ** 2
    part2 = torch.mean(square.triu(1) + square.tril(-1)) * n / (n - 1)
    torch.testing.assert_close(spectral(views[0]), part1 + part2, **CLOSE)


def test_spectral_reaches_minus_d_for_a_known_difference():
    from likewise.testing.batches import related

    z = torch.tensor([[1.0, 0], [-0.6, 0.8]]).expand(2, 2, 2)  # product -.6 between the anchors
    apart = 0.6 * (1 - torch.eye(2))
    relation = related(torch.arange(2).expand(2, -1), torch.arange(0), None, apart)
    torch.testing.assert_close(spectral(z, None, relation), torch.tensor(-2.0))
    torch.testing.assert_close(spectral(z, None, relation, repel=0.0), torch.tensor(-2.0 + 0.36))


def test_byol_is_that_of_solo_learn(views):
    """solo-learn, byol_loss_func (2 - 2 * cosine_similarity.mean()) summed over the two directions."""
    p, z = views

    def one(p, z):
        return 2 - 2 * F.cosine_similarity(p, z, dim=1).mean()

    torch.testing.assert_close(byol(p, z), one(p[0], z[1]) + one(p[1], z[0]), **CLOSE)


def test_simsiam_is_that_of_the_authors(views):
    """facebookresearch/simsiam, main_simsiam.py: -(criterion(p1, z2).mean() + criterion(p2, z1).mean()) * 0.5."""
    p, z = views
    criterion = torch.nn.CosineSimilarity(dim=1)
    expected = -(criterion(p[0], z[1]).mean() + criterion(p[1], z[0]).mean()) * 0.5
    torch.testing.assert_close(simsiam(p, z), expected, **CLOSE)


def test_float32_is_as_close_as_float32_allows(views):
    q = views[0]
    for loss in (vicreg, barlow, spectral, byol, simsiam):
        torch.testing.assert_close(loss(q.float()).double(), loss(q), rtol=1e-5, atol=1e-6)
