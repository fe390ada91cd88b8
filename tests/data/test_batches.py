import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from likewise.data import AnchorBatches, NeighborhoodBatches, PairBatches, effective_anchors
from likewise.errors import LikewiseError


class Ring:
    """Each sample is alike the two beside it on either side."""

    def __init__(self, n):
        self.n = n

    def draw(self, ids, generator=None):
        step = torch.tensor([-2, -1, 1, 2])[torch.randint(0, 4, ids.shape, generator=generator)]
        return (ids + step) % self.n


PAIRS = np.array([[0, 1], [1, 2], [5, 7]])


def make(kind, n=60, batch_size=6, **options):
    if kind == "anchors":
        return AnchorBatches(n, batch_size, **options)
    if kind == "pairs":
        return PairBatches(PAIRS, n=n, batch_size=batch_size, **options)
    return NeighborhoodBatches(Ring(n), batch_size, group=3, **options)


@pytest.mark.parametrize("kind", ["anchors", "pairs", "neighborhoods"])
def test_batches_are_a_pure_function_of_seed_epoch_and_step(kind):
    plan, again = make(kind, seed=4), make(kind, seed=4)
    later = again.batch(3, 2)
    again.batch(0, 0)
    assert torch.equal(plan.batch(3, 2), later)
    assert torch.equal(plan.batch(3, 2), again.batch(3, 2))
    assert not torch.equal(plan.entries(0), plan.entries(1))
    assert not torch.equal(plan.entries(0), make(kind, seed=5).entries(0))


@pytest.mark.parametrize("kind", ["anchors", "pairs", "neighborhoods"])
def test_ranks_share_an_epoch_without_overlap(kind):
    whole = make(kind)
    ranks = [make(kind, batch_size=3, rank=rank, world=2) for rank in (0, 1)]
    assert len(ranks[0]) == len(whole)
    for step in range(len(whole)):
        joined = torch.cat([plan.batch(1, step) for plan in ranks], dim=-1)
        assert torch.equal(joined, whole.batch(1, step)) or kind == "neighborhoods"
    if kind != "pairs":
        ids = torch.cat([plan.batch(1, step) for plan in ranks for step in range(len(plan))])
        assert sorted(ids.tolist()) == list(range(60))


@given(st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_an_epoch_of_anchors_is_every_sample_once(n, batch_size, drop_last):
    if batch_size > n:
        with pytest.raises(LikewiseError, match="fit into"):
            AnchorBatches(n, batch_size, drop_last=drop_last)
        return
    plan = AnchorBatches(n, batch_size, drop_last=drop_last)
    ids = torch.cat([plan.batch(0, step) for step in range(len(plan))]).tolist()
    assert len(set(ids)) == len(ids)
    assert len(ids) == (n // batch_size * batch_size if drop_last else n)


def test_sequential_anchors_and_errors():
    plan = AnchorBatches(5, 2, order="sequential", drop_last=False)
    assert [plan.batch(9, step).tolist() for step in range(3)] == [[0, 1], [2, 3], [4]]
    with pytest.raises(LikewiseError, match="step 3 lies outside"):
        plan.batch(0, 3)
    with pytest.raises(LikewiseError, match="unknown order"):
        AnchorBatches(5, 2, order="sequental")
    with pytest.raises(LikewiseError, match="single rank"):
        AnchorBatches(8, 2, drop_last=False, world=2)
    with pytest.raises(LikewiseError, match="on each of 3 ranks"):
        AnchorBatches(8, 3, world=3)


def test_equal_pairs_are_a_shuffled_pass_in_random_orientation():
    plan = PairBatches(PAIRS, n=10, batch_size=13)
    wanted = sorted([(i, i) for i in range(10)] + [tuple(pair) for pair in PAIRS.tolist()])
    orientations = set()
    for epoch in range(20):
        batch = plan.batch(epoch, 0)
        assert batch.shape == (2, 13)
        assert sorted((min(p), max(p)) for p in batch.T.tolist()) == wanted
        orientations |= {tuple(p) for p in batch.T.tolist()}
    assert {(0, 1), (1, 0), (5, 7), (7, 5)} <= orientations


def test_unequal_pairs_are_drawn_in_proportion():
    plan = PairBatches(PAIRS, np.array([2.0, 0.0, 4.0]), n=10, batch_size=12, self_weights=0.4)
    assert plan.length == 12
    seen = torch.cat([plan.entries(epoch) for epoch in range(2000)], dim=1).sort(dim=0).values
    share = [((seen[0] == a) & (seen[1] == b)).double().mean().item() for a, b in [(0, 1), (1, 2), (5, 7), (3, 3)]]
    assert share == pytest.approx([0.2, 0, 0.4, 0.04], abs=0.01)
    assert effective_anchors(plan, n=10) < 10
    for weights, message in ((np.ones(2), "as many weights"), (np.array([1, -1, 1]), "not negative")):
        with pytest.raises(LikewiseError, match=message):
            PairBatches(PAIRS, weights, n=10, batch_size=2)
    with pytest.raises(LikewiseError, match=r"\[0, 7\), found 0 to 7"):
        PairBatches(PAIRS, n=7, batch_size=2)


def neighbours_met(plan, n):
    """How many of the neighbours on the ring an anchor meets in its batch."""
    met = 0
    for step in range(len(plan)):
        ids = plan.batch(0, step)
        gap = (ids[:, None] - ids[None, :]) % n
        met += int(((gap == 1) | (gap == 2) | (gap == n - 1) | (gap == n - 2)).sum())
    return met / (len(plan) * plan.batch_size)


def test_neighborhoods_bring_neighbours_together_and_keep_anchors_uniform():
    n = 4000
    plan = NeighborhoodBatches(Ring(n), 40, group=5)
    assert sorted(plan.entries(0).tolist()) == list(range(n))
    assert effective_anchors(plan, n) == pytest.approx(n)
    assert neighbours_met(AnchorBatches(n, 40), n) < 0.1
    assert neighbours_met(plan, n) > 1.2
    with pytest.raises(LikewiseError, match="group must lie between"):
        NeighborhoodBatches(Ring(n), 4, group=5)


def test_neighborhoods_are_drawn_block_by_block(monkeypatch):
    class Refuses(Ring):
        def draw(self, ids, generator=None):
            assert 0 < len(ids) <= 5
            return super().draw(ids, generator)

    monkeypatch.setattr("likewise.data.batches.BLOCK", 5)
    assert sorted(NeighborhoodBatches(Refuses(103), 20, group=5).entries(0).tolist()) == list(range(103))
