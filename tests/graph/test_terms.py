import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.graph.reference import MINE, dense_differences, dense_edges, dense_groups

from likewise.errors import LikewiseError
from likewise.graph import Groups, Source, terms
from likewise.graph.matrices import to_csr
from likewise.graph.terms import edges_from_arrays, edges_from_neighbors, groups_from_values, term_in_words

WEIGHTS = st.integers(0, 4).map(lambda quarter: quarter / 4)


def check(edges, dense):
    assert np.array_equal(to_csr(edges).toarray(), dense)
    for i in range(edges.n):
        row = edges.indices[edges.indptr[i] : edges.indptr[i + 1]]
        assert (np.diff(row) > 0).all()
        assert i not in row
    assert (edges.weights > 0).all()
    assert (edges.indptr.dtype, edges.indices.dtype, edges.weights.dtype) == (np.int64, np.int32, np.float32)
    assert np.array_equal(edges.rows(), np.nonzero(dense)[0])


@given(st.integers(1, 8), st.data(), st.booleans())
@settings(deadline=None)
def test_edges_from_arrays(n, data, different):
    ids = st.integers(0, n - 1)
    edges = data.draw(st.lists(st.tuples(ids, ids, WEIGHTS)))
    rows, cols, weights = ([edge[k] for edge in edges] for k in range(3))
    got = edges_from_arrays(n, rows, cols, weights, source=MINE, different=different)
    check(got, dense_differences(n, edges).different if different else dense_edges(n, edges).alike)
    assert got.different == different


@given(st.integers(1, 7), st.integers(0, 4), st.data(), st.booleans())
@settings(deadline=None)
def test_edges_from_neighbors(n, k, data, weighted):
    ids = np.array(data.draw(st.lists(st.integers(-1, n - 1), min_size=n * k, max_size=n * k)), int).reshape(n, k)
    weights = data.draw(st.lists(WEIGHTS, min_size=n * k, max_size=n * k)) if weighted else [1.0] * (n * k)
    weights = np.array(weights).reshape(n, k)
    edges = [(i, ids[i, j], weights[i, j]) for i in range(n) for j in range(k) if ids[i, j] >= 0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terms, "ROWS_AT_ONCE", 3)
        got = edges_from_neighbors(ids, weights if weighted else None, source=MINE)
    check(got, dense_edges(n, edges).alike)


def test_the_weight_of_a_missing_neighbour_does_not_matter():
    got = edges_from_neighbors(np.array([[1, -1], [0, -1]]), np.array([[1, np.nan], [1, -np.inf]]), source=MINE)
    assert got.weights.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("rows", "cols", "weights", "message"),
    [
        ([0, 3], [1, 1], None, r"rows of edges must lie in \[0, 3\), found 3: there are 3 samples"),
        ([0], [-1], None, r"columns of edges must lie in \[0, 3\), found -1"),
        ([0.5], [1], None, "whole numbers, got float64"),
        ([0], [1, 2], None, r"equal length, got \(1,\), \(2,\)"),
        ([0, 1], [1, 2], [1], "equal length"),
        ([[0]], [[1]], None, "equal length"),
        ([0, 1], [1, 2], [1, np.nan], "finite and at least 0, found nan at position 1"),
        ([0, 1], [1, 2], [-0.5, 1], "found -0.5 at position 0"),
        ([0], [1], [np.inf], "found inf"),
    ],
)
def test_bad_edges_are_refused(rows, cols, weights, message):
    with pytest.raises(LikewiseError, match=message):
        edges_from_arrays(3, rows, cols, weights, source=MINE)


@pytest.mark.parametrize(
    ("ids", "weights", "message"),
    [
        ([[1], [2]], None, r"neighbours must lie in \[0, 2\), found 2"),
        ([[1.0], [0.0]], None, "whole numbers"),
        ([1, 0], None, r"\[n, k\], got \(2,\)"),
        ([[1], [0]], [[1, 1], [1, 1]], r"\[n, k\], got \(2, 1\) and \(2, 2\)"),
        ([[1], [0]], [[1], [np.nan]], "finite"),
        ([[1], [0]], [[1], [-1]], "at least 0"),
    ],
)
def test_bad_neighbours_are_refused(ids, weights, message):
    with pytest.raises(LikewiseError, match=message):
        edges_from_neighbors(np.array(ids), None if weights is None else np.array(weights), source=MINE)


