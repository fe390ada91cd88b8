from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2
from tests.graph import reference
from tests.graph.reference import dense_mix, dense_of, edge_graph, graphs, group_graph
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from likewise import arrays
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph, compiled, mix

fixed = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
few = settings(fixed, max_examples=40)

# how draws are made: merged into edges, by rejection, by rejection that soon gives up and reads whole rows
ROUTES = [(4_000_000, 32), (-1, 32), (-1, 2)]


@pytest.fixture(params=ROUTES, ids=["merged", "rejection", "whole_rows"])
def route(request, monkeypatch):
    monkeypatch.setattr(compiled, "SPELLED_OUT", request.param[0])
    monkeypatch.setattr(compiled, "ROUNDS", request.param[1])
    monkeypatch.setattr(compiled, "CELLS", 64)
    return request.param


def frequencies(graph, times, seed=0):
    ids = torch.arange(graph.n).repeat_interleave(times)
    drawn = graph.draw(ids, torch.Generator().manual_seed(seed))
    return np.bincount((ids * graph.n + drawn).numpy(), minlength=graph.n**2).reshape(graph.n, graph.n)


def check_draws(graph, transition, times, seed=0):
    counts = frequencies(graph, times, seed)
    expected = times * transition
    assert not counts[transition == 0].any(), "drew a pair that must not be drawn"
    seen = expected > 0
    statistic = ((counts - expected)[seen] ** 2 / expected[seen]).sum()
    freedom = int((seen.sum(axis=1) - 1).sum())
    assert freedom == 0 or chi2.sf(statistic, freedom) > 1e-5, (counts / times, transition)


@given(graphs())
@fixed
def test_among_is_the_dense_reference(pair):
    graph, dense = pair
    for got, expected in zip(dense_of(graph), dense.among(), strict=True):
        assert np.array_equal(got, expected)


@given(graphs(), st.integers(0, 99))
@few
def test_both_routes_of_among_agree_with_repeated_ids(pair, seed):
    graph, dense = pair
    rows, cols = (np.random.default_rng(seed).integers(0, graph.n, count) for count in (5, 9))
    every = graph.compiled().pairs(torch.from_numpy(rows)[:, None], torch.from_numpy(cols), symmetric=True)
    for got, wide, expected in zip(graph.among(rows, cols), every, dense.among(), strict=True):
        expected = expected[np.ix_(rows, cols)]
        assert np.array_equal(got, expected)
        assert np.array_equal(np.zeros(expected.shape) if wide is None else wide.expand(5, 9), expected)


@given(graphs())
@fixed
def test_directed_pairs_are_the_dense_reference(pair):
    graph, dense = pair
    everyone = torch.arange(graph.n)
    alike, different = graph.compiled().pairs(everyone[:, None], everyone[None], symmetric=False)
    for got, expected in ((alike, dense.alike), (different, dense.different)):
        assert np.array_equal(np.zeros(expected.shape) if got is None else got.expand(graph.n, graph.n), expected)


@given(graphs(max_n=5))
@few
def test_draws_have_the_exact_distribution(route, pair):
    graph, dense = pair
    parts = [part.compiled() for _, part in graph.parts]
    # two rounds are too few for overlapping terms, whose rows are never read whole
    assume(route[1] > 2 or all(part.certain or not part.bounded for part in parts))
    check_draws(graph, dense.transition(), 4000)


CASES = {
    "edges": (edge_graph(4, [(0, 1, 1), (0, 2, 1), (0, 3, 1), (1, 0, 1)]), None),
    "weighted edges": (edge_graph(4, [(0, 1, 0.125), (0, 2, 0.25), (0, 3, 1), (2, 0, 0.5)], own=0.5), None),
    "groups": (group_graph([0, 0, 0, -1, 1], 0.5), None),
    "a sum of groups and edges": (group_graph([0, 0, 0, 1], own=0) * 0.5 + edge_graph(4, [(0, 1, 1), (0, 3, 1)]), None),
    "overlapping terms": (edge_graph(4, [(0, 1, 1), (0, 2, 0.5)]) | group_graph([0, 0, 0, -1], 0.75), None),
    "five equal terms": (None, 5),
    "vetoes": (group_graph([0, 0, 0, 0], own=0) | edge_graph(4, [(0, 1, 1)], own=0, different=True), None),
    "a row that is vetoed whole": (group_graph([0, 0], own=0) | edge_graph(2, [(0, 1, 1)], 0, different=True), None),
    "restrictions": (group_graph([0, 0, 0, 0, 1]) - group_graph([0, 0, 1, 1, 1]), None),
    "rows without mass": (edge_graph(3, [(0, 1, 1)], own=0), None),
    "one sample": (SimilarityGraph.none(1), None),
}


