import numpy as np
import pytest
from scipy.special import expit, logit

from likewise.answers import Answer, Judgements, Question, Rates, estimate_errors, evidence, posterior
from likewise.errors import LikewiseError
from likewise.randomness import numpy_generator


def judged(*rows):
    """(a, b, value, who) as judgements; unticked on a grid."""
    return Judgements.of(
        Answer(Question.pair(a, b) if value != "unticked" else Question.grid(a, [b]), (value,), who)
        for a, b, value, who in rows
    )


def simulated(rates, count=3000, n=60, classes=6, seed=0):
    """Answers of people with these rates (miss, false alarm, oversight) on random pairs, pairs and grids by turns."""
    random = numpy_generator(seed, "people")
    rows = []
    for at in range(count):
        a, b = random.choice(n, 2, replace=False).tolist()
        who = sorted(rates)[at % len(rates)]
        miss, alarm, oversight = rates[who]
        grid = bool(random.random() < 0.5)
        same = a % classes == b % classes
        wrong = random.random() < (alarm if not same else oversight if grid else miss)
        no = "unticked" if grid else "different"
        question = Question.grid(a, [b]) if grid else Question.pair(a, b)
        rows.append(Answer(question, ("alike" if same != wrong else no,), who))
    return Judgements.of(rows)


def test_rates_of_known_people_are_found():
    careful, hasty = (0.01, 0.01, 0.02), (0.06, 0.02, 0.3)
    errors = estimate_errors(simulated({"careful": careful, "hasty": hasty}))
    good, bad = errors.rates("careful"), errors.rates("hasty")
    assert good.oversight < 0.1 < 0.18 < bad.oversight < 0.42
    assert good.miss < bad.miss
    assert max(good.false_alarm, good.miss, bad.false_alarm) < 0.12
    assert good.oversight < errors.rates("stranger").oversight < bad.oversight
    low, high = errors.interval("hasty")
    assert low.oversight < bad.oversight < high.oversight


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.1])
def test_fresh_errors_are_told_apart_from_cycles_alone(rate):
    found = estimate_errors(simulated({"ada": (rate,) * 3})).rates("ada")
    for name in ("miss", "false_alarm", "oversight"):
        assert rate / 2 < getattr(found, name) < 2.2 * rate, name


def test_nothing_known_is_the_prior():
    prior = Rates(0.2, 0.1, 0.3)
    for said in (judged(), judged((0, 1, "alike", "ada"), (2, 3, "different", "ada"))):
        for who in (None, "ada"):
            rates = estimate_errors(said, prior=prior).rates(who)
            assert np.allclose(list(vars(rates).values()), [0.2, 0.1, 0.3])


@pytest.mark.parametrize(
    ("rows", "rate"),
    [
        ([(0, 1, "alike", "ada"), (0, 1, "different", "ada")], ["miss", "false_alarm"]),
        ([(0, 1, "alike", "ada"), (1, 0, "different", "bob")], ["miss", "false_alarm"]),
        ([(0, 1, "alike", "ada"), (1, 2, "alike", "ada"), (0, 2, "different", "ada")], ["miss", "false_alarm"]),
        ([(0, 1, "alike", "ada"), (0, 2, "different", "ada"), (1, 2, "alike", "ada")], ["miss", "false_alarm"]),
        ([(0, 1, "alike", "ada"), (0, 1, "unticked", "bob")], ["oversight", "false_alarm"]),
    ],
)
def test_repeats_agreement_and_cycles_each_raise_the_rates_when_they_fail(rows, rate):
    failed = estimate_errors(judged(*rows)).rates()
    for name in rate:
        assert getattr(failed, name) > getattr(Rates(), name)


@pytest.mark.parametrize(
    "rows",
    [
        [(0, 1, "alike", "ada"), (0, 1, "alike", "ada")],
        [(0, 1, "alike", "ada"), (1, 0, "alike", "bob")],
        [(0, 1, "alike", "ada"), (1, 2, "alike", "ada"), (0, 2, "alike", "ada")],
    ],
)
def test_they_lower_the_rates_when_they_hold(rows):
    held = estimate_errors(judged(*rows)).rates()
    assert held.miss < Rates().miss
    assert held.oversight == pytest.approx(Rates().oversight)


