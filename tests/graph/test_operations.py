import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.graph.reference import edge_graph, group_graph, leaves, several

from likewise.errors import LikewiseError
from likewise.graph import Groups, SimilarityGraph, require_fit
from likewise.graph.matrices import matrix_of
from likewise.keys import Keys

laws = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def alike(graph):
    matrix = matrix_of(graph.root, False)
    return np.zeros((graph.n, graph.n)) if matrix is None else matrix.toarray()


def different(graph):
    matrix = matrix_of(graph.root, True)
    return np.zeros((graph.n, graph.n)) if matrix is None else matrix.toarray()


@given(several(1))
@laws
def test_symmetric_and_mutual_are_of_the_whole_graph(one):
    ((graph, dense),) = one
    assert np.array_equal(alike(graph.symmetric()), np.maximum(dense.alike, dense.alike.T))
    assert np.array_equal(alike(graph.mutual()), np.minimum(dense.alike, dense.alike.T))
    for changed in (graph.symmetric(), graph.mutual()):
        assert np.array_equal(different(changed), dense.different)


def slow_cap(matrix, limit):
    out = np.zeros_like(matrix)
    for col in range(len(matrix)):
        order = sorted(np.flatnonzero(matrix[:, col]), key=lambda row: (-matrix[row, col], row))
        for row in order[:limit]:
            out[row, col] = matrix[row, col]
    return out


def slow_khop(matrix, hops, decay):
    out = matrix.copy()
    for start in range(len(matrix)):
        seen, frontier = {start}, {start}
        for hop in range(1, hops + 1):
            frontier = {int(j) for i in frontier for j in np.flatnonzero(matrix[i])} - seen
            seen |= frontier
            for j in frontier:
                out[start, j] = matrix[start, j] if hop == 1 else decay ** (hop - 1)
    return out


@given(st.integers(1, 7).flatmap(lambda n: st.lists(leaves(n), min_size=1, max_size=3)), st.integers(1, 3))
@laws
def test_cap_and_khop_are_of_the_whole_graph(terms, count):
    terms = [term for term in terms if not isinstance(term[0].root, Groups)]
    if not terms:
        return
    graph, dense = terms[0]
    for other, other_dense in terms[1:]:
        graph, dense = graph | other, dense | other_dense
    assert np.array_equal(alike(graph.cap_in_degree(count)), slow_cap(dense.alike, count))
    assert np.array_equal(alike(graph.khop(count, decay=0.5)), slow_khop(dense.alike, count, 0.5))
    assert np.array_equal(different(graph.khop(count)), dense.different)


def test_a_chain_of_hops():
    chain = edge_graph(4, [(0, 1, 0.25), (1, 2, 1), (2, 3, 1)])
    assert alike(chain.khop(3, decay=0.5))[0].tolist() == [0, 0.25, 0.5, 0.25]
    assert [str(term.source) for term in chain.khop(2).terms] == ["khop(mine(), hops=2, decay=1.0, limit=50000000)"]


def test_bad_arguments_are_refused():
    graph = edge_graph(3, [(0, 1, 1), (1, 2, 1)])
    for arguments in ({"hops": 0}, {"hops": 1, "decay": 0}, {"hops": 1, "decay": 1.5}):
        with pytest.raises(LikewiseError, match="khop needs"):
            graph.khop(**arguments)
    with pytest.raises(LikewiseError, match="hop 2 walks 1 paths, above the limit of 0"):
        graph.khop(2, limit=0)
    with pytest.raises(LikewiseError, match="at least 1, got 0"):
        graph.cap_in_degree(0)
    with pytest.raises(LikewiseError, match="works on edges, and this graph has groups"):
        (graph | group_graph([0, 0, 1])).khop(2)


def test_require_fit():
    graph = SimilarityGraph.none(2, Keys.of("ab"))

    class Samples(list):
        keys = None

    samples = Samples("xx")
    assert require_fit(graph, samples) is graph
    samples.keys = Keys.of("ab")
    assert require_fit(graph, samples) is graph
    samples.keys = Keys.of("ba")
    with pytest.raises(LikewiseError, match="row 0 is 'b', expected 'a'"):
        require_fit(graph, samples)
    with pytest.raises(LikewiseError, match="2 samples, the data 3: make a graph of these"):
        require_fit(graph, Samples("xxx"))
