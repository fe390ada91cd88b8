"""Abilities are stated: wrapped strategies do all that ours do, and what is missing is said."""

import numpy as np
import pytest
from tests.active.cases import STRATEGIES, WRAPPERS, blobs

from likewise.active import Abilities, LabelOracle, RandomPairs, ask
from likewise.answers import AnswerStore
from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.testing import check_strategy

ABLE = {
    "ours": {"membership", "quality", "screens", "copy"},
    "ours, on grids": {"membership", "quality", "screens", "copy"},
    "ward": set(),
    "cobras": set(),
}


def asked(path, name, wrap):
    """All that a person sees of asking: the answers, the graph, the reports."""
    space, y = blobs(each=12, spread=1.0)
    reports = []
    expected = 0.5 if name.startswith("ours") else None
    options = {"store": path, "report": reports.append, "batch": 3, "patient": True, "expected": expected}
    oracle = LabelOracle(y, error=0.1)
    graph = ask(None, space, 40, oracle=oracle, strategy=lambda: wrap(STRATEGIES[name](space, y, 0)), **options)
    with AnswerStore(path, Keys.of(range(space.n))) as store:
        answers = [(answer.question.pairs, answer.question.strategy, answer.values) for answer in store.answers()]
    return answers, graph, reports


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("name", STRATEGIES)
def test_a_wrapped_strategy_asks_finds_and_reports_the_same(name, wrapper, tmp_path):
    plain, wrapped = (asked(tmp_path / wrap.__name__, name, wrap) for wrap in (lambda made: made, wrapper))
    assert plain[0] == wrapped[0]
    assert np.array_equal(plain[1].to_scipy().toarray(), wrapped[1].to_scipy().toarray())
    assert str(plain[1]) == str(wrapped[1])
    assert plain[2] == wrapped[2]
    assert all((report.purity is not None) == name.startswith("ours") for report in wrapped[2])


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("name", ["ours", "ours, on grids", "random", "ward"])
def test_a_wrapped_strategy_keeps_the_rules(name, wrapper):
    check_strategy(lambda space, y, seed: wrapper(STRATEGIES[name](space, y, seed)))


@pytest.mark.parametrize("name", STRATEGIES)
def test_each_states_what_it_can(name):
    space, y = blobs()
    stated = vars(STRATEGIES[name](space, y, 0).abilities)
    assert {ability for ability, given in stated.items() if given is not None} == ABLE.get(name, {"copy"})


def test_without_membership_there_are_no_expected_groups_which_is_said_before_anything_is_asked():
    space, _ = blobs()

    class Oracle:
        def ask(self, question):
            pytest.fail("it was asked")

    for strategy in ("random", lambda: RandomPairs(space)):
        with pytest.raises(LikewiseError, match="'random' gives no membership probabilities, so expected= cannot"):
            ask(None, space, 5, oracle=Oracle(), strategy=strategy, expected=0.5)


def test_what_is_no_strategy_is_told_what_it_lacks():
    space, y = blobs()

    class Old:
        name = "old"

        def next(self, n=1):
            return []

        def tell(self, answers):
            pass

    with pytest.raises(LikewiseError, match="Old is no strategy, for it has no groups and no abilities: give it name"):
        ask(None, space, 5, oracle=LabelOracle(y), strategy=Old)


def test_nothing_is_the_least_that_can_be_stated():
    assert not any(vars(Abilities()).values())
