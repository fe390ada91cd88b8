import numpy as np
import pytest
from sklearn.datasets import load_digits

from likewise.answers import (
    Calibration,
    PairFeatures,
    hellinger,
    neighbor_features,
    pair_features,
    reference_pairs,
)
from likewise.answers.curves import Isotonic, Logistic
from likewise.errors import LikewiseError
from likewise.randomness import numpy_generator
from likewise.search import nearest
from likewise.space import Space

DIGITS, CLASSES = load_digits(return_X_y=True)
SPACE = Space(DIGITS[:600])


def answered(count, seed=0, flip=0.0):
    """Pairs of digits, half of them near, and whether they are of one class."""
    random = numpy_generator(seed, "answered")
    near = nearest(SPACE, k=30).ids
    a = random.integers(0, SPACE.n, count)
    b = np.where(
        np.arange(count) % 2, near[a, random.integers(0, 30, count)], (a + random.integers(1, SPACE.n, count)) % SPACE.n
    )
    alike = CLASSES[a] == CLASSES[b]
    return np.stack([a, b], 1), alike ^ (random.random(count) < flip)


# -- features ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_features_are_those_of_the_dense_distances(metric):
    x = numpy_generator(0, "x").normal(size=(40, 5)) + 3
    rows = x / np.linalg.norm(x, axis=1, keepdims=True) if metric == "cosine" else x
    dense = np.linalg.norm(rows[:, None] - rows, axis=2)
    np.fill_diagonal(dense, np.inf)
    pairs = np.array([(0, 1), (5, 3), (1, 0), (7, 5), (20, 39)])
    found = pair_features(Space(x, metric), pairs)
    for row, (a, b) in enumerate(pairs):
        assert found.distance[row] == pytest.approx(dense[a, b], rel=1e-5)
        assert found.rank[row] == min((dense[a] < dense[a, b]).sum(), (dense[b] < dense[a, b]).sum()) + 1
        tenth = [np.sort(dense[i])[9] for i in (a, b)]
        assert found.density[row] == pytest.approx(-np.log(tenth).mean(), rel=1e-4)


@pytest.mark.parametrize("k", [10, 25])
def test_a_table_of_neighbours_has_the_features_of_its_pairs(k):
    found = nearest(SPACE, k=k)
    table = neighbor_features(found.ids, np.sqrt(np.maximum(2 - 2 * found.scores, 0)))
    a = np.repeat(np.arange(SPACE.n), k)
    wanted = pair_features(SPACE, np.stack([a, found.ids.ravel()], 1))
    assert np.allclose(table.distance.ravel(), wanted.distance, atol=1e-4)
    assert np.allclose(table.density.ravel(), wanted.density, atol=1e-3)
    assert (table.rank.ravel() == wanted.rank).mean() > 0.999  # ties aside


def test_few_samples_and_duplicates_have_features():
    same = pair_features(Space(np.ones((12, 2)), "euclidean"), np.array([(0, 1)]))
    assert np.isfinite(same.table).all()
    assert (same.distance.tolist(), same.rank.tolist()) == ([0], [1])
    two = Space(np.eye(2))
    assert np.isfinite(Calibration.fit(two, [(0, 1)], [True]).predict([(0, 1)])).all()


def test_reference_pairs_are_the_nearest_and_the_random():
    near, far = reference_pairs(SPACE)
    assert np.array_equal(near[:, 1], nearest(SPACE, k=1).ids[near[:, 0], 0])
    assert (far[:, 0] != far[:, 1]).all()
    assert pair_features(SPACE, near).distance.mean() < pair_features(SPACE, far).distance.mean()


