import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.graph.reference import edge_graph, graphs, group_graph
from tests.graph.test_closure import slow_components

from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph, class_codes, diagnosis, mix

laws = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@given(graphs(), st.data())
@laws
def test_every_figure_is_the_slow_one(pair, data):
    graph, dense = pair
    n = graph.n
    labels = np.array(data.draw(st.lists(st.integers(-1, 2), min_size=n, max_size=n)))
    found = graph.diagnose(labels)
    attract, transition = dense.attraction() > 0, dense.transition()
    degree = attract.sum(axis=1)
    assert found.degree == (degree.mean(), np.median(degree), degree.min(), degree.max())
    assert found.isolated == pytest.approx((degree == 0).mean())
    assert found.self_draw == pytest.approx(np.diag(transition).mean(), abs=1e-6)
    assert found.hub_in_degree == attract.sum(axis=0).max()
    assert found.mutual == pytest.approx((attract & attract.T).sum() / max(attract.sum(), 1))
    sizes = np.bincount(slow_components(attract | attract.T))
    assert (found.components, found.largest) == ((sizes > 0).sum(), pytest.approx(sizes.max() / n))
    assert sum(found.weights[1]) == attract.sum()
    assert str(found).startswith(f"{n:,} samples")

    pairs = [(i, j) for i in range(n) for j in range(n) if i != j and labels[i] >= 0 and labels[j] >= 0]
    judged = [(i, j) for i, j in pairs if attract[i, j]]
    good = [(i, j) for i, j in judged if labels[i] == labels[j]]
    possible = [(i, j) for i, j in pairs if labels[i] == labels[j]]
    within = attract & (labels[:, None] == labels) & (labels >= 0)
    component = slow_components(within | within.T)
    joined = [(i, j) for i, j in possible if component[i] == component[j]]

    def ratio(part, whole):
        return pytest.approx(len(part) / len(whole) if whole else math.nan, nan_ok=True)

    facts = found.labels
    assert facts.purity == ratio(good, judged)
    assert facts.coverage == ratio(good, possible)
    assert facts.connected_share == ratio(joined, possible)
    chance = [np.mean([labels[i] == labels[k] for k in range(n) if (i, k) in pairs]) for i, _ in judged]
    assert facts.purity_by_chance == pytest.approx(np.mean(chance) if chance else 0)
    hits, tries = (sum(transition[i, j] for i, j in some) for some in (good, judged))
    if len(graph.parts) > 1:
        hits, tries = (
            sum(share * part.transition()[i, j] for share, part in dense.parts for i, j in pairs if same(i, j))
            for same in (lambda i, j: labels[i] == labels[j], lambda i, j: True)
        )
    assert facts.purity_of_draws == pytest.approx(hits / tries if tries else math.nan, nan_ok=True)
    for name, one in zip(sorted({label for label in labels.tolist() if label >= 0}), facts.classes, strict=True):
        members = np.flatnonzero(labels == name)
        assert (one.name, one.size) == (str(name), len(members))
        assert one.parts == len({component[i] for i in members})
        assert one.purity == ratio([p for p in good if p[0] in members], [p for p in judged if p[0] in members])
        assert one.coverage == ratio([p for p in good if p[0] in members], [p for p in possible if p[0] in members])


def test_a_huge_graph_is_estimated_on_some_rows(monkeypatch):
    n = 600
    labels = np.arange(n) % 3
    graph = SimilarityGraph.from_labels(labels) | SimilarityGraph.from_edges(n, np.arange(n), (np.arange(n) + 1) % n)
    whole = graph.diagnose(labels)
    monkeypatch.setattr(diagnosis, "PAIRS_LOOKED_AT", 20_000)
    part = graph.diagnose(labels)
    assert part.rows == 99
    assert (part.hub_in_degree, part.mutual) == (None, None)
    assert (part.components, part.labels.connected_share) == (whole.components, whole.labels.connected_share) == (1, 1)
    assert part.labels.purity == pytest.approx(whole.labels.purity)
    assert part.labels.coverage == 1
    assert part.degree == whole.degree
    assert "estimated on 99 random rows" in str(part)
    assert part == graph.diagnose(labels)


def test_the_screen_says_what_matters():
    graph = edge_graph(4, [(0, 1, 0.5), (1, 0, 0.75), (2, 3, 1)])
    text = str(graph.diagnose(["a", "a", "b", "c"]))
    for line in (
        "4 samples\n  mine(): 3 edges\n",
        "degree       mean 0.75, median 1, from 0 to 1\n",
        "purity       66.7% of pairs (by chance 22.2%; adjusted 57.1%)",
        "coverage     100.00% of same-label pairs; 100.0% joined",
        "classes      3, in 1.0 parts on average; least pure: b (0.0%)",
        "weights      0.5 ",
    ):
        assert line in text
    assert "purity" not in str(graph.diagnose())
    assert "nobody has one" in str(graph.diagnose([None] * 4))
    assert "least pure" in str(mix(SimilarityGraph.none(4), group_graph([0, 0, 1, 1]), 0.5).diagnose(list("aabb")))


def test_class_codes():
    names, codes = class_codes([3, -1, 1, 3, -2], 5)
    assert (names, codes.tolist()) == (["1", "3"], [1, -1, 0, 1, -1])
    names, codes = class_codes(np.array(["b", None, "a", float("nan")], object), 4)
    assert (names, codes.tolist()) == (["a", "b"], [1, -1, 0, -1])
    assert class_codes([0.5, np.nan], 2)[1].tolist() == [0, -1]
    for labels in ([1, 2], [[1], [2], [3]]):
        with pytest.raises(LikewiseError, match="one value for each of the 3 samples"):
            class_codes(labels, 3)
