import numpy as np
from tests.graph.reference import MINE, edge_graph, group_graph

from likewise.graph import Groups, tree

EDGES = edge_graph(3, [(0, 1, 1)]).root
GROUPS = group_graph([0, 0, 1], apart=[(0, 1)]).root
NEVER = edge_graph(3, [(0, 2, 1)], different=True).root


def test_a_union_is_flat_and_counts_a_part_once():
    nested = tree.union(tree.union(EDGES, GROUPS), tree.Union(), EDGES)
    assert nested.parts == (EDGES, GROUPS)
    assert tree.union(EDGES, EDGES) is EDGES
    assert tree.union().parts == ()


def test_times_zero_says_nothing():
    assert list(tree.terms_of(tree.scaled(0, EDGES))) == []
    assert list(tree.terms_of(tree.scaled(0.5, EDGES))) == [EDGES]


def test_terms_and_what_they_hold():
    root = tree.union(tree.Sum(((0.5, EDGES), (1.0, NEVER))), tree.Without(EDGES, GROUPS))
    assert list(tree.terms_of(root)) == [EDGES, NEVER, EDGES]
    assert not tree.holds_groups(root)
    assert tree.holds_groups(tree.Without(GROUPS, EDGES))
    assert tree.holds_differences(root)
    assert tree.holds_differences(GROUPS)
    assert not tree.holds_differences(EDGES)


def test_map_terms_changes_every_term_of_any_tree():
    root = tree.union(tree.Sum(((0.5, EDGES), (1.0, NEVER))), tree.Without(EDGES, GROUPS))
    seen = []
    new = Groups(np.zeros(3, np.int32), 1.0, MINE)

    def change(term):
        seen.append(term)
        return new

    changed = tree.map_terms(root, change)
    assert seen == [EDGES, NEVER, EDGES, GROUPS]
    assert [scale for scale, _ in changed.parts[0].parts] == [0.5, 1.0]
    assert list(tree.terms_of(changed)) == [new] * 3
    assert changed.parts[1].drop is new
