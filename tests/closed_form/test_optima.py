"""Closed forms against gradient descent on the same loss, against each other, and against PAL's own toy figures."""

import numpy as np
import pytest
import scipy.sparse
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.closed_form import (
    Rkhs,
    barlow_loss,
    barlow_optimum,
    exponential,
    gaussian,
    matrices,
    pal_loss,
    pal_optimum,
    spectral_loss,
    spectral_optimum,
    vic2_loss,
    vic2_optimum,
)
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph

N, K = 12, 3
PAIRS = {"vic2": (vic2_optimum, vic2_loss), "spectral": (spectral_optimum, spectral_loss)}
PAIRS |= {"barlow": (barlow_optimum, barlow_loss), "pal": (pal_optimum, pal_loss)}


def random_graph(seed, signed=False, n=N):
    rng = np.random.default_rng(seed)
    half = rng.random((n, n)) * (rng.random((n, n)) < 0.5)
    if signed:
        half *= np.sign(rng.standard_normal((n, n)))
    return (half + half.T) / 2 + np.eye(n)


def random_rkhs(seed, ridge=0.05, n=N):
    return Rkhs(np.random.default_rng(100 + seed).standard_normal((n, 2)), exponential(1.0), ridge)


def loss_at(name, embedding, graph, within, **options):
    price = None if within is None else torch.from_numpy(within.price)
    return PAIRS[name][1](torch.as_tensor(embedding), torch.from_numpy(graph), price=price, **options)


def descend(name, graph, within, start, **options):
    """The loss that L-BFGS ends in from a random start."""
    g = torch.Generator().manual_seed(start)
    w = torch.randn(len(graph), K, generator=g, dtype=torch.float64).requires_grad_()
    tight = {"max_iter": 2000, "tolerance_grad": 1e-10, "tolerance_change": 1e-14}
    optimizer = torch.optim.LBFGS([w], line_search_fn="strong_wolfe", **tight)

    def step():
        optimizer.zero_grad()
        value = loss_at(name, torch.linalg.qr(w)[0] if name == "pal" else w, graph, within, **options)
        value.backward()
        return value

    optimizer.step(step)
    return step().item()


CASES = [
    ("vic2", False, False, {}),
    ("vic2", False, False, {"beta": 0.3}),
    ("vic2", False, True, {"beta": 0.3}),
    ("spectral", False, False, {}),
    ("spectral", True, False, {}),
    ("spectral", True, True, {}),
    ("barlow", False, False, {}),
    ("barlow", True, False, {}),
    ("barlow", True, True, {}),
    ("pal", True, True, {}),
]


@pytest.mark.parametrize(("name", "signed", "kernel", "options"), CASES)
@pytest.mark.parametrize("seed", [0, 1])
def test_gradient_descent_reaches_the_same_value(name, signed, kernel, options, seed):
    graph, within = random_graph(seed, signed), random_rkhs(seed) if kernel else None
    best = PAIRS[name][0](graph, K, within=within, **options)
    assert loss_at(name, best.embedding, graph, within, **options).item() == pytest.approx(best.value, abs=1e-9)
    lowest = min(descend(name, graph, within, start, **options) for start in range(3))
    assert lowest == pytest.approx(best.value, rel=1e-6, abs=1e-8)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), ridge=st.floats(0, 2), case=st.sampled_from(["vic2", "spectral", "barlow"]))
def test_no_embedding_near_or_far_is_better(seed, ridge, case):
    graph, within = random_graph(seed, n=8), random_rkhs(seed, ridge, n=8)
    best = PAIRS[case][0](graph, 2, within=within)
    rng = np.random.default_rng(seed)
    for size in (1e-3, 0.1, 1.0):
        other = best.embedding + size * rng.standard_normal((8, 2))
        assert loss_at(case, other, graph, within).item() >= best.value - 1e-9


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("kernel", [exponential(1.0), gaussian(0.7)])
def test_a_kernel_carries_the_embedding_to_new_inputs(name, kernel):
    x = np.random.default_rng(1).standard_normal((N, 2))
    best = PAIRS[name][0](random_graph(1), K, within=Rkhs(x, kernel))
    np.testing.assert_allclose(best.transform(x), best.embedding, atol=1e-8)
    np.testing.assert_allclose(best.transform(torch.from_numpy(x)), best.embedding, atol=1e-8)
    price = np.trace(best.embedding.T @ best.within.price @ best.embedding)
    functions = best.within.coefficients(best.embedding)
    assert np.trace(functions.T @ kernel(x, x) @ functions) * 1e-3 == pytest.approx(price)


def test_repeated_inputs_have_one_value():
    """K is singular: Z stays in its range, where the copies of an input agree."""
    x = np.random.default_rng(2).standard_normal((6, 2)).repeat(2, axis=0)
    for optimum, _ in PAIRS.values():
        z = optimum(random_graph(2), K, within=Rkhs(x, exponential(1.0))).embedding
        np.testing.assert_allclose(z[::2], z[1::2], atol=1e-9)


