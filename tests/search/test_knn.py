from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import LikewiseError
from likewise.search import Neighbors, Sizes, exact, nearest
from likewise.space import Space

RANK = exact._rank
TINY = Sizes(rows=7, tile=16, span=48, spare=2)


def brute(x, y, k, metric="cosine", drop=False):
    """Float64 scores of all pairs, rounded to float32; the lower id first among equals."""
    x, y = (np.asarray(v, dtype=np.float32).astype(np.float64) for v in (x, y))
    if metric == "cosine":
        lengths = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(y, axis=1)
        scores = -(x @ y.T / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    else:
        scores = np.stack([((row - y) ** 2).sum(1) for row in x]).astype(np.float32)
    if drop:
        np.fill_diagonal(scores, np.inf)
    ids = np.argsort(scores, axis=1, kind="stable")[:, :k]
    values = np.take_along_axis(scores, ids, 1)
    return ids, -values if metric == "cosine" else values


def check(x, k=5, metric="cosine", base=None, **options):
    found = nearest(x, base, k, metric=metric, **options)
    ids, scores = brute(x, x if base is None else base, k, metric, drop=base is None)
    assert found.ids.dtype == np.int32
    assert found.scores.dtype == np.float32
    np.testing.assert_allclose(found.scores, scores, rtol=3e-7, atol=1e-7 if metric == "cosine" else 0)
    np.testing.assert_array_equal(found.ids, ids)
    return found


def data(kind, n=300, d=24, seed=0):
    x = np.random.default_rng(seed).standard_normal((n, d)).astype(np.float32)
    if kind == "cone":
        return x * 0.02 + np.random.default_rng(seed + 1).standard_normal(d).astype(np.float32)
    if kind == "far":
        return x + 1000
    if kind == "clusters":
        return x[np.random.default_rng(seed).integers(12, size=n)] + 0.05 * x
    if kind == "duplicates":
        return x[np.random.default_rng(seed).integers(20, size=n)]
    if kind == "near duplicates":
        return x[np.random.default_rng(seed).integers(20, size=n)] + 1e-6 * x
    if kind == "one point":
        return np.repeat(x[:1], n, 0)
    if kind == "outlier":
        x[3] *= 1e4
        return x
    if kind == "huge":
        return x * np.float32(1e36)
    if kind == "small":
        return x * np.float32(1e-15)
    if kind == "zeros":
        x[::3] = 0
        return x
    return x


KINDS = [
    "noise",
    "cone",
    "far",
    "clusters",
    "duplicates",
    "near duplicates",
    "one point",
    "outlier",
    "small",
    "tiny",
    "zeros",
]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("kind", KINDS)
def test_equals_brute_force_in_float64(kind, metric, precision):
    check(data(kind), metric=metric, precision=precision)
    check(data(kind), metric=metric, precision=precision, sizes=TINY)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_other_rows(metric):
    base = data("noise", 90, seed=1)
    check(data("clusters", 41), k=90, base=base, metric=metric, precision="bfloat16", sizes=TINY)
    check(base[:10], k=3, base=base, metric=metric)  # a row may find its copy in another array


def test_equal_rows_are_settled_once(monkeypatch):
    x, settled = data("noise"), []
    x[:200:2] = 0
    monkeypatch.setattr(exact, "_rank", lambda task, *pairs: settled.append(len(task.queries)) or RANK(task, *pairs))
    check(x)
    check(x, base=data("noise", seed=1))
    assert settled == [1, 1]


@pytest.mark.parametrize("seed", range(4))
def test_distances_too_small_for_float32_tie(seed):
    found = nearest(data("noise", 17, 29, seed) * np.float32(1e-22), k=14, metric="euclidean", precision="float32")
    assert all(len(set(row)) == 14 for row in found.ids.tolist())


def test_huge_values_do_not_overflow():
    check(data("huge"), precision="bfloat16")


@pytest.mark.parametrize("n", [2, 3, 17, 65])
def test_all_others(n):
    check(data("noise", n), k=n - 1, precision="bfloat16", sizes=TINY)


def test_one_row():
    found = nearest(np.ones((1, 3)), k=1, exclude_self=False)
    assert (found.ids, found.scores) == (np.array([[0]]), np.array([[1.0]]))


def test_a_row_may_be_its_own_neighbour():
    found = nearest(data("noise"), k=3, exclude_self=False)
    np.testing.assert_array_equal(found.ids[:, 0], np.arange(300))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, 70),
    st.integers(1, 9),
    st.integers(1, 4),
    st.sampled_from(["cosine", "euclidean"]),
    st.sampled_from(["float32", "bfloat16"]),
    st.integers(0, 10**6),
)
def test_small_whole_numbers(n, d, levels, metric, precision, seed):
    """Few distinct values: ties everywhere, and a certificate that must refuse them."""
    x = np.random.default_rng(seed).integers(-levels, levels + 1, (n, d)).astype(np.float32)
    k = 1 + seed % (n - 1)
    found = nearest(x, k=k, metric=metric, precision=precision, sizes=TINY)
    ids, scores = brute(x, x, k, metric, drop=True)
    np.testing.assert_allclose(found.scores, scores, atol=1e-7)
    if metric == "euclidean":  # cosines of whole numbers may tie in one formula and not in another
        np.testing.assert_array_equal(found.ids, ids)


def test_certificate_refuses_near_ties_and_the_result_stays_exact():
    rng = np.random.default_rng(0)
    center = rng.standard_normal(32)
    ring = center + 1e-2 * rng.standard_normal((200, 32))  # all alike to bfloat16, different to float32
    x = np.concatenate([ring, rng.standard_normal((200, 32))]).astype(np.float32)
    found = check(x, k=3, precision="bfloat16", sizes=Sizes(spare=8))
    assert found.report["recomputed"] >= 0.45
    assert found.report["near_ties"] < 0.1


