import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from tests.graph.reference import dense_of, edge_graph, graphs, group_graph

from likewise.errors import LikewiseError
from likewise.graph import Groups, SimilarityGraph

laws = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def slow_components(alike):
    component = list(range(len(alike)))
    for _ in alike:
        for i, j in np.argwhere(alike):
            component[i] = component[j] = min(component[i], component[j])
    return component


def slow_closure(dense):
    told, different = dense.among()
    component = slow_components(told)
    broken = {component[i] for i, j in np.argwhere(different) if component[i] == component[j]}
    alike, apart = np.zeros_like(told), different > 0
    members = [[j for j in range(len(told)) if component[j] == component[i]] for i in range(len(told))]
    for i in range(len(told)):
        for j in members[i]:
            alike[i, j] = 0 if i == j else told[i, j] if component[i] in broken else 1
    for i, j in np.argwhere(different):
        for x in [i] if component[i] in broken else members[i]:
            for y in [j] if component[j] in broken else members[j]:
                apart[x, y] = apart[y, x] = True
    return alike, apart, component


def shortest(alike, start, end):
    reached, steps = {start}, 0
    while end not in reached:
        reached |= {int(j) for i in reached for j in np.flatnonzero(alike[i])}
        steps += 1
    return steps


@given(graphs(mixtures=False))
@laws
def test_closure_is_the_slow_one_and_closing_again_changes_nothing(pair):
    graph, dense = pair
    closed = graph.closure()
    alike, apart, component = slow_closure(dense)
    got, different = dense_of(closed.graph)
    assert np.array_equal(got, alike)
    assert np.array_equal(different > 0, apart)
    assert np.array_equal(closed.graph.self_weight, graph.self_weight)

    told, known = dense.among()
    clashes = {frozenset(pair) for pair in np.argwhere(known).tolist() if component[pair[0]] == component[pair[1]]}
    assert bool(closed.contradicted) == bool(clashes)
    assert len(closed.contradictions) == closed.contradicted <= len(clashes)
    for found in closed.contradictions:
        start, *_, end = found.chain
        assert frozenset((start, end)) in clashes
        assert all(told[i, j] for i, j in zip(found.chain, found.chain[1:], strict=False))
        assert len(found.chain) - 1 == shortest(told, start, end)

    again = closed.graph.closure()
    for before, after in zip((got, different > 0), dense_of(again.graph), strict=True):
        assert np.array_equal(before, after if before.dtype != bool else after > 0)
    assert bool(again.contradicted) == bool(closed.contradicted)


def test_answers_become_groups_and_groups_apart():
    graph = edge_graph(6, [(0, 1, 1), (2, 1, 1), (3, 4, 1)]) | edge_graph(6, [(0, 3, 1)], different=True)
    closed = graph.closure()
    assert isinstance(closed.graph.root, Groups)
    assert closed.graph.root.codes.tolist() == [0, 0, 0, 1, 1, -1]
    assert closed.graph.root.apart.tolist() == [[0, 1]]
    assert closed.contradictions == ()


def test_a_contradiction_is_named_with_its_shortest_chain():
    chain = edge_graph(5, [(0, 1, 1), (1, 2, 1), (2, 3, 1), (0, 4, 1), (4, 3, 1)])
    closed = (chain | edge_graph(5, [(3, 0, 1)], different=True)).closure()
    assert [str(found) for found in closed.contradictions] == ["0 ~ 4 ~ 3, yet 0 and 3 are different"]
    assert closed.contradicted == 1


def test_only_a_hundred_contradictions_are_spelled_out():
    n = 30
    never = edge_graph(n, [(i, j, 1) for i in range(n) for j in range(i)], different=True)
    closed = (group_graph([0] * n) | never).closure()
    assert closed.contradicted == n * (n - 1) // 2
    assert len(closed.contradictions) == 100


def test_large_groups_are_closed_without_spelling_them_out():
    n = 30_000
    labels = SimilarityGraph.from_labels(np.arange(n) % 2)
    closed = (labels | SimilarityGraph.from_edges(n, [0], [2], different=True)).closure()
    assert closed.contradicted == 1
    alike, different = closed.graph.among([0, 1], [1, 2, 3, 4])
    assert alike.tolist() == [[0, 1, 0, 1], [0, 0, 1, 0]]
    assert different.tolist() == [[0, 1, 0, 0], [0, 0, 0, 0]]
    with pytest.raises(LikewiseError, match="above the limit"):
        (labels - SimilarityGraph.from_edges(n, [0], [2])).closure()
