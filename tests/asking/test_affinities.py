import numpy as np
import pytest
from tests.asking.cases import blobs

from likewise.asking.affinities import SCALE, Affinities
from likewise.space import Space


def test_affinities_are_those_of_the_formula():
    space, _ = blobs()
    affinities = Affinities(space, k=6)
    x = space.array.astype(float)
    distance = np.linalg.norm(x[:, None] - x, axis=2)
    np.fill_diagonal(distance, np.inf)
    rank = distance.argsort(1).argsort(1)
    scale = np.sort(distance, 1)[:, SCALE - 1]
    value = np.where(rank < 6, np.exp(-(distance**2) / (scale[:, None] * scale)), 0)
    value = np.maximum(value, value.T)
    degree = value.sum(1)
    assert np.allclose(affinities.matrix.toarray(), value / np.sqrt(degree[:, None] * degree), atol=1e-5)


def grouped(affinities):
    """The slow way: affinities of samples summed by node, then normalised."""
    belongs = np.eye(affinities.m)[affinities.node]
    sums = belongs.T @ affinities.kernel.toarray() @ belongs
    np.fill_diagonal(sums, 0)
    degree = np.maximum(sums.sum(1), 1e-12)
    return sums / np.sqrt(degree[:, None] * degree)


def test_many_samples_are_grouped_and_groups_can_be_parted():
    random = np.random.default_rng(0)
    affinities = Affinities(Space(random.standard_normal((300, 4))), nodes=40)
    assert affinities.m <= 40
    assert affinities.weight.sum() == 300
    assert affinities.weight.min() >= 1
    assert np.allclose(affinities.matrix.toarray(), grouped(affinities), atol=1e-5)
    for _ in range(5):
        old = int(affinities.weight.argmax())
        inside = np.flatnonzero(affinities.node == old)
        new = affinities.split(old, inside[0], inside[1])
        assert affinities.node[inside[0]] == old
        assert affinities.node[inside[1]] == new
        assert set(np.unique(affinities.node[inside])) == {old, new}
        assert affinities.members(old)[0] in inside
        assert np.allclose(affinities.matrix.toarray(), grouped(affinities), atol=1e-5)
        assert np.allclose(
            affinities.distances(new)[old], ((affinities.centers[new] - affinities.centers[old]) ** 2).sum()
        )
    assert affinities.weight.sum() == 300


def test_one_sample_has_nobody_to_be_compared_with():
    with pytest.raises(ValueError, match="two samples"):
        Affinities(Space(np.ones((1, 3))))
