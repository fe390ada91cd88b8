import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from tests.active.cases import blobs, same_partition

from likewise.active import CallableOracle, Guided, LabelOracle, Stop, StoppingRule, Undo, ask, make_strategy
from likewise.active.stopping import moved_samples
from likewise.answers import Answer, AnswerStore, Question
from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.space import Space


def store_of(tmp_path, space):
    return AnswerStore(tmp_path / "answers.sqlite", Keys.of(range(space.n)))


def test_the_graph_says_what_was_answered_and_what_follows(tmp_path):
    space, y = blobs()
    graph = ask(None, space, 300, oracle=LabelOracle(y), store=tmp_path / "a.sqlite")
    alike, different = (channel.numpy() for channel in graph.among(np.arange(space.n), np.arange(space.n)))
    same = y[:, None] == y
    assert not (alike > 0)[~same].any()
    assert not (different > 0)[same].any()
    assert (alike > 0)[same & ~np.eye(space.n, dtype=bool)].mean() > 0.2
    assert "answered" in str(graph.terms[0].source)


def test_the_budget_is_kept_and_counts_tiles(tmp_path):
    space, y = blobs(each=30, spread=1.0)
    for tiles in (0, 7):
        path = tmp_path / f"{tiles}.sqlite"
        ask(None, space, 40, oracle=LabelOracle(y), store=path, tiles=tiles, batch=3, patient=True)
        with AnswerStore(path) as store:
            assert store.counts().judgements == 40


def test_it_goes_on_where_it_stopped(tmp_path):
    space, y = blobs(each=20, spread=1.0)
    path = tmp_path / "a.sqlite"
    ask(None, space, 10, oracle=LabelOracle(y), store=path)
    ask(None, space, 25, oracle=LabelOracle(y), store=path)
    ask(None, space, 25, oracle=LabelOracle(y), store=path)  # nothing is left of the budget: nothing is asked
    with AnswerStore(path) as store:
        pairs = [pair for answer in store.answers() for pair in answer.question.pairs]
        assert store.counts().judgements == 25
        assert len(set(pairs)) == 25
    with pytest.raises(LikewiseError, match="holds answers already"):
        ask(None, space, 30, oracle=LabelOracle(y), store=path, resume=False)


def test_keys_come_from_the_samples(tmp_path):
    space, y = blobs()
    samples = open_samples(space.array.astype(np.float32), keys=[f"k{i}" for i in range(space.n)])
    graph = ask(samples, space, 30, oracle=LabelOracle(y))
    assert graph.keys == samples.keys
    assert ask(None, space, 30, oracle=LabelOracle(y)).keys is None


def test_neighbours_are_joined_with_their_probability():
    space, y = blobs(each=20)
    graph = ask(None, space, 60, oracle=LabelOracle(y), neighbors=12)
    weights = np.concatenate([term.weights for term in graph.terms if "calibrated" in str(term.source)])
    assert len(weights)
    assert ((weights >= 0) & (weights <= 1)).all()


def test_an_oracle_that_fails_loses_nothing(tmp_path):
    space, y = blobs()
    told = []

    def judge(a, b):
        told.append((a, b))
        if len(told) == 6:
            raise RuntimeError("the line went dead.")
        return y[a] == y[b]

    with pytest.raises(LikewiseError, match=r"went dead. The 5 judgements before it are kept in .*a.sqlite"):
        ask(None, space, 50, oracle=CallableOracle(judge), store=tmp_path / "a.sqlite", batch=4)
    with AnswerStore(tmp_path / "a.sqlite") as store:
        assert len(store.answers()) == 5
    ask(None, space, 12, oracle=CallableOracle(judge), store=tmp_path / "a.sqlite")
    assert len(told) == 13


@pytest.mark.parametrize("nonsense", ["yes", 3, object(), Answer(Question.pair(0, 1), ("alike",))])
def test_nonsense_is_one_sentence(nonsense, tmp_path):
    class Odd:
        def ask(self, question):
            return nonsense

    space, _ = blobs()
    with pytest.raises(LikewiseError, match="the oracle"):
        ask(None, space, 5, oracle=Odd(), store=tmp_path / "a.sqlite")


@pytest.mark.parametrize("budget", [0, -3, 2.5])
def test_no_budget_is_an_error(budget):
    space, y = blobs()
    with pytest.raises(LikewiseError, match="the budget is a number of judgements"):
        ask(None, space, budget, oracle=LabelOracle(y))


def test_when_all_is_known_there_is_nothing_to_ask(tmp_path):
    space, y = blobs(classes=1, each=2)
    ask(None, space, 1, oracle=LabelOracle(y), store=tmp_path / "a.sqlite", strategy="random")
    with pytest.raises(LikewiseError, match="1 judgements leave nothing worth asking"):
        ask(None, space, 5, oracle=LabelOracle(y), store=tmp_path / "a.sqlite", strategy="random")


