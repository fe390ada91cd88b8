from dataclasses import replace

import numpy as np
import pytest
import torch

from likewise.adaptation import AdaptedMap, Form, adapt, load_map, save_map
from likewise.adaptation import adapting as module
from likewise.adaptation.blocks import Blocks, unit
from likewise.adaptation.folds import average_precision, folds_of
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.keys import Keys
from likewise.metrics import knn_accuracy
from likewise.space import Space

CLASSES, D = 8, 12
FORM = Form(0.5, 0.3, 0.0, "sqrt")


def data(n, seed, strong=8.0):
    """Classes in three of the dimensions, beside louder ones that say nothing of them."""
    random = np.random.default_rng(seed)
    y = random.integers(0, CLASSES, n)
    means = 3 * np.random.default_rng(7).standard_normal((CLASSES, 3))
    x = np.hstack([means[y] + random.standard_normal((n, 3)), strong * random.standard_normal((n, D - 3))])
    return (x @ np.linalg.qr(np.random.default_rng(8).standard_normal((D, D)))[0]).astype(np.float32), y


X, Y = data(400, 0)
NEW, NEW_Y = data(300, 1)
LABELS = SimilarityGraph.from_labels(np.where(np.arange(400) < 160, Y, -1))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_a_few_labels_bend_the_space_for_samples_that_nobody_labelled(metric):
    found = adapt(Space(X, metric), LABELS)
    assert found.weight > 0
    assert found.facts["verdict"].startswith("adapting helps: mean average precision")
    before = knn_accuracy(X, Y, NEW, NEW_Y, 10, metric=metric)
    after = knn_accuracy(found.space.array, Y, found(NEW).array, NEW_Y, 10, metric=metric)
    assert after > before + 0.2
    gain = found.facts["gain"]
    assert gain["adapted"] - gain["prior"] > 2 * gain["error"] > 0


@pytest.mark.parametrize("seed", range(5))
def test_a_graph_that_says_nothing_of_the_space_leaves_it_as_it_is(seed):
    shuffled = np.random.default_rng(seed).permutation(Y)
    found = adapt(Space(X), SimilarityGraph.from_labels(shuffled), seed=seed)
    assert found.weight == 0
    assert found.facts["verdict"].endswith("the prior stays as it is.")
    np.testing.assert_allclose(found.space.array, Space(X).normalized, atol=1e-6)


def test_too_little_to_judge_by_is_said_and_a_weight_overrides():
    graph = SimilarityGraph.from_edges(400, [0, 2], [1, 3])
    found = adapt(X, graph)
    assert found.weight == 0
    assert "too few samples are alike any other to choose by" in found.facts["verdict"]
    assert adapt(X, SimilarityGraph.from_labels(np.where(np.arange(400) < 12, Y, -1)), weight=0.3).weight == 0.3


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("kernel", [0, 50])
def test_the_map_gives_the_space_of_its_own_samples_and_keeps_the_metric(metric, kernel, tmp_path):
    prior = Space(X, metric, "mine", Keys.of(range(400)), {"made": "here"})
    found = adapt(prior, LABELS, weight=0.4, form=FORM, kernel=kernel)
    space = found.space
    assert (space.metric, space.name, space.keys, space.info["made"]) == (metric, "mine, adapted", prior.keys, "here")
    np.testing.assert_array_equal(found(prior).array, space.array)
    again = load_map(save_map(found.map, tmp_path / "map.npz"))
    np.testing.assert_allclose(again(Space(NEW, metric)), found(NEW).array, atol=1e-6)
    assert again.weight == 0.4


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_similarities_are_the_weighted_mean_of_both(metric):
    found = adapt(Space(X, metric), LABELS, weight=0.3, form=FORM)
    prior = unit(X.astype(float)) if metric == "cosine" else X.astype(float)
    adapted, blocks = found.map.directions(prior), found.map.blocks
    products = 0.7 * prior @ prior.T / blocks.prior**2 + 0.3 * adapted @ adapted.T / blocks.adapted**2
    np.testing.assert_allclose(found.space.array @ found.space.array.T, products, atol=1e-3)
    center = 0 if metric == "cosine" else prior.mean(0)
    lengths = ((prior - center) ** 2).sum(1).mean() / blocks.prior**2, (adapted**2).sum(1).mean() / blocks.adapted**2
    np.testing.assert_allclose(lengths, 1, rtol=1e-6)


