from __future__ import annotations

import numpy as np
import pytest

import likewise as lw
from likewise.errors import LikewiseError
from likewise.evaluation import Protocol


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [150, 50])
    return lw.open(rng.standard_normal((200, 3)), labels=y, columns={"patient": np.arange(200) // 4})


def ids(*parts):
    return [set(part.ids.tolist()) for part in parts]


@pytest.mark.parametrize("group", [None, "patient", "array"])
def test_parts_are_disjoint_and_whole(samples, group):
    by = samples["patient"] if group == "array" else group
    protocol = Protocol.split(samples, validation=0.25, test=0.1, group=by, seed=3)
    development, test = protocol.final(lambda *parts: parts)
    train, validation, rest, held = ids(protocol.train, protocol.validation, development, test)
    assert train | validation == rest
    assert not train & validation
    assert not rest & held
    assert rest | held == set(range(200))
    assert (len(validation), len(held)) == (pytest.approx(50, abs=4), pytest.approx(20, abs=4))
    if group is not None:
        patients = [{i // 4 for i in part} for part in (train, validation, held)]
        assert not patients[0] & patients[1] | patients[0] & patients[2] | patients[1] & patients[2]


def test_labels_are_spread_evenly(samples):
    protocol = Protocol.split(samples)
    for part in (protocol.train, protocol.validation, protocol.development):
        assert part.labels.mean() == pytest.approx(0.25, abs=0.02)


def test_a_part_of_samples_can_be_split(samples):
    half = samples.subset(np.arange(100, 200)[::-1])
    protocol = Protocol.split(half)
    parts = ids(protocol.development, protocol.final(lambda _, test: test))
    assert parts[0] | parts[1] == set(range(100, 200))
    assert len(protocol.development) == 80


def test_equal_seeds_give_equal_parts(samples):
    first, again, other = (ids(Protocol.split(samples, seed=seed).train) for seed in (0, 0, 1))
    assert first == again != other


def test_tuning_sees_no_test_sample(samples):
    protocol = Protocol.split(samples)
    seen = []

    def score(candidate, train, validation):
        seen.extend(ids(train, validation))
        return -abs(candidate - 2)

    assert protocol.tune({"one": 1, "two": 2, "again": 2}, score) == ("two", {"one": -1, "two": 0, "again": 0})
    test = protocol.final(lambda _, test: ids(test)[0])
    assert all(not part & test for part in seen)


def test_the_test_part_comes_out_once(samples):
    protocol = Protocol.split(samples)
    assert "not used yet" in repr(protocol)
    with pytest.raises(ZeroDivisionError):
        protocol.final(lambda *_: 1 / 0)
    assert protocol.final(lambda development, test: len(development) + len(test), note="table 1") == 200
    assert "40 test; test used: table 1" in repr(protocol)
    with pytest.raises(LikewiseError, match=r"already used \(table 1\)"):
        protocol.final(lambda *_: None)


def test_bad_input(samples):
    with pytest.raises(LikewiseError, match="shares with a rest"):
        Protocol.split(samples, validation=0.5, test=0.5)
    with pytest.raises(LikewiseError, match="no candidates"):
        Protocol.split(samples).tune({}, lambda *_: 1.0)
    with pytest.raises(LikewiseError, match="'a' scored NaN"):
        Protocol.split(samples).tune({"b": 0, "a": 1}, lambda c, *_: np.nan if c else 1.0)
