"""A loss asks the graph only for what it uses, and what it asks for late is what it would have been told at once."""

import pytest
import torch
from tests.losses.cases import ALL_CASES, call, case_id

from likewise.graph import SimilarityGraph
from likewise.graph.compiled import Compiled
from likewise.losses import LOSSES, roles
from likewise.relation import Relation
from likewise.testing.batches import random_embeddings

IDS, QUEUE = torch.tensor([[0, 1, 2, 3], [4, 1, 6, 0]]), torch.tensor([5, 0, 7, 2, 6])
ALIKE = SimilarityGraph.from_edges(8, [0, 1, 2, 5, 4], [1, 3, 0, 1, 6], [0.5, 1.0, 0.25, 0.75, 0.5])
TOLD = ALIKE | SimilarityGraph.from_edges(8, [0, 3, 4], [6, 2, 5], different=True)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(roles, "_said", set(LOSSES))


@pytest.fixture
def searches(monkeypatch):
    """One entry for each search of a compiled graph."""
    made, among = [], Compiled.among

    def counted(self, rows, cols):
        made.append((len(rows), len(cols)))
        return among(self, rows, cols)

    monkeypatch.setattr(Compiled, "among", counted)
    return made


def asks(name, options, told):
    """Whether a loss has a use for who else is alike or different."""
    role = options["false_negatives"]
    uses_attract = role == "attract" or (role == "ignore" and name in ("contrastive", "spectral"))
    return uses_attract or bool(told and (options.get("beta") or options.get("repel")))


@pytest.mark.parametrize("graph", [ALIKE, TOLD], ids=["alike", "told"])
@pytest.mark.parametrize("case", ALL_CASES, ids=case_id)
def test_the_graph_is_searched_once_where_the_loss_asks_and_never_where_not(case, graph, searches):
    name, options, length = case
    relation = graph.relation(IDS, QUEUE if length else None)
    q, k, queue = random_embeddings(0, queue=length)
    late = call(case, q, k, relation, queue)
    assert len(searches) == asks(name, options, graph is TOLD)
    plain = Relation(relation.bound, relation.same, relation.attract, relation.apart)
    assert torch.equal(late, call(case, q, k, plain, queue))
    assert len(searches) == 1


def test_whether_differences_are_known_is_answered_without_a_search(searches):
    assert not ALIKE.relation(IDS).has_apart
    assert TOLD.relation(IDS).has_apart
    assert (0.5 * TOLD).relation(IDS).has_apart
    assert not (ALIKE - TOLD).relation(IDS).has_apart
    assert searches == []


def test_ids_that_change_after_the_relation_was_made_change_nothing():
    ids, queue = IDS.clone(), QUEUE.clone()
    relation, wanted = TOLD.relation(ids, queue), TOLD.relation(IDS, QUEUE)
    ids.zero_(), queue.zero_()
    for name in ("same", "attract", "apart", "row_ids", "col_ids"):
        assert torch.equal(getattr(relation, name), getattr(wanted, name)), name