def test_strangers_are_refused(tmp_path):
    space, y = blobs()
    with pytest.raises(LikewiseError, match="they must agree"):
        ask(Keys.of(["a", "b"]), space, 5, oracle=LabelOracle(y))
    with pytest.raises(LikewiseError, match="unknown strategy"):
        ask(None, space, 5, oracle=LabelOracle(y), strategy="oours")
    with pytest.raises(LikewiseError, match="asks about pairs"):
        make_strategy("ward", space, tiles=3)
    with pytest.raises(LikewiseError, match="give it seeds"):
        make_strategy("pal", space)


class Person:
    """Does as it is told: letters of the terminal."""

    def __init__(self, y, script):
        self.y, self.script, self.seen = y, iter(script), []

    def ask(self, question):
        self.seen.append(question)
        word = next(self.script, "q")
        if word == "q":
            raise Stop
        if word == "b":
            raise Undo
        if word == "s":
            return None
        ((a, b),) = question.pairs
        return Answer(question, ("alike" if (self.y[a] == self.y[b]) == (word == "y") else "different",), "me")


def test_a_person_can_stop_skip_and_take_back(tmp_path):
    space, y = blobs()
    person = Person(y, ["y", "n", "b", "y", "s", "y", "q"])
    ask(None, space, 50, oracle=person, store=tmp_path / "a.sqlite")
    with AnswerStore(tmp_path / "a.sqlite") as store:
        counts, valid = store.counts(), store.answers()
    assert person.seen[1].pairs == person.seen[3].pairs  # the question of the answer that was taken back
    assert person.seen[4].pairs != person.seen[5].pairs  # the skipped one does not come again at once
    assert counts.undone == 1
    assert counts.skipped == 1
    assert len(valid) == 3
    assert all(
        (answer.values[0] == "alike") == bool(y[a] == y[b]) for answer in valid for a, b in answer.question.pairs
    )


def test_progress_is_reported_and_expects_what_is_found():
    space, y = blobs(each=25, spread=0.8)
    reported = []
    strategies = []

    def make():
        strategies.append(Guided(space))
        return strategies[-1]

    ask(None, space, 60, oracle=LabelOracle(y), strategy=make, report=reported.append)
    last = reported[-1]
    groups = strategies[-1].groups()
    inside = (groups[:, None] == groups) & ~np.eye(len(y), dtype=bool)
    assert [progress.spent for progress in reported] == list(range(1, len(reported) + 1))
    assert last.purity == pytest.approx((y[:, None] == y)[inside].mean(), abs=0.15)
    assert 0 <= last.coverage <= 1
    assert "answers" in str(last)
    assert adjusted_rand_score(y, groups) > 0.8


def test_returns_follow_the_poisson_rule():
    stopping = StoppingRule()
    assert not stopping.satisfied
    for moved in [1] * 5 + [0] * 200:
        stopping.update(moved)
    assert stopping.satisfied
    assert stopping.chance() == pytest.approx(1 - np.exp(-stopping.rate * 72))


def test_moved_samples_against_a_slow_count():
    random = np.random.default_rng(0)
    for _ in range(20):
        before, after = random.integers(0, 4, 30), random.integers(0, 3, 30)
        stay = sum(max(((before == a) & (after == b)).sum() for b in range(3)) for a in range(4))
        joined = sum(max(((before == a) & (after == b)).sum() for a in range(4)) for b in range(3))
        assert moved_samples(before, after) == 30 - min(stay, joined)
    assert moved_samples(before, before) == 0
    assert same_partition(before, before)


def test_asking_and_training_can_take_turns(tmp_path):
    """The answers to one space are told to the strategy of the next, which goes on: ask, train, embed, ask."""
    space, y = blobs(each=20, spread=2.0)
    better = Space(np.eye(4)[y] + 0.01 * np.random.default_rng(0).standard_normal((80, 4)), "euclidean")
    path = tmp_path / "a.sqlite"
    ask(None, space, 20, oracle=LabelOracle(y), store=path, patient=True)
    graph = ask(None, better, 40, oracle=LabelOracle(y), store=path, patient=True, expected=0.5)
    with AnswerStore(path) as store:
        pairs = [pair for answer in store.answers() for pair in answer.question.pairs]
    assert len(set(pairs)) == len(pairs) <= 40
    agreement = graph.diagnose(y).labels
    assert agreement.purity > 0.95
    assert agreement.coverage > 0.9


def test_who_was_not_asked_about_joins_the_expected_group():
    space, y = blobs(each=20)
    few = ask(None, space, 12, oracle=LabelOracle(y), patient=True)
    more = ask(None, space, 12, oracle=LabelOracle(y), patient=True, expected=0.5)
    assert few.diagnose(y).labels.coverage < 0.1
    assert more.diagnose(y).labels.coverage > 0.8
    assert more.diagnose(y).labels.purity > 0.95
    assert any("expected" in str(term.source) for term in more.terms)
    for bad in (0, 1.5):
        with pytest.raises(LikewiseError, match="expected is a probability"):
            ask(None, space, 12, oracle=LabelOracle(y), expected=bad)
