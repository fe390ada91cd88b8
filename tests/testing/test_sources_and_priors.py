"""The checks of sources and of priors find what is wrong with one."""

import numpy as np
import pytest

import likewise as lw
from likewise.errors import LikewiseError
from likewise.graph import Source
from likewise.graph.terms import edges_from_arrays
from likewise.keys import Keys
from likewise.testing import check_prior, check_source

KEYS = Keys.of(f"photo{i}" for i in range(12))
SPACE = lw.Space(np.random.default_rng(0).standard_normal((12, 3)), keys=KEYS)


def edges(weights, source=None):
    """A source of two edges."""
    term = edges_from_arrays(12, [0, 1], [2, 3], weights, source=source or Source("mine", {"k": 1}))
    return lw.SimilarityGraph.of_term(term, keys=KEYS)


def test_sources_that_keep_their_promises_pass():
    check_source(lambda space: lw.neighbors(space, 3), SPACE)
    check_source(lambda keys: lw.same(np.arange(12) // 3, keys=keys), KEYS)
    check_source(lambda space: edges([1.0, 0.5]), SPACE)
    check_source(lambda keys: lw.SimilarityGraph.from_edges(12, [0], [1], different=True, keys=keys), KEYS)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda space: space, "a source gives a SimilarityGraph, got a Space"),
        (lambda space: lw.same(np.arange(12) // 3), "does not have the keys of what it was made of"),
        (lambda space: lw.SimilarityGraph.none(12, KEYS), "says nothing of anybody"),
        (lambda space: edges(np.random.default_rng().random(2)), "give another graph: randomness needs a seed"),
        (
            lambda space: edges([1, 1], Source("mine", {"k": np.arange(2)})),
            "provenance|not such as JSON holds|ambiguous",
        ),
        (
            lambda space: edges([1, 1], Source("mine", {"k": object})),
            "arguments of mine are not such as JSON holds",
        ),
        (lambda space: edges([1, 1], Source("mine", {"k": (1, 2)})), "the provenance of mine does not survive JSON"),
        (lambda space: edges([1, 1], Source("")), "does not name the function that made it"),
    ],
)
def test_a_broken_promise_of_a_source_is_named(build, sentence):
    with pytest.raises((AssertionError, ValueError), match=sentence) as error:
        check_source(build, SPACE)
    assert not isinstance(error.value, LikewiseError)


def made(samples, **options):
    x = samples.read(np.arange(len(samples))).flatten(1).numpy() / 255
    return lw.Space(x, **{"metric": "euclidean", "name": "mine", "keys": samples.keys, **options})


def changes(samples):
    samples.storage.zero_()
    return made(samples)


def noisy(samples):
    space = made(samples)
    return lw.Space(space.array + np.random.default_rng().random(space.array.shape), "cosine", "mine", samples.keys)


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda samples: 3, "a prior gives a Space, got a int"),
        (lambda samples: lw.Space(np.ones((3, 2))), "the space has 3 rows for 40 samples"),
        (lambda samples: made(samples, keys=None), "does not have the keys of the samples"),
        (lambda samples: made(samples, name=""), "the space has no name"),
        (changes, "the prior changes the samples"),
        (noisy, "the same samples give another space: randomness needs a seed"),
        (lambda samples: made(samples, info={"what": object()}), "are not such as JSON holds"),
    ],
)
def test_a_broken_promise_of_a_prior_is_named(build, sentence):
    check_prior(made)
    with pytest.raises(AssertionError, match=sentence):
        check_prior(build)
