import numpy as np
import pytest
from tests.active.cases import Delegating, blobs

from likewise.active import CallableOracle, LabelOracle, Stop, audit
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.sources import neighbors
from likewise.space import Space

N, K = 400, 12


def ranked_graph(purities, seed=0):
    """A graph of which the r-th edge of a row is alike with a known probability."""
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(4), N // 4)
    rows, cols, weights = [], [], []
    for i in range(N):
        taken = {i}
        for rank, purity in enumerate(purities):
            pool = np.flatnonzero((y == y[i]) == (random.random() < purity))
            j = random.choice([j for j in pool if j not in taken])
            taken.add(j)
            rows.append(i), cols.append(j), weights.append(1 - rank / 20)
    return SimilarityGraph.from_edges(N, rows, cols, weights), y


@pytest.fixture(scope="module")
def graded():
    return ranked_graph(np.linspace(1.0, 0.4, K))


def test_labels_count_every_edge(graded):
    graph, y = graded
    found = audit(graph, y, purity=0.8)
    matrix = graph.to_scipy().tocoo()
    same = y[matrix.row] == y[matrix.col]
    assert found.purity == pytest.approx(same.mean())
    assert sum(stratum.judged for stratum in found.ranks) == matrix.nnz
    assert found.judged == 0
    firsts = found.ranks[0]
    assert firsts.name == "rank 1"
    assert firsts.edges == N
    assert firsts.purity == 1
    weight = 1 - np.arange(K) / 20
    rank = np.abs(matrix.data[:, None] - weight).argmin(1)
    means = [same[rank <= r].mean() for r in range(K)]
    assert found.largest == max(k for k in (1, 2, 3, 5, 10, 12) if means[k - 1] >= 0.8)
    assert str(found).count("\n") > 5


def test_a_sample_of_answers_agrees_with_the_census(graded):
    graph, y = graded
    truth = audit(graph, y).purity
    inside, firsts = 0, []
    for seed in range(20):
        found = audit(graph, LabelOracle(y), 150, seed=seed)
        assert found.judged == 150
        inside += found.interval[0] <= truth <= found.interval[1]
        firsts.append(found.ranks[0].judged)
    assert inside >= 17
    assert min(firsts) >= 150 // 6  # even the first rank, a twelfth of the edges, is known


def test_unsure_and_stopping_leave_what_was_judged(graded):
    graph, y = graded
    left = iter(range(40))

    def judge(a, b):
        if next(left, None) is None:
            raise Stop
        return None if a % 2 else bool(y[a] == y[b])

    found = audit(graph, CallableOracle(judge), 100)
    assert 5 < found.judged < 40


def test_groups_and_single_ranks_are_audited_too():
    _, y = blobs()
    graph = SimilarityGraph.from_labels(y)
    found = audit(graph, y)
    assert found.purity == pytest.approx(1)
    assert found.quarters == ()
    assert [stratum.name for stratum in found.ranks] == ["all edges"]
    assert found.largest == np.bincount(y).max() - 1
    assert "give the space" in str(found)
    assert found.sure > 0.99


def test_bad_audits(graded):
    graph, y = graded
    with pytest.raises(LikewiseError, match="no edges"):
        audit(SimilarityGraph.none(5), np.arange(5))
    with pytest.raises(LikewiseError, match="labels must be one value for each"):
        audit(graph, y[:-1])
    with pytest.raises(LikewiseError, match="not all unsure"):
        audit(graph, CallableOracle(lambda a, b: None), 10)
    with pytest.raises(LikewiseError, match=r"must lie in \(0, 1\)"):
        audit(graph, y, purity=1.0)
    with pytest.raises(LikewiseError, match="at least one edge"):
        audit(graph, y, 0)


def test_a_space_ranks_edges_of_equal_weight():
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(4), 50)
    x = 3 * np.eye(4)[y] + random.standard_normal((200, 4))
    space = Space(x, "euclidean")
    graph = neighbors(space, 20)
    blind, found = audit(graph, y), audit(graph, y, space=space)
    assert found.purity == pytest.approx(blind.purity)
    first, last = found.ranks[0], found.ranks[-1]
    nearest = np.argsort(((x[:, None] - x) ** 2).sum(2) + 1e9 * np.eye(200), axis=1)
    assert first.alike == (y[nearest[:, 0]] == y).sum()
    assert last.name == "ranks 11 to 20"
    assert last.alike == (y[nearest[:, 10:20]] == y[:, None]).sum()
    assert first.purity > last.purity
    assert found.quarters[0].purity > found.quarters[-1].purity
    assert [stratum.name.split()[0] for stratum in found.quarters] == ["distance"] * 4
    with pytest.raises(LikewiseError, match="has 9 rows"):
        audit(graph, y, space=Space(x[:9], "euclidean"))


def test_distances_are_judged_without_the_bias_of_ranks():
    """First neighbours are alike and others are not, at every distance; each rank is drawn as often as the others."""
    x = np.random.default_rng(0).standard_normal((600, 3)).astype(np.float32)
    near = np.argsort(((x[:, None] - x[None]) ** 2).sum(2) + 1e9 * np.eye(600), 1)
    first = set(enumerate(near[:, 0].tolist()))
    space = Space(x, "euclidean")
    oracle = CallableOracle(lambda a, b: (a, b) in first)
    graph = neighbors(space, 20)
    audits = [audit(graph, oracle, 200, space=space, seed=seed) for seed in range(12)]
    matrix = graph.to_scipy().tocoo()
    distance = np.linalg.norm(x[matrix.row] - x[matrix.col], axis=1)
    right = np.array([pair in first for pair in zip(matrix.row, matrix.col, strict=True)])
    cuts = np.quantile(distance, [0.25, 0.5, 0.75])
    truth = np.array([right[np.searchsorted(cuts, distance) == quarter].mean() for quarter in range(4)])
    found = np.array([[quarter.purity for quarter in one.quarters] for one in audits])
    assert np.abs(found.mean(0) - truth).max() < 0.03
    inside = [
        low <= true <= high
        for one in audits
        for true, (low, high) in zip(truth, (quarter.interval for quarter in one.quarters), strict=True)
    ]
    assert np.mean(inside) > 0.9


def test_it_is_as_sure_as_its_judgements_are_worth():
    """Every edge is alike with probability .89: hardly an audit may be 95 % sure of .9."""
    space = Space(np.random.default_rng(0).standard_normal((400, 4)).astype(np.float32), "euclidean")
    graph, sure = neighbors(space, 20), []
    for seed in range(150):
        random = np.random.default_rng(seed)
        found = audit(graph, CallableOracle(lambda a, b, r=random: r.random() < 0.89), 200, space=space, seed=seed)
        sure.append(found.largest == 20 and found.sure >= 0.95)
    assert np.mean(sure) < 0.05


def test_a_wrapped_oracle_is_asked_and_not_taken_for_labels(graded):
    graph, y = graded
    assert audit(graph, Delegating(LabelOracle(y)), 150) == audit(graph, LabelOracle(y), 150)