# -- probabilities -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["logistic", "isotonic"])
def test_many_answers_give_calibrated_probabilities(method):
    calibration = Calibration.fit(SPACE, *answered(800), method=method)
    pairs, alike = answered(2000, seed=1)
    p = calibration.predict(pairs)
    for low, high in [(0, 0.2), (0.2, 0.8), (0.8, 1.01)]:
        chosen = (p >= low) & (p < high)
        assert chosen.sum() > 50
        assert p[chosen].mean() == pytest.approx(alike[chosen].mean(), abs=0.1)
    assert calibration.scores["brier"] == pytest.approx(((p - alike) ** 2).mean(), abs=0.03)
    assert calibration.scores["brier"] < 0.6 * calibration.scores["base_brier"]
    assert calibration.scores["log_loss"] < calibration.scores["base_log_loss"]


def test_a_space_that_says_nothing_is_found_out():
    pairs, alike = answered(400)
    calibration = Calibration.fit(SPACE, pairs, numpy_generator(0, "shuffle").permutation(alike))
    assert calibration.scores["brier"] > 0.95 * calibration.scores["base_brier"]


def test_isotonic_is_tried_only_with_enough_answers_and_taken_only_if_it_is_better():
    assert Calibration.fit(SPACE, *answered(99)).method == "logistic"
    x = numpy_generator(0, "line").normal(size=(500, 1)).cumsum(0)
    bend = Space(x, "euclidean")
    pairs = numpy_generator(1, "line").integers(0, 500, (400, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    distance = pair_features(bend, pairs).distance
    alike = distance < np.median(distance)
    sharp = Calibration.fit(bend, pairs, alike)
    other = Calibration.fit(bend, pairs, alike, method="logistic")
    assert sharp.method == "isotonic"
    assert sharp.scores["log_loss"] < other.scores["log_loss"]


def test_before_any_answer_near_pairs_are_probably_alike():
    calibration = Calibration.fit(SPACE, [], [])
    near, far = reference_pairs(SPACE)
    assert 0.6 < calibration.predict(near).mean() < 0.9
    assert 0.1 < calibration.predict(far).mean() < 0.4
    low, high = calibration.interval(near)
    assert (high - low).mean() > 0.5


@pytest.mark.parametrize("same", [True, False])
def test_five_answers_of_one_kind_move_the_belief_and_stay_unsure(same):
    pairs, _ = answered(10)
    pairs = pairs[1::2]
    before, after = Calibration.fit(SPACE, [], []), Calibration.fit(SPACE, pairs, [same] * 5)
    change = after.predict(pairs) - before.predict(pairs)
    assert (change > 0.02).all() if same else (change < -0.02).all()
    assert (after.predict(pairs) > 0.02).all()
    assert (after.predict(pairs) < 0.98).all()
    low, high = after.interval(pairs)
    assert ((low < after.predict(pairs)) & (after.predict(pairs) < high)).all()
    assert (high - low).mean() > 0.15


@pytest.mark.parametrize("method", ["logistic", "isotonic"])
def test_more_answers_are_surer_and_a_wider_level_is_wider(method):
    pairs, _ = answered(50, seed=2)
    widths = []
    for count in (20, 800):
        low, high = Calibration.fit(SPACE, *answered(count), method=method).interval(pairs)
        assert (low <= high).all()
        widths.append((high - low).mean())
    assert widths[1] < 0.6 * widths[0]
    calibration = Calibration.fit(SPACE, *answered(50), method=method)
    narrow, wide = (np.subtract(*calibration.interval(pairs, level)[::-1]).mean() for level in (0.5, 0.95))
    assert narrow < wide


def test_weights_and_probabilities_are_as_good_as_repeated_answers():
    pairs, alike = answered(40)
    twice = Calibration.fit(SPACE, np.concatenate([pairs, pairs]), np.concatenate([alike, alike]))
    heavy = Calibration.fit(SPACE, pairs, alike, np.full(40, 2.0))
    assert np.allclose(twice.predict(pairs), heavy.predict(pairs), atol=1e-3)
    both = Calibration.fit(SPACE, np.concatenate([pairs, pairs]), np.repeat([1.0, 0.0], 40), np.full(80, 0.5))
    half = Calibration.fit(SPACE, pairs, np.full(40, 0.5))
    assert np.allclose(both.predict(pairs), half.predict(pairs), atol=1e-3)


def test_the_curves_are_those_of_slow_references():
    random = numpy_generator(0, "curves")
    table = random.normal(size=(60, 3))
    alike = (random.random(60) < 1 / (1 + np.exp(2 * table[:, 0]))).astype(float)
    curve = Logistic.fit(table, alike, np.ones(60))
    x = np.column_stack([(table - table.mean(0)) / table.std(0), np.ones(60)])
    w = np.zeros(4)
    ridge = np.array([1.0, 1, 1, 0])
    for _ in range(50):  # Newton's steps
        p = 1 / (1 + np.exp(-x @ w))
        w += np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge), x.T @ (alike - p) - ridge * w)
    assert np.allclose(curve.predict(table), 1 / (1 + np.exp(-x @ w)), atol=1e-3)

    steps = Isotonic.fit(table, alike, np.ones(60))
    assert (np.diff(steps.alike) <= 1e-12).all()
    assert steps.predict(table).mean() == pytest.approx(alike.mean(), abs=0.05)
    assert 0 < steps.alike.min() < steps.alike.max() < 1


