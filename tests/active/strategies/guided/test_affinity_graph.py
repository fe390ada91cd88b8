import numpy as np
import pytest
from tests.active.cases import blobs, dense

from likewise.active.strategies.guided.affinity_graph import SCALE, AffinityGraph
from likewise.space import Space


def test_affinities_are_those_of_the_formula():
    space, _ = blobs()
    affinities = AffinityGraph(space, k=6)
    x = space.array.astype(float)
    distance = np.linalg.norm(x[:, None] - x, axis=2)
    np.fill_diagonal(distance, np.inf)
    rank = distance.argsort(1).argsort(1)
    scale = np.sort(distance, 1)[:, SCALE - 1]
    value = np.where(rank < 6, np.exp(-(distance**2) / (scale[:, None] * scale)), 0)
    value = np.maximum(value, value.T)
    degree = value.sum(1)
    assert np.allclose(dense(affinities), value / np.sqrt(degree[:, None] * degree), atol=1e-5)


def grouped(affinities):
    """The slow way: affinities of samples summed by node, then normalised."""
    belongs = np.eye(affinities.m)[affinities.node]
    sums = belongs.T @ affinities.kernel.toarray() @ belongs
    np.fill_diagonal(sums, 0)
    degree = np.maximum(sums.sum(1), 1e-12)
    return sums / np.sqrt(degree[:, None] * degree)


def some_groups(seed=0, n=300, nodes=40):
    return AffinityGraph(Space(np.random.default_rng(seed).standard_normal((n, 4))), nodes=nodes)


def test_many_samples_are_grouped():
    affinities = some_groups()
    assert affinities.m <= 40
    assert affinities.weight.sum() == 300
    assert affinities.weight.min() >= 1
    assert np.allclose(dense(affinities), grouped(affinities), atol=1e-5)


def test_a_step_and_the_neighbors_of_a_node_are_those_of_the_matrix():
    affinities = some_groups()
    matrix = dense(affinities)
    mass = np.random.default_rng(1).random(affinities.m).astype(np.float32)
    assert np.allclose(affinities.step(mass), matrix @ mass, atol=1e-5)
    for node in (0, 7, affinities.m - 1):
        near, affinity = affinities.neighbors(node)
        row = np.zeros(affinities.m)
        row[near] = affinity
        assert np.allclose(row, matrix[node], atol=1e-6)


def test_samples_that_are_singled_out_leave_the_affinities_of_all_others_right():
    affinities = some_groups()
    for sample in np.random.default_rng(1).permutation(300)[:120].tolist():
        old, members = int(affinities.node[sample]), affinities.members(int(affinities.node[sample]))
        new = affinities.single_out(sample)
        assert affinities.members(new).tolist() == [sample]
        if len(members) == 1:
            assert new == old
        else:
            assert new == affinities.m - 1
            assert set(affinities.members(old)) == set(members) - {sample}
        assert affinities.single_out(sample) == new  # it is alone already
        for node in (old, new) if len(members) > 1 else ():
            assert np.allclose(affinities.centers[node], affinities.x[affinities.node == node].mean(0), atol=1e-5)
        gaps = ((affinities.centers - affinities.centers[new]) ** 2).sum(1)
        assert np.allclose(affinities.distances(new), gaps, atol=1e-3)
        assert np.array_equal(affinities.weight, np.bincount(affinities.node))
    assert np.allclose(dense(affinities), grouped(affinities), atol=1e-4)


def test_one_sample_has_nobody_to_be_compared_with():
    with pytest.raises(ValueError, match="two samples"):
        AffinityGraph(Space(np.ones((1, 3))))