@pytest.mark.parametrize("name", CASES)
def test_many_draws_have_the_exact_distribution(name, monkeypatch):
    monkeypatch.setattr(compiled, "SPELLED_OUT", -1)
    graph = CASES[name][0]
    if graph is None:
        graph = group_graph([0, 0, 0, 1], own=0)
        for _ in range(4):
            graph = graph | group_graph([0, 0, 0, 1], own=0)
    alike, different = (matrix.toarray() for matrix in two_channels(graph))
    dense = reference.Dense(alike, different, graph.self_weight.astype(float))
    check_draws(graph, dense.transition(), 60_000 // graph.n)


def two_channels(graph):
    from scipy.sparse import csr_matrix

    everyone = torch.arange(graph.n)
    channels = graph.compiled().pairs(everyone[:, None], everyone[None], symmetric=False)
    return [csr_matrix(np.zeros((graph.n, graph.n)) if c is None else c.double().numpy()) for c in channels]


def test_a_mixture_draws_from_each_part_with_its_share_and_shares_the_vetoes():
    near, far = [(0, 1, 1), (0, 2, 1)], [(0, 3, 1), (0, 4, 1)]
    never = [(0, 2, 1), (4, 0, 1)]
    g = edge_graph(5, near, own=0) | edge_graph(5, never[1:], own=0, different=True)
    h = edge_graph(5, far, own=0) | edge_graph(5, never[:1], own=0, different=True)
    dense = dense_mix(
        reference.dense_edges(5, near, 0) | reference.dense_differences(5, never[1:], 0),
        reference.dense_edges(5, far, 0) | reference.dense_differences(5, never[:1], 0),
        0.3,
    )
    assert np.allclose(dense.transition()[0], [0, 0.7, 0, 0.3, 0])
    check_draws(mix(g, h, 0.3), dense.transition(), 40_000)
    careless = [(share, replace(part, vetoes=False)) for share, part in dense.parts]
    check_draws(mix(g, h, 0.3).with_veto(False), replace(dense, parts=careless).transition(), 40_000)


def test_vetoes_switched_off_let_a_contradicted_pair_be_drawn():
    graph = edge_graph(2, [(0, 1, 1)], own=0) | edge_graph(2, [(0, 1, 1)], own=0, different=True)
    ids = torch.zeros(50, dtype=torch.long)
    assert (graph.draw(ids) == 0).all()
    assert (graph.with_veto(False).draw(ids) == 1).all()


def test_weights_of_very_different_sizes_stay_in_proportion():
    rng = np.random.default_rng(0)
    tiny = [(1, j, w) for j, w in ((0, 1e-12), (2, 3e-12))]
    huge = [(0, j, w) for j, w in zip(range(1, 200), rng.uniform(1e6, 1e7, 199), strict=True)]
    graph = edge_graph(200, huge + tiny + [(2, 0, 1e30), (2, 1, 1e-30)], own=0)
    drawn = graph.draw(torch.ones(40_000, dtype=torch.long), torch.Generator().manual_seed(0))
    assert abs((drawn == 2).double().mean() - 0.75) < 0.01
    assert (graph.draw(torch.full((99,), 2)) == 0).all()


def test_a_row_of_many_edges_loses_none_of_them():
    n = 5000
    weights = np.linspace(0.5, 1, n - 1)
    graph = SimilarityGraph.from_edges(n, np.zeros(n - 1, int), np.arange(1, n), weights)
    drawn = graph.draw(torch.zeros(400_000, dtype=torch.long), torch.Generator().manual_seed(0))
    counts = np.bincount(drawn.numpy(), minlength=n)[1:]
    expected = 400_000 * weights / (weights.sum() + 1)
    assert chi2.sf(((counts - expected) ** 2 / expected).sum(), n - 2) > 1e-4


@given(graphs(max_n=5), st.booleans())
@few
def test_the_accelerators_routes_give_the_same(pair, spelled_out):
    graph, dense = pair
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "SPELLED_OUT", 4_000_000 if spelled_out else -1)
        patch.setattr(compiled, "RELATED", 2 * graph.n)
        ids = torch.arange(graph.n)
        for part in (graph.compiled(), *(part for _, part in graph.compiled().parts)):
            part.among(ids, ids), part.reach  # makes the tables
            part.device = torch.device("cuda")  # which only chooses the route: the tensors stay where they are
        for got, expected in zip(dense_of(graph), dense.among(), strict=True):
            assert np.array_equal(got, expected)
        check_draws(graph, dense.transition(), 1000)


@given(graphs())
@few
def test_the_same_seed_draws_the_same(pair):
    graph, _ = pair
    ids = torch.arange(graph.n).repeat(3, 4)
    first, second = (graph.draw(ids, torch.Generator().manual_seed(7)) for _ in range(2))
    assert torch.equal(first, second)
    assert first.shape == ids.shape
    assert first.dtype == torch.int64


