import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from tests.active.cases import blobs, play

from likewise.active import LabelOracle, WardMerging
from likewise.active.strategies.sequential import medoid
from likewise.active.strategies.ward import ward_groups
from likewise.space import Space


def test_the_baseline_takes_the_published_number_of_questions_on_the_digits():
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    strategy = WardMerging(Space(x.astype(np.float32), "euclidean"), size=150)
    assert len(play(strategy, LabelOracle(y), 1000)) == 202
    assert adjusted_rand_score(y, strategy.groups()) == pytest.approx(0.976, abs=0.005)


def test_the_closest_pair_comes_first():
    space, _ = blobs()
    strategy = WardMerging(space, size=space.n)
    ((a, b),) = strategy.next(1)[0].pairs
    gaps = np.linalg.norm(space.array[:, None] - space.array, axis=2) + 1e9 * np.eye(space.n)
    assert {a, b} == set(np.unravel_index(gaps.argmin(), gaps.shape))


def test_what_transitivity_implies_is_not_asked():
    space, y = blobs(classes=3, each=10)
    asked = play(WardMerging(space, size=space.n), LabelOracle(y), 10_000)
    assert len(asked) == space.n - 3 + 3


def test_small_parts():
    x = np.array([[0.0], [1.0], [10.0], [2.5]])
    assert medoid(x, np.array([0, 1, 3])) == 1
    groups = ward_groups(x, 2)
    assert groups[0] == groups[1] == groups[3] != groups[2]
