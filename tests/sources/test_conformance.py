"""What every source promises, whatever it makes its graph of."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.sources import band, labels, neighbors, pairs, random_like, same
from likewise.space import Space
from likewise.testing import check_source

N = 60
DIGITS, CLASSES = load_digits(return_X_y=True)
X, Y = DIGITS[:N], CLASSES[:N]
KEYS = Keys.of(f"photo{i}.png" for i in range(N))
TABLE = {"a": np.array([0, 3, 5]), "b": np.array([1, 4, 9]), "weight": np.array([0.5, 1, 0.25])}

SPATIAL = {
    "uniform": lambda space: neighbors(space, 4),
    "euclidean": lambda space: neighbors(space, 4, metric="euclidean"),
    "nearest": lambda space: neighbors(space, pick="nearest"),
    "softmax": lambda space: neighbors(space, 4, pick="softmax"),
    "furthest": lambda space: neighbors(space, radius=0.3, pick="furthest"),
    "adaptive": lambda space: neighbors(space, 4, radius="adaptive"),
    "mutual": lambda space: neighbors(space, 4, mutual=True),
    "capped": lambda space: neighbors(space, 4, cap=5),
    "keep_self": lambda space: neighbors(space, 4, keep_self=True),
    "band": lambda space: band(space, 0.7, 0.95),
    "band auto": lambda space: band(space, "auto"),
    "band among": lambda space: band(space, 0.6, 0.95, among=30, seed=3),
    "random_like": lambda space: random_like(neighbors(space, 4), seed=2),
}
TOLD = {
    "labels": lambda keys: labels(Y, keys=keys),
    "same": lambda keys: same(np.where(Y < 5, Y, -1).astype(str), name="place", keys=keys),
    "tolerance": lambda keys: same(X.sum(1), tolerance=2.0, keys=keys),
    "pairs": lambda keys: pairs(TABLE, n=N, keys=keys, by="position"),
    "random labels": lambda keys: random_like(labels(Y, keys=keys)),
}
SOURCES = {name: (make, Space(X, keys=KEYS), X) for name, make in SPATIAL.items()}
SOURCES |= {name: (make, KEYS, None) for name, make in TOLD.items()}
every_source = pytest.mark.parametrize("name", SOURCES)


def build(name):
    make, given, _ = SOURCES[name]
    return make(given)


@every_source
def test_keeps_the_promises_of_every_source(name):
    make, given, _ = SOURCES[name]
    check_source(make, given)
    assert set(np.unique(build(name).self_weight)) <= {0.0, 1.0}


@every_source
def test_a_source_says_where_it_came_from(name):
    root = build(name).terms[0].source
    while root.parents:
        root = root.parents[0]
    assert root.function in ("neighbors", "band", "labels", "same", "pairs")
    assert len(root.fingerprint) == 32
    assert root == type(root).from_json(root.as_json())


@every_source
def test_without_keys_there_are_none(name):
    make, _, bare = SOURCES[name]
    assert make(bare).keys is None


@every_source
def test_other_content_has_another_fingerprint(name):
    if name in SPATIAL:
        other = SPATIAL[name](X[::-1])
    else:
        other = {
            "labels": lambda: labels(Y[::-1]),
            "same": lambda: same(Y),
            "tolerance": lambda: same(X[::-1].sum(1), tolerance=2.0),
            "pairs": lambda: pairs(TABLE | {"weight": np.array([0.5, 1, 0.5])}, n=N),
            "random labels": lambda: random_like(labels(Y[::-1])),
        }[name]()
    assert other.terms[0].source != build(name).terms[0].source


@pytest.mark.parametrize("name", [name for name in SPATIAL if name != "band"])
def test_one_sample_is_refused_in_one_sentence_where_it_can_have_no_neighbour(name):
    sentence = {"band auto": "needs 3 samples", "band among": "among must lie in"}.get(name, "at least two samples")
    with pytest.raises(LikewiseError, match=sentence):
        SPATIAL[name](np.ones((1, 3)))


def test_one_sample_is_isolated_in_a_band():
    assert SPATIAL["band"](np.ones((1, 3))).draw([0]).tolist() == [0]


def test_one_sample_that_is_told_of_is_isolated():
    for graph in (
        labels([4]),
        same(["a"]),
        same([1.5], tolerance=1),
        pairs({"a": np.arange(0), "b": np.arange(0)}, n=1),
    ):
        assert (graph.n, graph.to_scipy().nnz, graph.draw([0]).tolist()) == (1, 0, [0])


@pytest.mark.parametrize("name", SPATIAL)
def test_tensors_of_any_float_type_serve_as_spaces(name):
    wanted = SPATIAL[name](X.astype(np.float32))
    given = SPATIAL[name](torch.tensor(X, dtype=torch.float32, requires_grad=True))
    assert (wanted.to_scipy() != given.to_scipy()).nnz == 0


@pytest.mark.parametrize("name", SPATIAL)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_in_a_space_is_one_clear_sentence(name, bad):
    broken = X.copy()
    broken[7, 3] = bad
    with pytest.raises(LikewiseError, match="NaN or infinity in row 7"):
        SPATIAL[name](broken)


@pytest.mark.parametrize("name", TOLD)
def test_keys_that_do_not_fit_are_refused(name):
    with pytest.raises(LikewiseError, match=r"keys|must lie in"):
        TOLD[name](Keys.of("abc"))
