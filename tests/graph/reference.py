"""A similarity graph as dense matrices and obvious loops, with the same algebra: what the real one must equal."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from likewise.errors import LikewiseError
from likewise.graph import Groups, SimilarityGraph, Source, mix
from likewise.graph.terms import edges_from_arrays

MINE = Source("mine")


@dataclass
class Dense:
    """alike is directed [n, n], different symmetric [n, n], own the self weights [n]."""

    alike: np.ndarray
    different: np.ndarray
    own: np.ndarray
    vetoes: bool = True
    parts: tuple = ()

    def __or__(self, other):
        return self._with(other, np.maximum)

    def __and__(self, other):
        return self._with(other, np.minimum)

    def __add__(self, other):
        return self._with(other, np.add)

    def __mul__(self, scale):
        return replace(self, alike=scale * self.alike, different=scale * self.different, own=scale * self.own)

    def __sub__(self, other):
        says = np.maximum(other.alike, other.alike.T) > 0
        return replace(self, alike=np.where(says, 0, self.alike), vetoes=self.vetoes and other.vetoes)

    def _with(self, other, combine):
        return Dense(
            combine(self.alike, other.alike),
            combine(self.different, other.different),
            combine(self.own, other.own),
            self.vetoes and other.vetoes,
        )

    def among(self):
        return np.maximum(self.alike, self.alike.T), self.different

    def attraction(self):
        return np.where((self.different > 0) & self.vetoes, 0, self.alike)

    def transition(self):
        """The probability [n, n] that a row draws a column."""
        if self.parts:
            return sum(share * part.transition() for share, part in self.parts)
        mass = self.attraction() + np.diag(self.own)
        for i in range(len(mass)):
            if mass[i].sum() == 0:
                mass[i, i] = 1
        return mass / mass.sum(axis=1, keepdims=True)


def dense_mix(g, h, share):
    parts = []
    for weight, graph in ((1 - share, g), (share, h)):
        for inner, part in graph.parts or ((1.0, graph),):
            if weight * inner:
                parts.append((weight * inner, part))
    vetoes = g.vetoes and h.vetoes
    alike = np.maximum.reduce([part.alike for _, part in parts])
    different = np.maximum.reduce([part.different for _, part in parts])
    parts = [(weight, replace(part, different=different, vetoes=vetoes)) for weight, part in parts]
    own = sum(weight * part.own for weight, part in parts)
    return Dense(alike, different, own, vetoes, tuple(parts))


def dense_edges(n, edges, own=1.0):
    matrix = np.zeros((n, n))
    for i, j, weight in edges:
        if i != j:
            matrix[i, j] = max(matrix[i, j], weight)
    return Dense(matrix, np.zeros((n, n)), np.full(n, own))


def dense_differences(n, edges, own=1.0):
    matrix = np.zeros((n, n))
    for i, j, weight in edges:
        if i != j:
            matrix[i, j] = matrix[j, i] = max(matrix[i, j], weight)
    return Dense(np.zeros((n, n)), matrix, np.full(n, own))


def dense_groups(codes, weight, apart=(), own=1.0):
    n = len(codes)
    graph = Dense(np.zeros((n, n)), np.zeros((n, n)), np.full(n, own))
    for i in range(n):
        for j in range(n):
            if i != j and codes[i] == codes[j] >= 0:
                graph.alike[i, j] = weight
            for a, b in apart:
                if {codes[i], codes[j]} == {a, b}:
                    graph.different[i, j] = 1
    return graph


def edge_graph(n, edges, own=1.0, different=False):
    rows, cols, weights = (np.array([edge[k] for edge in edges], dtype) for k, dtype in enumerate((int, int, float)))
    return SimilarityGraph.of_term(
        edges_from_arrays(n, rows, cols, weights, source=MINE, different=different), self_weight=own
    )


def group_graph(codes, weight=1.0, apart=(), own=1.0):
    pairs = np.array(list(apart), np.int32).reshape(-1, 2)
    return SimilarityGraph.of_term(Groups(np.array(codes, np.int32), weight, MINE, pairs), self_weight=own)


def dense_of(graph):
    """The real graph's own answer, for comparison."""
    alike, different = graph.among(np.arange(graph.n), np.arange(graph.n))
    return alike.numpy(), different.numpy()


EIGHTHS = st.integers(1, 8).map(lambda eighth: eighth / 8)  # exact in float32, so that sums are equal to the bit
OWN = st.sampled_from([0.0, 0.5, 1.0])


@st.composite
def leaves(draw, n):
    """One term as (graph, dense): edges, different edges, or groups with some of them apart."""
    kind = draw(st.sampled_from(["edges", "edges", "groups", "groups", "different"]))
    own = draw(OWN)
    if kind == "groups":
        codes = draw(st.lists(st.integers(-1, 2), min_size=n, max_size=n))
        pairs = [(a, b) for a in range(3) for b in range(a) if a <= max(codes)]
        apart = draw(st.lists(st.sampled_from(pairs), max_size=3)) if pairs else []
        weight = draw(EIGHTHS)
        return group_graph(codes, weight, apart, own), dense_groups(codes, weight, apart, own)
    ids = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(ids, ids, EIGHTHS), max_size=2 * n))
    if kind == "edges":
        return edge_graph(n, edges, own), dense_edges(n, edges, own)
    return edge_graph(n, edges, own, different=True), dense_differences(n, edges, own)


@st.composite
def trees(draw, n, depth=3):
    """A graph made by up to ``depth`` nested operations, as (graph, dense)."""
    kind = draw(st.sampled_from(["leaf", "or", "or", "and", "sub", "add", "mul", "veto"])) if depth else "leaf"
    if kind == "leaf":
        return draw(leaves(n))
    graph, dense = draw(trees(n, depth - 1))
    if kind == "mul":
        scale = draw(st.sampled_from([0.0, 0.5, 1.0, 2.0]))
        return scale * graph, dense * scale
    if kind == "veto":
        return graph.with_veto(False), replace(dense, vetoes=False)
    other, other_dense = draw(trees(n, depth - 1))
    if kind == "or":
        return graph | other, dense | other_dense
    if kind == "add":
        return graph + other, dense + other_dense
    if kind == "sub":
        return graph - other, dense - other_dense
    try:
        return graph & other, dense & other_dense
    except LikewiseError:  # sums of groups say that they need explicit edges first
        return graph.to_edges() & other.to_edges(), dense & other_dense


@st.composite
def graphs(draw, max_n=7, mixtures=True):
    """Any graph of 1 to ``max_n`` samples, sometimes a mixture, as (graph, dense)."""
    n = draw(st.integers(1, max_n))
    graph, dense = draw(trees(n))
    if mixtures and draw(st.integers(0, 3)) == 0:
        other, other_dense = draw(trees(n, 2))
        share = draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))
        return mix(graph, other, share), dense_mix(dense, other_dense, share)
    return graph, dense


@st.composite
def several(draw, count, max_n=6, depth=2):
    """``count`` graphs over the same samples, as (graph, dense) pairs."""
    n = draw(st.integers(1, max_n))
    return [draw(trees(n, depth)) for _ in range(count)]