def test_draws_never_share_memory_with_the_ids():
    ids = torch.arange(3)
    SimilarityGraph.none(3).draw(ids)[0] = 2
    assert ids.tolist() == [0, 1, 2]


@given(graphs(mixtures=False), st.booleans(), st.integers(0, 3))
@few
def test_relation_is_the_dense_reference(pair, star, queue):
    graph, dense = pair
    rng = np.random.default_rng(queue)
    ids, queued = rng.integers(0, graph.n, (2, 3)), rng.integers(0, graph.n, queue)
    relation = graph.relation(torch.tensor(ids), torch.tensor(queued) if queue else None, star=star)
    rows, cols = ids.reshape(-1), np.r_[ids.reshape(-1), queued]
    attract = np.maximum(dense.attraction(), dense.attraction().T)
    for i, row in enumerate(rows):
        for j, col in enumerate(cols):
            bound = j < 6 and i % 3 == j % 3 and i != j
            assert relation.bound[i, j] == bound  # a star of two views binds all of them
            assert relation.same[i, j] == (row == col)
            assert (0 if relation.attract is None else relation.attract[i, j]) == attract[row, col]
            assert (0 if relation.apart is None else relation.apart[i, j]) == dense.different[row, col]
    assert relation.views == 2


def test_no_ids_give_empty_tensors():
    graph = edge_graph(3, [(0, 1, 1), (1, 2, 0.5)]) | group_graph([0, 0, 1], apart=[(0, 1)])
    none = torch.empty(0, dtype=torch.long)
    assert graph.draw(none).shape == (0,)
    assert [tuple(channel.shape) for channel in graph.among(none, [0, 1])] == [(0, 2), (0, 2)]
    assert [tuple(channel.shape) for channel in graph.among([0, 1, 2], none)] == [(3, 0), (3, 0)]


@pytest.mark.parametrize("ids", [[3], [-1], [0.5], [True]])
def test_ids_that_are_no_samples_are_refused(ids):
    graph = group_graph([0, 0, 1])
    for use in (graph.draw, lambda x: graph.among(x, [0]), lambda x: graph.among([0], x), graph.subset):
        with pytest.raises(LikewiseError, match=r"must (lie in|be whole)"):
            use(torch.tensor(ids))
    with pytest.raises(LikewiseError, match=r"must (lie in|be whole)"):
        graph.relation(torch.tensor([ids]))


def test_a_batch_without_views_is_refused():
    with pytest.raises(LikewiseError, match=r"shape \[views, anchors\], got \[3\]"):
        group_graph([0, 0, 1]).relation(torch.arange(3))


class NoFloat64(TorchDispatchMode):
    """A device such as Apple's: nothing on it may be float64 (here the one that computes shapes alone)."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            assert not (isinstance(tensor, torch.Tensor) and tensor.is_meta and tensor.dtype == torch.float64), func
        return out


@given(graphs())
@few
def test_a_batch_is_related_on_devices_without_float64(pair):
    graph = pair[0]
    ids = torch.zeros((2, 4), dtype=torch.int64, device="meta")
    with NoFloat64():
        relation = graph.relation(ids, ids.flatten())
        assert all(x is None or x.shape == (8, 16) for x in (relation.bound, relation.attract, relation.apart))


def test_for_devices_without_float64_draws_are_made_on_the_cpu(monkeypatch):
    graph = edge_graph(5, [(0, 1, 1), (0, 2, 3)])
    monkeypatch.setattr(arrays, "WITHOUT_FLOAT64", {"meta"})
    monkeypatch.setattr(torch.Tensor, "cpu", lambda tensor: torch.zeros(6, dtype=torch.int64))
    drawn = graph.draw(torch.zeros(6, dtype=torch.int64, device="meta"), torch.Generator().manual_seed(0))
    assert drawn.device.type == "meta"
    assert list(graph._compiled) == [torch.device("cpu")]


class Largest(TorchDispatchMode):
    """Keeps the size of the largest tensor that was made, in bytes."""

    size = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        sizes = [leaf.numel() * leaf.itemsize for leaf in tree_leaves(out) if isinstance(leaf, torch.Tensor)]
        self.size = max(self.size, *sizes, 0)
        return out


def test_on_an_accelerator_nothing_is_larger_than_the_relation_itself(monkeypatch):
    monkeypatch.setattr(compiled, "RELATED", 1 << 12)
    graph = edge_graph(9, [(0, 1, 1), (0, 2, 3)])
    rows, cols = (torch.zeros(count, dtype=torch.int64, device="meta") for count in (256, 2048))
    with Largest() as largest:
        graph.among(rows, cols)
    assert largest.size == 4 * 256 * 2048
