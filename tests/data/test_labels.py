"""Labels may be any values; what is missing is none; codes are dense."""

import numpy as np
import pytest

import likewise as lw
from likewise.errors import LikewiseError


@pytest.mark.parametrize(
    ("labels", "classes", "codes"),
    [
        ([-1, 1, -1, 1], ("-1", "1"), [0, 1, 0, 1]),
        ([1, 2, 3, 1], ("1", "2", "3"), [0, 1, 2, 0]),
        ([10, 3000, 20, 10], ("10", "20", "3000"), [0, 2, 1, 0]),
        ([1.0, np.nan, 0.0, 1.0], ("0", "1"), [1, -1, 0, 1]),
        ([0.5, 0.5, 1.5, 1.5], ("0.5", "1.5"), [0, 0, 1, 1]),
        ([True, False, True, False], ("False", "True"), [1, 0, 1, 0]),
        (["b", "NA", None, "a"], ("a", "b"), [1, -1, -1, 0]),
        (["b", " ", "nan", "a"], ("a", "b"), [1, -1, -1, 0]),
        ([2, None, "x", 2], ("2", "x"), [0, -1, 1, 0]),
        (["NaN"] * 4, (), [-1] * 4),
    ],
)
def test_any_values(labels, classes, codes):
    samples = lw.open(np.eye(4), labels=labels)
    assert (samples.classes, samples.labels.tolist()) == (classes, codes)
    assert samples.subset([3]).labels.tolist() == codes[3:]


@pytest.mark.parametrize(
    ("labels", "none"), [([-1, 0, 1, -1], -1), (["?", "a", "b", "?"], "?"), ([9, 0, 1, 8], [8, 9])]
)
def test_what_is_named_as_unlabelled(labels, none):
    samples = lw.open(np.eye(4), labels=labels, unlabelled=none)
    assert samples.labels.tolist() == [-1, 0, 1, -1]
    assert samples.notes == ()


def test_doubts_are_said_once():
    assert lw.open(np.eye(4), labels=[-1, 0, 1, -1]).notes == (
        "-1 is a class of 2 samples; unlabelled=-1 makes it no label",
    )
    near = lw.open(np.eye(5), labels=["cat", "cat ", "Cat", "dog", "dog"]).notes
    assert near == ("classes whose names differ by case or blanks alone: 'Cat' and 'cat' and 'cat '",)
    assert lw.open(np.eye(4), labels=["cat", "cats", "dog", "dog"]).notes == ()


def test_the_graph_of_labels_takes_codes_and_says_what_it_makes_of_minus_one():
    assert lw.labels([0, 1, 0, -1, -1]).to_scipy().nnz == 2
    assert lw.labels([1, 1, -1, -1], unlabelled=-1).to_scipy().nnz == 2
    with pytest.warns(UserWarning, match="the labels -1 and 1 are two classes; unlabelled=-1"):
        assert lw.labels([1, 1, -1, -1]).to_scipy().nnz == 4
    assert lw.labels(["NA", "NA", "x", "x", "", ""]).to_scipy().nnz == 2


def test_measurements_are_no_labels():
    with pytest.raises(LikewiseError, match="labels must be classes, but they are fractional numbers"):
        lw.open(np.eye(4), labels=[0.5, 1, 1.5, 2])