@pytest.mark.parametrize(
    ("values", "missing", "codes"),
    [
        (["a", "b", "a", None, "c", "b"], None, [0, 1, 0, -1, -1, 1]),
        (["a", "b", "a", "", ""], "", [0, -1, 0, -1, -1]),
        (["a", "b", "a"], -1, [0, -1, 0]),
        ([3, 1, 3, -1, -1], -1, [0, -1, 0, -1, -1]),
        ([1.5, np.nan, 1.5, np.nan], None, [0, -1, 0, -1]),
        (np.array(["2020-01-01", "NaT", "NaT", "2020-01-01"], "M8[D]"), None, [0, -1, -1, 0]),
        (np.array(["x", "y", "x"], np.dtypes.StringDType()), -1, [0, -1, 0]),
        ([True, False, True], None, [0, -1, 0]),
        ([None, float("nan"), 2, 2], None, [-1, -1, 0, 0]),
        ([], None, []),
    ],
)
def test_groups_from_values(values, missing, codes):
    groups = groups_from_values(values, source=MINE, missing=missing)
    assert groups.codes.tolist() == codes
    assert groups.codes.dtype == np.int32


def test_bad_groups_are_refused():
    with pytest.raises(LikewiseError, match=r"one value a sample, got an array of shape \(1, 1\)"):
        groups_from_values([["a"]], source=MINE)
    for weight in (0, 1.5, float("nan")):
        with pytest.raises(LikewiseError, match=r"must lie in \(0, 1\]"):
            groups_from_values(["a"], weight=weight, source=MINE)
    for apart in ([[0, 0]], [[0, 2]], [[-1, 0]]):
        with pytest.raises(LikewiseError, match=r"two of the codes in \[0, 2\)"):
            Groups(np.array([0, 1], np.int32), 1.0, MINE, np.array(apart, np.int32))


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=9), st.sampled_from([0.0, 0.5]), st.data())
@settings(deadline=None)
def test_counts_of_groups(codes, weight, data):
    pairs = [(a, b) for a in range(max(codes) + 1) for b in range(a)]
    apart = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    groups = Groups(np.array(codes, np.int32), weight, MINE, np.array(apart, np.int32).reshape(-1, 2))
    dense = dense_groups(codes, weight, apart)
    assert groups.pair_count() == np.count_nonzero(dense.alike)
    assert groups.apart_count() == np.count_nonzero(dense.different)
    assert groups.sizes().tolist() == [codes.count(code) for code in range(max(codes) + 1)]


def test_groups_over_other_samples_forget_differences_to_nobody():
    groups = Groups(np.array([0, 1, 2], np.int32), 1.0, MINE, np.array([[0, 1], [2, 0]], np.int32))
    assert groups.with_codes(np.array([0, 1])).apart.tolist() == [[0, 1]]
    assert groups.with_codes(np.array([-1, -1])).apart.tolist() == []


def test_a_source_survives_json_and_reads_as_a_call():
    source = Source("same", {"column": "patient", "skip": None}, "ab", (Source("labels"),))
    assert Source.from_json(json.loads(json.dumps(source.as_json()))) == source
    assert str(source) == "same(labels(), column=patient)"


def test_terms_in_words():
    edges = edges_from_arrays(3, [0, 1], [1, 0], source=MINE)
    assert term_in_words(edges) == "mine(): 2 edges"
    assert term_in_words(edges_from_arrays(3, [0], [1], source=MINE, different=True)) == "mine(): 1 different pairs"
    groups = Groups(np.array([0, 0, 1], np.int32), 1.0, MINE, np.array([[0, 1]], np.int32))
    assert term_in_words(groups) == "mine(): 2 groups, 1 pairs, 1 pairs of groups different"
