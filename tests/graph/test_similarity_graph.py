import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix, csr_matrix
from tests.graph.reference import dense_of, edge_graph, graphs, group_graph, several

from likewise.errors import LikewiseError
from likewise.graph import Groups, SimilarityGraph
from likewise.keys import Keys

laws = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def same(g, h):
    """Equal in both channels, in both directions, in draws and in self weights."""
    return (
        all(np.array_equal(a, b) for a, b in zip(dense_of(g), dense_of(h), strict=True))
        and np.array_equal(g.to_scipy().toarray(), h.to_scipy().toarray())
        and np.array_equal(g.self_weight, h.self_weight)
    )


@given(several(3))
@laws
def test_laws_of_the_union(trio):
    (f, _), (g, _), (h, _) = trio
    assert same(f | g, g | f)
    assert same(f | f, f)
    assert same((f | g) | h, f | (g | h))
    none = SimilarityGraph.none(f.n) * 0
    assert same(f | none, f)


@given(several(3))
@laws
def test_laws_of_the_intersection(trio):
    f, g, h = (graph.to_edges() for graph, _ in trio)
    assert same(f & g, g & f)
    assert same(f & f, f)
    assert same(f & (f | g), f)
    assert same((f | g) & h, (f & h) | (g & h))


@given(several(2), st.sampled_from([0.25, 0.5, 2.0]))
@laws
def test_laws_of_sums_and_differences(pair, scale):
    (g, _), (h, _) = pair
    assert same(g + h, h + g)
    assert same(scale * (g + h), scale * g + scale * h)
    assert same(scale * (g | h), scale * g | scale * h)
    assert same((g - h) - h, g - h)
    assert same(g - g.with_veto(g.vetoes) - h, g - g)
    assert same(np.float64(scale) * g, g * scale)


@given(graphs())
@laws
def test_spelling_out_changes_nothing(pair):
    graph, dense = pair
    assert same(graph.to_edges(), graph)
    assert not any(isinstance(term, Groups) for term in graph.to_edges().terms)
    assert np.array_equal(graph.to_scipy().toarray(), dense.attraction())


@given(graphs(), st.data())
@laws
def test_subsets_compose_and_are_the_dense_reference(pair, data):
    graph, dense = pair
    ids = np.array(data.draw(st.permutations(range(graph.n))))[: data.draw(st.integers(1, graph.n))]
    part = graph.subset(ids)
    for got, expected in zip(dense_of(part), dense.among(), strict=True):
        assert np.array_equal(got, expected[np.ix_(ids, ids)])
    again = data.draw(st.permutations(range(len(ids))))
    assert same(part.subset(again), graph.subset(ids[list(again)]))
    assert np.array_equal(part.self_weight, graph.self_weight[ids])


@given(graphs(), st.data())
@laws
def test_align_renumbers_by_key(pair, data):
    graph, dense = pair
    graph = graph.with_keys(Keys.of(f"key {i}" for i in range(graph.n)))
    ids = data.draw(st.permutations(range(graph.n + 2)))[: data.draw(st.integers(3, graph.n + 2))]
    keys = Keys.of(f"key {i}" for i in ids)
    moved = graph.align(keys)
    assert moved.keys == keys
    for got, expected in zip(dense_of(moved), dense.among(), strict=True):
        wide = np.pad(expected, (0, 2))
        assert np.array_equal(got, wide[np.ix_(ids, ids)])
    assert same(moved.align(graph.keys).align(keys), moved)
    assert all(part.keys == keys for _, part in moved.parts)


def test_the_empty_graph_draws_itself():
    graph = SimilarityGraph.none(5)
    assert graph.draw(torch.arange(5)).tolist() == [0, 1, 2, 3, 4]
    assert not any(channel.any() for channel in graph.among([0, 1], [1, 2]))
    assert graph.relation(torch.tensor([[0, 1], [0, 1]])).attract is None
    assert repr(graph) == "SimilarityGraph(5 samples; everyone alike themselves alone)"
    with pytest.raises(LikewiseError, match="at least one sample, got n = 0"):
        SimilarityGraph.none(0)