def test_fitting_to_features_is_fitting_to_pairs():
    pairs, alike = answered(30)
    one = Calibration.fit(SPACE, pairs, alike)
    reference = pair_features(SPACE, np.concatenate(reference_pairs(SPACE)))
    features = pair_features(SPACE, pairs)
    other = Calibration.of(features, alike, reference=reference)
    assert np.array_equal(one.predict(pairs), other.probability(features))
    assert len(PairFeatures.join([features, reference])) == 30 + len(reference)
    with pytest.raises(LikewiseError, match="fitted to features alone"):
        other.predict(pairs)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Calibration.fit(SPACE, [(0, 1)], [True, False]), "got 1 pairs, 2 answers"),
        (lambda: Calibration.fit(SPACE, [(0, 1)], [2]), r"must lie in \[0, 1\]"),
        (lambda: Calibration.fit(SPACE, [(0, 1)], [np.nan]), r"must lie in \[0, 1\]"),
        (lambda: Calibration.fit(SPACE, [(0, 1)], [1], [0]), "weights of a calibration must be positive"),
        (lambda: Calibration.fit(SPACE, [(0, 600)], [1]), "must lie in"),
        (lambda: Calibration.fit(SPACE, [(3, 3)], [1]), "cannot be compared with itself"),
        (lambda: Calibration.fit(SPACE, [0, 3], [1]), "have the shape"),
        (lambda: Calibration.fit(SPACE, [(0, 1)], [1], method="tree"), "unknown calibration 'tree'"),
        (lambda: Calibration.fit(SPACE, [(0, 1)], [1]).scores, "at least two answers, there is 1"),
        (lambda: Calibration.fit(SPACE, [(0, 1)], [1]).interval([(0, 1)], 1), "level of an interval"),
        (lambda: Calibration.fit(Space(np.ones((1, 2))), [], []), "at least two samples"),
        (lambda: neighbor_features(np.zeros((50, 3), int), np.ones((50, 3))), "density needs 10 neighbours"),
        (lambda: hellinger([1.0], [2.0, 3.0]), "two finite distances of either kind"),
        (lambda: hellinger([1.0, np.nan], [2.0, 3.0]), "two finite distances"),
    ],
)
def test_bad_input_is_one_sentence(call, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        call()


# -- what a prior saves --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [0.0, 1.0, 3.0])
def test_hellinger_is_that_of_two_normal_distributions(shift):
    random = numpy_generator(0, "normal")
    found = hellinger(random.normal(size=3000), random.normal(size=3000) + shift)
    assert found == pytest.approx(1 - np.exp(-(shift**2) / 8), abs=0.03)


def test_hellinger_of_equal_distances_is_zero():
    assert hellinger([1, 1], [1, 1]) == 0
    assert hellinger([1, 1], [2, 2]) > 0.99