@pytest.mark.parametrize("name", ["vic2", "spectral"])
def test_dimensions_that_do_not_pay_are_zero(name):
    graph = random_graph(3, signed=name == "spectral")
    best = PAIRS[name][0](graph, N)
    idle = best.eigenvalues < 0 if name == "spectral" else best.eigenvalues > 2
    assert 0 < idle.sum() < N
    np.testing.assert_array_equal((best.embedding == 0).all(axis=0), idle)
    assert loss_at(name, best.embedding, graph, None).item() == pytest.approx(best.value)


def test_a_free_kernel_changes_nothing():
    graph, free = random_graph(3), random_rkhs(3, ridge=0.0)
    for optimum in (vic2_optimum, spectral_optimum, barlow_optimum):
        assert optimum(graph, K, within=free).value == pytest.approx(optimum(graph, K).value, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_on_a_normalised_graph_vic2_with_beta_2_is_spectral(seed):
    """|Z^T Z - I|^2 + 2 tr Z^T (I - G) Z = |Z Z^T - G|^2 - |G|^2 + K where the degrees are 1."""
    graph = random_graph(seed)
    for _ in range(2000):  # symmetric Sinkhorn
        scale = 1 / np.sqrt(graph.sum(1))
        graph = scale[:, None] * graph * scale
    shift = K - (graph**2).sum()
    z = np.random.default_rng(seed).standard_normal((N, K))
    assert loss_at("vic2", z, graph, None).item() == pytest.approx(loss_at("spectral", z, graph, None).item() + shift)
    vic2, spectral = vic2_optimum(graph, K), spectral_optimum(graph, K)
    assert vic2.value == pytest.approx(spectral.value + shift, abs=1e-9)
    np.testing.assert_allclose(vic2.eigenvalues, 2 - 2 * spectral.eigenvalues, atol=1e-9)


def probe_error(train, train_labels, test, test_labels):
    """Error of a linear probe by least squares on one-hot labels."""
    weights = np.linalg.lstsq(train, np.eye(4)[train_labels], rcond=None)[0]
    return (np.argmax(test @ weights, axis=1) != test_labels).mean()


@pytest.mark.parametrize("optimum", [vic2_optimum, spectral_optimum, barlow_optimum])
@pytest.mark.parametrize("kernel", [False, True])
def test_the_label_graph_recovers_the_labels(optimum, kernel):
    rng = np.random.default_rng(4)
    labels, new_labels = np.arange(80) % 4, np.arange(200) % 4
    centres = 4 * np.eye(4)[:, :3]
    x, new = (centres[y] + 0.5 * rng.standard_normal((len(y), 3)) for y in (labels, new_labels))
    graph = (labels[:, None] == labels).astype(float)
    best = optimum(graph, 4, within=Rkhs(x, gaussian(2.0)) if kernel else None)
    assert probe_error(best.embedding, labels, best.embedding, labels) == 0
    if kernel:
        assert probe_error(best.embedding, labels, best.transform(new), new_labels) == 0


@pytest.mark.parametrize(("missing", "error", "within"), [(0.5, 0.055, 0.03), (0.87, 0.137, 0.05), (0.97, 0.49, 0.06)])
def test_pal_toy_figure_of_missing_entries(missing, error, within):
    """PAL's experiment on four circles (facebookresearch/rates, active_ssl/missing_entries), the mean of 20 trials."""
    errors = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        labels, new_labels = rng.integers(4, size=100), np.arange(1000) // 250
        angles, new_angles = rng.random(100), np.arange(1000) / 250
        x, new = (
            (1 + y)[:, None] * np.stack([np.cos(2 * np.pi * a), np.sin(2 * np.pi * a)], axis=1)
            for y, a in ((labels, angles), (new_labels, new_angles))
        )
        kept = np.triu(rng.random((100, 100)) >= missing)
        graph = (labels[:, None] == labels) * np.maximum(kept, kept.T).astype(float)
        z = pal_optimum(graph, 5, within=Rkhs(x, exponential(0.2), ridge=1e-3)).transform(new)
        errors.append(probe_error(z, new_labels, z, new_labels))
    assert np.mean(errors) == pytest.approx(error, abs=within)


@pytest.mark.parametrize("optimum", [vic2_optimum, spectral_optimum, barlow_optimum])
def test_sparse_lanczos_agrees_with_dense(optimum, monkeypatch):
    graph = random_graph(5, n=60)
    dense = optimum(scipy.sparse.csr_matrix(graph), 4)
    monkeypatch.setattr(matrices, "DENSE", 10)
    sparse = optimum(scipy.sparse.csr_matrix(graph), 4)
    assert scipy.sparse.issparse(matrices.as_matrix(scipy.sparse.csr_matrix(graph)))
    np.testing.assert_allclose(sparse.eigenvalues, dense.eigenvalues, atol=1e-8)
    assert sparse.value == pytest.approx(dense.value, abs=1e-8)
    again = optimum(scipy.sparse.csr_matrix(graph), 4)
    np.testing.assert_array_equal(sparse.embedding, again.embedding)


def test_a_sparse_graph_that_falls_apart_keeps_every_copy_of_an_eigenvalue(monkeypatch):
    monkeypatch.setattr(matrices, "DENSE", 10)
    blocks = [random_graph(seed, n=30) for seed in range(5)] * 2 + [np.eye(1)]
    shuffled = np.random.default_rng(8).permutation(301)
    whole = scipy.sparse.block_diag([scipy.sparse.csr_matrix(block) for block in blocks], format="csr")[shuffled][
        :, shuffled
    ]
    for optimum in (vic2_optimum, spectral_optimum):
        sparse, dense = optimum(whole, 12), optimum(whole.toarray(), 12)
        np.testing.assert_allclose(sparse.eigenvalues, dense.eigenvalues, atol=1e-8)
        assert sparse.value == pytest.approx(dense.value)
        loss = loss_at("vic2" if optimum is vic2_optimum else "spectral", sparse.embedding, whole.toarray(), None)
        assert loss.item() == pytest.approx(sparse.value)


def test_every_kind_of_graph_is_read():
    graph = random_graph(6)

    class Graph:
        def to_scipy(self):
            return scipy.sparse.csr_matrix(graph)

    expected = spectral_optimum(graph, K).value
    for kind in (Graph(), scipy.sparse.coo_array(graph), torch.from_numpy(graph)):
        assert spectral_optimum(kind, K).value == pytest.approx(expected)
    sparse = torch.from_numpy(graph).to_sparse()
    z = torch.randn(N, K, dtype=torch.float64)
    for _, loss in PAIRS.values():
        torch.testing.assert_close(loss(z, sparse), loss(z, torch.from_numpy(graph)))


def test_a_similarity_graph_is_read_in_both_directions_with_its_self_weights():
    labels = np.arange(9) % 3
    np.testing.assert_array_equal(matrices.as_matrix(SimilarityGraph.from_labels(labels)), labels[:, None] == labels)
    np.testing.assert_array_equal(matrices.as_matrix(SimilarityGraph.none(4)), np.eye(4))
    one_way = SimilarityGraph.from_edges(3, [0, 1], [1, 2], [0.5, 0.25])
    edges = np.array([[0, 0.5, 0], [0.5, 0, 0.25], [0, 0.25, 0]])
    expected = np.diag(one_way.self_weight) + edges
    np.testing.assert_array_equal(matrices.as_matrix(one_way), expected)
    assert barlow_optimum(SimilarityGraph.from_labels(labels), 3).value == pytest.approx(0)


def test_barlow_refuses_more_dimensions_than_positive_eigenvalues():
    labels = np.arange(9) % 3
    graph = (labels[:, None] == labels).astype(float)
    assert barlow_optimum(graph, 3).value == pytest.approx(0)
    with pytest.raises(LikewiseError, match=r"but it has 3: choose dim <= 3"):
        barlow_optimum(graph, 4)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda g: spectral_optimum(g[:5], 2), "must be a square matrix"),
        (lambda g: spectral_optimum(g * np.nan, 2), "must be finite"),
        (lambda g: spectral_optimum(np.triu(g), 2), "must be symmetric"),
        (lambda g: vic2_optimum(-g, 2), "Laplacian is that of `alike` only"),
        (lambda g: vic2_optimum(g, 2, beta=-1), "beta must not be negative"),
        (lambda g: spectral_optimum(g, 0), r"dimension must lie in \[1, 12\]"),
        (lambda g: spectral_optimum(g, 13), r"dimension must lie in \[1, 12\]"),
        (lambda g: spectral_optimum(g, 2, within=random_rkhs(0, n=5)), "the graph has 12 samples but the kernel 5"),
        (lambda g: spectral_optimum(g, 2).transform(g), "pass within=Rkhs"),
        (lambda g: spectral_optimum(g, 2, within=random_rkhs(0)).transform(g), r"new inputs must be \[m, 2\]"),
        (lambda g: Rkhs(g[0], gaussian(1.0)), r"must be \[n, d\]"),
        (lambda g: Rkhs(g, gaussian(1.0), ridge=-1.0), "ridge must not be negative"),
        (lambda g: exponential(0.0), "sigma of a kernel must be greater than 0"),
    ],
)
def test_bad_input_is_refused_with_one_sentence(call, match):
    with pytest.raises(LikewiseError, match=match):
        call(random_graph(7))