def test_certificate_passes_clear_cases():
    assert check(data("noise", 1000, 64), precision="bfloat16").report["recomputed"] < 0.05


def test_centring_saves_the_cone():
    found = check(data("cone", 1000, 64), precision="bfloat16")
    assert found.report["recomputed"] < 0.05


def test_user_settings_do_not_weaken_the_products():
    x, before = data("noise"), torch.get_float32_matmul_precision()
    try:
        torch.set_float32_matmul_precision("medium")
        with torch.autocast("cpu"):
            check(x, precision="float32")
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)


def test_takes_spaces_tensors_and_narrow_types():
    x = data("noise")
    want = brute(x, x, 4, "euclidean", drop=True)[0]
    space = Space(x, "euclidean")
    np.testing.assert_array_equal(nearest(space, k=4).ids, want)
    np.testing.assert_array_equal(nearest(torch.from_numpy(x), k=4, metric="euclidean").ids, want)
    half = x.astype(np.float16)
    np.testing.assert_array_equal(nearest(half, k=4).ids, brute(half, half, 4, drop=True)[0])


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_faiss_finds_the_same_and_says_its_recall(metric):
    pytest.importorskip("faiss")
    x = data("noise")
    found = nearest(x, k=5, metric=metric, engine="faiss")
    np.testing.assert_array_equal(found.ids, brute(x, x, 5, metric, drop=True)[0])
    assert found.report["recall"] == 1.0
    assert "recall=1.0" in repr(found)


def test_faiss_drops_the_row_itself_among_duplicates():
    pytest.importorskip("faiss")
    found = nearest(np.ones((30, 4), np.float32), k=5, engine="faiss")
    assert not (found.ids == np.arange(30)[:, None]).any()


def test_faiss_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(LikewiseError, match=r"pip install 'likewise\[faiss\]'"):
        nearest(data("noise"), engine="faiss")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"k": 300}, r"k must lie in \[1, 299\], got 300: there are n = 300 rows"),
        ({"k": 0}, "got 0"),
        ({"metric": "cosin"}, "did you mean 'cosine'"),
        ({"engine": "fais"}, "did you mean 'faiss'"),
        ({"precision": "half"}, "unknown precision 'half'"),
        ({"base": np.ones((3, 2))}, "24 columns and base has 2"),
    ],
)
def test_bad_arguments(arguments, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        nearest(data("noise"), **arguments)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_bad_rows(value):
    x = data("noise")
    x[17, 3] = value
    with pytest.raises(LikewiseError, match="row 17"):
        nearest(x)
    with pytest.raises(LikewiseError, match=r"shape \(5,\)"):
        nearest(np.ones(5))


def test_repr_is_short():
    assert repr(Neighbors(np.zeros((2, 3), np.int32), np.zeros((2, 3), np.float32), {"engine": "exact"})) == (
        "Neighbors(2 x 3: engine=exact)"
    )


def far(kind, n=400):
    """Float64 rows that differ little, far from the origin."""
    random = np.random.default_rng(3)
    if kind == "seconds":
        return 1.7e9 + random.permutation(100_000)[:n, None].astype(float)
    if kind == "metres":
        return np.c_[5e5 + random.random(n) * 100, 5.4e6 + random.random(n) * 100]
    if kind == "duplicates":
        return 1e9 + random.integers(0, 40, (n, 2)).astype(float)
    if kind == "one far away":
        return np.r_[1e8 + random.random((n - 1, 3)), [[-3e12, 0, 5]]]
    return 1e7 + random.standard_normal((n, 8)) * 0.01


@pytest.mark.parametrize("kind", ["seconds", "metres", "duplicates", "one far away", "millimetres"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("sizes", [None, TINY])
def test_float64_far_from_the_origin_equals_brute_force(kind, precision, sizes):
    x = far(kind)
    scores = ((x[:, None] - x) ** 2).sum(2).astype(np.float32)
    np.fill_diagonal(scores, np.inf)
    ids = np.argsort(scores, axis=1, kind="stable")[:, :4]
    for rows in (x, Space(x, "euclidean"), torch.from_numpy(x)):
        found = nearest(rows, k=4, metric="euclidean", precision=precision, sizes=sizes)
        np.testing.assert_array_equal(found.ids, ids)
        np.testing.assert_allclose(found.scores, np.take_along_axis(scores, ids, 1), rtol=1e-6)


def test_large_whole_numbers_are_not_narrowed():
    x = far("seconds").astype(np.int64)
    expected = nearest(x.astype(float), k=3, metric="euclidean").ids
    for rows in (x, Space(x, "euclidean"), torch.from_numpy(x), x.astype(np.uint32)):
        np.testing.assert_array_equal(nearest(rows, k=3, metric="euclidean").ids, expected)


def test_directions_of_float64_that_differ_little_are_told_apart():
    random = np.random.default_rng(0)
    x = 1 + random.standard_normal((200, 6)) * 1e-3
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    true = -((unit[:, None] - unit) ** 2).sum(2)  # what cosine orders by, without its cancellation
    np.fill_diagonal(true, -np.inf)
    found = nearest(x, k=1).ids[:, 0]
    loss = true.max(1) - true[np.arange(200), found]
    assert loss.max() < 2e-7  # cosines are given as float32


def test_faiss_does_not_mind_the_origin():
    pytest.importorskip("faiss")
    x = far("metres")
    found = nearest(x, k=5, metric="euclidean", engine="faiss")
    assert found.report["recall"] > 0.99