def test_a_persons_repeat_is_one_trial_and_agreement_of_two_people_is_two():
    def trials(*rows):
        errors = estimate_errors(judged(*rows), strength=20)
        return float((errors.wrong + errors.right)[-1].sum()) - 60

    assert trials((0, 1, "alike", "ada"), (0, 1, "alike", "ada")) == pytest.approx(1)
    assert trials((0, 1, "alike", "ada"), (0, 1, "alike", "bob")) == pytest.approx(2)
    assert trials((0, 1, "alike", "ada"), (0, 2, "alike", "ada")) == 0


def test_one_wrong_answer_takes_the_blame_of_all_that_it_contradicts():
    chain = [(i, i + 1, "alike", "ada") for i in range(4)] + [(i, i + 1, "alike", "ada") for i in range(5, 9)]
    against = [(i, j, "different", "ada") for i in range(5) for j in range(5, 10) if i + j != 9]
    errors = estimate_errors(judged(*chain, (4, 5, "alike", "bob"), *against))
    assert errors.rates("bob").false_alarm > 2 * errors.rates("ada").miss
    assert errors.rates("ada").miss < 0.06


def test_a_failed_check_of_two_blames_both_alike():
    errors = estimate_errors(judged((0, 1, "alike", "ada"), (0, 1, "different", "bob")), strength=1e6)
    assert errors.wrong[-1] - 1e6 * np.array([0.05, 0.05, 0.1]) == pytest.approx([0.5, 0.5, 0], abs=1e-4)


def test_the_posterior_adds_the_log_odds_of_independent_answers():
    said = judged((0, 1, "alike", "ada"), (1, 0, "alike", "bob"), (0, 2, "different", "ada"), (0, 3, "unticked", "ada"))
    errors = estimate_errors(judged())
    yes, no, unticked = np.log(0.95 / 0.05), np.log(0.05 / 0.95), np.log(0.1 / 0.95)
    pairs = np.array([(0, 1), (2, 0), (0, 3), (1, 2)])
    assert evidence(pairs, said, errors) == pytest.approx([2 * yes, no, unticked, 0])
    prior = np.array([0.3, 0.9, 0.5, 0.2])
    assert posterior(pairs, prior, said, errors) == pytest.approx(
        expit(logit(prior) + np.array([2 * yes, no, unticked, 0]))
    )
    assert unticked > no  # an unticked tile is the weaker difference


def test_asking_the_same_person_again_is_no_more_evidence_and_unsure_is_none():
    errors = estimate_errors(judged())
    pair = np.array([(0, 1)])
    once = evidence(pair, judged((0, 1, "alike", "ada")), errors)
    assert evidence(pair, judged(*[(0, 1, "alike", "ada")] * 5), errors) == pytest.approx(once)
    both = [(0, 1, "alike", "ada"), (1, 0, "different", "ada"), (0, 1, "unsure", "ada")]
    assert evidence(pair, judged(*both), errors) == pytest.approx([0])
    assert evidence(pair, judged(), errors).tolist() == [0]


def test_other_pairs_across_the_same_cut_count():
    said = judged((0, 2, "alike", "ada"), (1, 3, "alike", "ada"), (1, 2, "different", "ada"), (0, 4, "alike", "ada"))
    errors = estimate_errors(judged())
    codes = np.array([0, 0, 1, 1, 2])
    one = np.log(0.95 / 0.05)
    assert evidence(np.array([(0, 3), (4, 1), (2, 4)]), said, errors, codes) == pytest.approx([one, one, 0])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Rates(miss=0), "rate of miss must lie strictly"),
        (lambda: estimate_errors(judged(), strength=0), "strength of a prior must be positive"),
        (lambda: posterior(np.array([(0, 1)]), 1.5, judged(), estimate_errors(judged())), "must lie in"),
    ],
)
def test_bad_input_is_one_sentence(call, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        call()
