from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from likewise.errors import LikewiseError
from likewise.evaluation import Evaluation, Interval, compare, summarise

FLOATS = st.floats(-10, 10)


def evaluations(values, seeds=None, name="knn"):
    seeds = range(len(values)) if seeds is None else seeds
    return [Evaluation({name: v}, {}, {"seed": s}) for v, s in zip(values, seeds, strict=True)]


@given(st.lists(FLOATS, min_size=2, max_size=8))
def test_interval_is_students(values):
    found = Interval.of(values)
    error = stats.sem(values)
    assert found.mean == pytest.approx(np.mean(values))
    assert found.half == pytest.approx(stats.t.ppf(0.975, len(values) - 1) * error, abs=1e-12)
    assert found.bounds == (found.mean - found.half, found.mean + found.half)


def test_intervals_cover():
    rng = np.random.default_rng(0)
    draws = rng.standard_normal((4000, 3))
    bounds = [Interval.of(row).bounds for row in draws]
    assert np.mean([low <= 0 <= high for low, high in bounds]) == pytest.approx(0.95, abs=0.012)


def test_half_widths_have_the_decimals_of_their_means():
    assert Interval(62.16, 1.023, 3).text() == "62.2 ± 1.0"
    assert Interval(0.5, 0.0123, 3).text(signed=True) == "+0.500 ± 0.012"


def test_one_seed_has_no_interval():
    one = Interval.of([0.5])
    assert math.isnan(one.half)
    assert one.text() == "0.500"
    assert one.as_json() == {"mean": 0.5, "half": None, "n": 1}


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=2, max_size=6), st.randoms())
def test_comparison_pairs_by_seed(pairs, random):
    a, b = (list(side) for side in zip(*pairs, strict=True))
    seeds = list(range(len(pairs)))
    first, second = evaluations(a), evaluations(b)
    random.shuffle(second)
    found = compare(first, second)["a - b"]["knn"]
    assert found == Interval.of([x - y for x, y in pairs])
    assert compare(second, first, names=("b", "a"))["b - a"]["knn"].mean == pytest.approx(-found.mean)
    assert summarise(evaluations(a, seeds))["mean"]["knn"] == Interval.of(a)


def test_pairing_removes_what_seeds_share():
    noise = np.array([0.0, 0.3, -0.2])
    a, b = evaluations(0.8 + noise), evaluations(0.7 + noise)
    assert compare(a, b)["a - b"]["knn"].half == pytest.approx(0, abs=1e-12)
    assert summarise(a)["mean"]["knn"].half > 0.3


def test_table():
    table = summarise({"one": evaluations([0.5, 0.7]), "other": evaluations([20.0, 22.0], name="rank")}, notes=["so"])
    assert table.cells()[0] == ["", "knn", "rank"]
    assert table.cells()[1] == ["one", "0.600 ± 1.271", "–"]
    assert table.cells()[2] == ["other", "–", "21.0 ± 12.7"]
    lines = str(table).splitlines()
    assert lines[-1] == "so"
    assert len({len(line) for line in lines[:3]}) <= 2
    assert table.markdown().splitlines()[2] == "| one | 0.600 ± 1.271 | – |"
    data = json.loads(json.dumps(table.as_json(), allow_nan=False))
    assert data["rows"]["one"]["knn"]["mean"] == pytest.approx(0.6)
    assert data["evaluations"]["one"][1]["facts"]["seed"] == 1
    with pytest.raises(LikewiseError, match="share no metric"):
        table.compare("one", "other")
    signed = summarise({"a": evaluations([0.5, 0.7]), "b": evaluations([0.4, 0.5])}).compare("a", "b")
    assert signed.cells()[1][:1] == ["a - b"]
    assert signed.cells()[1][1].startswith("+0.150")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: summarise([]), "at least one"),
        (lambda: summarise({"x": [Evaluation({"a": 1}), Evaluation({"b": 1})]}), "row 'x' needs evaluations"),
        (lambda: summarise(evaluations([1, 2], [3, 3])), "holds a seed twice"),
        (lambda: compare(evaluations([1, 2]), evaluations([1])), r"same seeds on both sides, got \[0, 1\] and \[0\]"),
        (lambda: compare(evaluations([1]), evaluations([1], [4])), r"got \[0\] and \[4\]"),
        (lambda: compare([], []), "same seeds"),
        (lambda: summarise(evaluations([1]))["rowe"], "unknown row 'rowe'"),
        (lambda: summarise(evaluations([1])).compare("mean", "x"), "unknown row 'x'"),
        (lambda: Interval.of([]), "at least one value"),
    ],
)
def test_bad_input(make, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        make()