def test_from_scipy_reads_signs_and_sums_what_stands_twice():
    matrix = coo_matrix(([0.25, 0.25, -0.5, 9.0], ([0, 0, 1, 2], [1, 1, 2, 2])), shape=(3, 3))
    alike, different = dense_of(SimilarityGraph.from_scipy(matrix, keys=Keys.of("abc")))
    assert alike.tolist() == [[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0]]
    assert different.tolist() == [[0, 0, 0], [0, 0, 0.5], [0, 0.5, 0]]
    dense = np.array([[0, 1], [0, 0]], bool)
    assert SimilarityGraph.from_scipy(dense).to_scipy().toarray().tolist() == [[0, 1], [0, 0]]
    graph = SimilarityGraph.from_scipy(csr_matrix(np.eye(3)[[1, 2, 0]]))
    assert same(SimilarityGraph.from_scipy(graph.to_scipy()), graph)


@pytest.mark.parametrize("matrix", [np.ones((2, 3)), [[0, np.nan], [0, 0]], [[0, -np.inf], [0, 0]]])
def test_bad_matrices_are_refused(matrix):
    with pytest.raises(LikewiseError, match=r"square|finite"):
        SimilarityGraph.from_scipy(csr_matrix(np.array(matrix)))


def test_from_labels_joins_classes_and_leaves_out_the_unlabelled():
    alike, _ = dense_of(SimilarityGraph.from_labels([0, 1, 0, -1, -1]))
    assert alike.nonzero()[0].tolist() == [0, 2]
    assert dense_of(SimilarityGraph.from_labels(["cat", None, "cat", None]))[0].sum() == 2
    assert dense_of(SimilarityGraph.from_labels(["?", "a", "?", "a"], unlabelled="?"))[0].sum() == 2


def test_graphs_that_do_not_fit_are_refused():
    g, h = SimilarityGraph.none(3), SimilarityGraph.none(4)
    for combine in (g.__or__, g.__and__, g.__sub__, g.__add__):
        with pytest.raises(LikewiseError, match="3 and 4 samples: align one"):
            combine(h)
    a, b = g.with_keys(Keys.of("abc")), g.with_keys(Keys.of("abd"))
    with pytest.raises(LikewiseError, match="row 2 is 'd', expected 'c'"):
        a | b
    assert (a | g).keys == (g | a).keys == a.keys
    with pytest.raises(LikewiseError, match="3 samples, but 2 keys"):
        g.with_keys(Keys.of("ab"))
    with pytest.raises(LikewiseError, match="by position alone"):
        g.align(Keys.of("abc"))
    with pytest.raises(LikewiseError, match="knows none of these samples' keys"):
        a.align(Keys.of("xyz"))
    with pytest.raises(LikewiseError, match="samples that have keys"):
        a.align([1, 2, 3])


def test_other_things_than_graphs_do_not_combine():
    graph = SimilarityGraph.none(3)
    for other in (np.ones(3), 3, "abc"):
        with pytest.raises(TypeError):
            graph | other
    with pytest.raises(TypeError):
        graph * graph
    for scale in (-1, float("nan"), np.inf):
        with pytest.raises(LikewiseError, match="finite number of at least 0"):
            graph * scale


def test_subsets_that_make_no_sense_are_refused():
    graph = group_graph([0, 0, 1])
    with pytest.raises(LikewiseError, match="one sample twice"):
        graph.subset([0, 0])
    with pytest.raises(LikewiseError, match="at least one sample"):
        graph.subset([])


def test_groups_above_the_limit_are_not_spelled_out():
    graph = group_graph([0] * 5 + [1] * 2, apart=[(0, 1)])
    with pytest.raises(LikewiseError, match="stand for 22 pairs, above the limit of 21"):
        graph.to_scipy(limit=21)
    assert graph.to_scipy(limit=22).nnz == 22
    with pytest.raises(LikewiseError, match="stand for 42 pairs, above the limit of 41"):
        graph.to_edges(limit=41)


def test_explain_names_the_terms_that_speak_of_a_pair():
    graph = edge_graph(3, [(0, 1, 0.5)]) | group_graph([0, 0, 1], apart=[(0, 1)])
    assert [(str(source), a, d) for source, a, d in graph.explain(1, 0)] == [("mine()", 0.5, 0), ("mine()", 1, 0)]
    assert [(a, d) for _, a, d in graph.explain(0, 2)] == [(0, 1)]
    assert graph.explain(0, 0) == []
    with pytest.raises(LikewiseError, match=r"\[0, 3\)"):
        graph.explain(0, 3)
