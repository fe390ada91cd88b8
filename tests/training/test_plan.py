import numpy as np
import pytest
import torch
from tests.training.cases import CLASSES, N, digits, neighbors

import likewise as lw
from likewise.errors import LikewiseError
from likewise.training import Settings
from likewise.training.plan import Loader, Plan, unordered_pairs

SAMPLING = ("anchors", "pairs", "neighborhoods")


@pytest.mark.parametrize("sample", SAMPLING)
def test_a_plan_is_a_pure_function_of_seed_epoch_step_and_rank(sample):
    def ids(epoch, step, seed=0, rank=0):
        return Plan(neighbors(), Settings(sample=sample, batch_size=16, seed=seed), rank, 2).ids(epoch, step)

    first = ids(1, 2)
    plan = Plan(neighbors(), Settings(sample=sample, batch_size=16), 0, 2)
    plan.ids(0, 0), plan.ids(3, 1)
    assert torch.equal(plan.ids(1, 2), first)
    others = [ids(2, 2), ids(1, 1), ids(1, 2, seed=1), ids(1, 2, rank=1)]
    assert not any(torch.equal(first, other) for other in others)


@pytest.mark.parametrize("sample", SAMPLING)
def test_ranks_take_disjoint_entries(sample):
    plans = [Plan(neighbors(), Settings(sample=sample, batch_size=8), rank, 3) for rank in range(3)]
    entries = [plan.ids(4, step).T for plan in plans for step in range(len(plan))]
    seen = torch.cat(entries)
    if sample == "pairs":
        assert len({tuple(sorted(pair)) for pair in seen.tolist()}) == len(seen)
    else:
        assert len(seen[:, 0].unique()) == len(seen)


def test_rows_are_anchors_then_partners_then_anchors():
    graph = neighbors()
    ids = Plan(graph, Settings(view_count=4, partners=2, batch_size=N)).ids(0, 0)
    dense = graph.to_scipy().toarray()
    assert ids.shape == (4, N)
    assert sorted(ids[0].tolist()) == list(range(N))
    assert torch.equal(ids[3], ids[0])
    assert (dense[ids[0], ids[1]] > 0).all()
    assert (dense[ids[0], ids[2]] > 0).all()
    assert not torch.equal(ids[1], ids[2])
    alone = Plan(graph, Settings(partners=0, batch_size=32)).ids(0, 0)
    assert torch.equal(alone[0], alone[1])


def test_an_epoch_of_pairs_has_an_entry_for_each_sample_and_each_pair():
    graph = lw.band(neighbors_space(), 0.8, 0.95)
    pairs, *_ = unordered_pairs(graph)
    plan = Plan(graph, Settings(sample="pairs", batch_size=1 << 1))
    assert plan.batches.length == N + len(pairs)
    entries = [tuple(sorted(pair)) for pair in plan.batches.entries(0).T.tolist()]
    assert sorted(entries) == sorted([(i, i) for i in range(N)] + [tuple(pair) for pair in pairs.tolist()])


def neighbors_space():
    from tests.training.cases import PIXELS

    return PIXELS


def test_unordered_pairs_take_the_larger_direction():
    graph = lw.SimilarityGraph.from_edges(4, [0, 1, 2], [1, 0, 3], [0.25, 0.5, 1.0])
    pairs, weights, own = unordered_pairs(graph)
    assert (pairs.tolist(), weights.tolist(), own.tolist()) == ([[0, 1], [2, 3]], [0.5, 1.0], [1] * 4)


def test_pairs_of_a_mix_count_as_often_as_they_are_drawn():
    edges = lw.SimilarityGraph.from_edges(3, [0, 0], [1, 2])
    pairs, weights, own = unordered_pairs(lw.mix(lw.SimilarityGraph.none(3), edges, 0.75))
    assert sorted(pairs.tolist()) == [[0, 1], [0, 2]]
    assert np.allclose(weights, [0.25, 0.25])
    assert np.allclose(own, [0.5, 1, 1])
    plan = Plan(lw.mix(lw.SimilarityGraph.none(N), neighbors(), 0.5), Settings(sample="pairs", batch_size=8))
    assert plan.ids(0, 0).shape == (2, 8)


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_a_mix_is_drawn_in_its_shares(share):
    graph = lw.mix(neighbors(), lw.labels(CLASSES), share)
    plan = Plan(graph, Settings(batch_size=N))
    rows, partners = torch.cat([plan.ids(epoch, 0) for epoch in range(40)], 1)
    near = neighbors().to_scipy().toarray()[rows, partners] > 0
    alike = CLASSES[rows] == CLASSES[partners]
    assert abs((~near & alike).mean() - share * 0.75) < 0.1
    assert (near | alike).all()


def test_neighborhoods_put_neighbours_into_one_batch():
    graph = neighbors()
    dense = graph.symmetric().to_scipy().toarray()

    def alike(sample):
        plan = Plan(graph, Settings(sample=sample, batch_size=16))
        return np.mean([dense[np.ix_(b[0], b[0])].sum() for b in (plan.ids(0, s) for s in range(len(plan)))])

    assert alike("neighborhoods") > 1.5 * alike("anchors")
    small = Plan(graph, Settings(sample="neighborhoods", batch_size=4))  # fewer than a neighbourhood
    assert small.ids(0, 0).shape == (2, 4)


def test_another_graph_is_used_from_then_on():
    plan = Plan(neighbors(), Settings(batch_size=16))
    before = plan.ids(1, 0)
    plan.use(lw.SimilarityGraph.none(N))
    assert torch.equal(plan.ids(1, 0)[0], before[0])
    assert torch.equal(plan.ids(1, 0)[1], before[0])


@pytest.mark.parametrize("first", [0, 4])
def test_the_loader_yields_the_steps_of_an_epoch_from_a_step_on(first):
    plan = Plan(neighbors(), Settings(batch_size=16))
    loader = Loader(plan, digits(), on_device=True, workers=0)
    batches = [ids for ids, _ in loader.epoch(3, first)]
    assert len(batches) == 6 - first
    assert all(torch.equal(ids, plan.ids(3, first + step)) for step, ids in enumerate(batches))


def test_a_batch_larger_than_an_epoch_is_refused():
    with pytest.raises(LikewiseError, match="batch_size 97 must be at least 1 and fit into the 96"):
        Plan(neighbors(), Settings(batch_size=97))
    with pytest.raises(LikewiseError, match="batch_size 60 on each of 2 ranks"):
        Plan(neighbors(), Settings(batch_size=60), 0, 2)