@pytest.mark.parametrize("weight", [0.0, 0.4])
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_the_head_is_the_map_as_a_module(metric, weight):
    found = adapt(Space(X, metric), LABELS, weight=weight, form=FORM)
    head = found.head()
    np.testing.assert_allclose(head(torch.from_numpy(NEW)).numpy(), found(NEW).array, atol=1e-4)
    exported = torch.export.export(head, (torch.from_numpy(NEW[:2]),)).module()
    np.testing.assert_allclose(exported(torch.from_numpy(NEW[:2])).numpy(), found(NEW[:2]).array, atol=1e-4)


def test_a_wide_prior_is_searched_among_its_components(monkeypatch):
    whole = adapt(X, LABELS, weight=0.4, form=Form(0.5, 0.0, 0.0, "sqrt"))
    monkeypatch.setattr(module, "COMPONENTS", D - 1)
    narrow = adapt(np.c_[X, np.zeros(400)].astype(np.float32), LABELS, weight=0.4, form=Form(0.5, 0.0, 0.0, "sqrt"))
    assert narrow.map.directions.vectors.shape[0] == D + 1
    assert narrow.map.directions.correlations[0] == pytest.approx(whole.map.directions.correlations[0], abs=0.05)


def test_check_pairs_judge_and_choose_nothing():
    late = np.arange(400) >= 300
    pairs = SimilarityGraph.from_labels(np.where(late, Y, -1)).to_edges()
    rows, cols = np.nonzero(late[:, None] & late & (Y[:, None] != Y))
    check = pairs | SimilarityGraph.from_edges(400, rows, cols, different=True)
    found = adapt(X, LABELS, check=check)
    assert "share of different pairs further apart" in found.facts["verdict"]
    assert found.facts["gain"]["count"] == pairs.to_scipy().nnz // 2
    assert found.weight > 0
    with pytest.raises(LikewiseError, match="must know pairs that are alike and pairs that are different"):
        adapt(X, LABELS, check=pairs)


def test_folds_keep_whole_groups_together_where_there_are_enough():
    graph = SimilarityGraph.from_labels(np.arange(400) // 5)
    folds = folds_of(graph, 3, 0)
    assert len(np.unique(np.concatenate([fold.train for fold in folds]))) == 400
    for fold in folds:
        assert not np.isin(fold.anchors // 5, fold.train // 5).any()
        assert not np.isin(fold.gallery, fold.train).any()
        same_group = fold.anchors[:, None] // 5 == fold.gallery // 5
        assert np.array_equal(fold.alike, same_group & (fold.anchors[:, None] != fold.gallery))
    for fold in folds_of(LABELS, 3, 0):  # eight groups: samples are held out of them
        assert not np.isin(fold.anchors, fold.train).any()
        assert np.isin(fold.gallery, fold.train).any()


def test_average_precision_is_that_of_the_ranking():
    near = np.array([[0.9, 0.8, 0.7, 0.6, 1.0]])
    alike, other = np.array([[1, 0, 1, 0, 0]], bool), np.array([[0, 1, 0, 1, 0]], bool)  # the last one is the anchor
    assert average_precision(near, alike, other)[0] == pytest.approx((1 + 2 / 3) / 2)


def test_a_space_without_spread_is_joined_as_it_is():
    assert Blocks.of("euclidean", np.ones((3, 2)), np.zeros((3, 1))) == Blocks(1.0, 1.0)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: adapt(X, LABELS, weight=1.0), r"weight of the adapted block must lie in \[0, 1\)"),
        (lambda: adapt(X, SimilarityGraph.none(400)), "no pair of alike samples"),
        (lambda: adapt(X, SimilarityGraph.none(4)), "the graph has 4 samples, the space 400 rows"),
        (lambda: adapt(np.ones((400, 3)), LABELS), "all rows of the prior are equal"),
        (lambda: adapt(X, LABELS, kernel=1), "from 2 to 2,000 landmarks, got 1"),
        (lambda: adapt(X, LABELS, weight=0.1, form=FORM)(NEW[:, :3]), "takes rows of 12 dimensions"),
        (lambda: adapt(X, LABELS, weight=0.1, form=FORM, kernel=9).head(), "a map with a kernel is no head"),
        (lambda: load_map("nowhere.npz"), "there is no file nowhere.npz"),
    ],
)
def test_bad_input_is_one_sentence(call, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        call()


def test_strangers_files_are_refused(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.zeros(3))
    with pytest.raises(LikewiseError, match="is not a map that this version"):
        load_map(tmp_path / "x.npz")
    keys = Keys.of(range(400))
    with pytest.raises(LikewiseError, match="expected"):
        adapt(Space(X, keys=keys), replace(LABELS, keys=Keys.of(range(1, 401))))
    assert isinstance(adapt(Space(X, keys=keys), replace(LABELS, keys=keys), weight=0.1, form=FORM).map, AdaptedMap)
