"""What a check of samples finds, and what it leaves alone."""

import json

import numpy as np
import pyarrow as pa
import pytest

import likewise as lw
from likewise.data.leakage import follows_order, label_accuracy
from likewise.errors import LikewiseError

rng = np.random.default_rng(0)
N = 200
LABELS = np.array(["cat", "dog", "elk"])[rng.integers(0, 3, N)]


def kinds(columns, **options):
    found = lw.check(lw.open(pa.table({"width": rng.random(N), "height": rng.random(N), **columns}), **options))
    return {(finding.kind, finding.column) for finding in found.findings}


def test_ordinary_samples_ask_for_nothing():
    site = np.array(["north", "south"])[rng.integers(0, 2, N)]
    assert kinds({"label": LABELS, "site": site}) == set()
    assert lw.check(lw.open(rng.random((N, 3)), labels=LABELS)).findings == ()
    assert lw.check(lw.open(rng.integers(0, 256, (5, 8, 8), dtype=np.uint8))).findings == ()


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"same": np.full(N, 3.5)}, ("constant", "same")),
        ({"time": np.arange(N) * 0.5}, ("follows the order", "time")),
        ({"time": -np.arange(N) * 0.5}, ("follows the order", "time")),
        ({"code": (LABELS == "cat") * 2.0 + (LABELS == "dog") * 5 + rng.random(N)}, ("tells the label", "code")),
        ({"place": np.char.add("of ", LABELS)}, ("tells the label", "place")),
        ({"age": np.where(np.arange(N) % 40 == 0, -999, rng.normal(40, 5, N))}, ("far value", "age")),
        ({"site": ["x"] * 150 + [None] * 50}, ("missing", "site")),
    ],
)
def test_what_asks_for_a_look(columns, found):
    assert kinds({"label": LABELS, **columns}) == {found}


def test_classes_and_what_was_read():
    labels = ["a"] * 120 + ["b"] * 70 + ["c"] + [None] * 9
    samples = lw.open(pa.table({"id": np.arange(N), "width": rng.random(N), "label": labels}))
    found = lw.check(samples)
    assert (found.classes, found.unlabelled) == ({"a": 120, "b": 70, "c": 1}, 9)
    assert found.columns == {"id": {"holds": "numbers", "distinct": N, "missing": 0}}
    assert found.notes == samples.notes
    assert [finding.text for finding in found.findings] == ["classes of a single sample: c"]
    assert json.loads(json.dumps(found.as_json()))["features"] == ["width"]
    shown = str(found)
    for part in ("200 of kind vector, 1", "features  width", "id (numbers, 200 values)", "a (120), b (70)", "9 unla"):
        assert part in shown
    assert "all labels are 'x'" in str(lw.check(lw.open(rng.random((30, 2)), labels=["x"] * 30)))


def test_many_findings_stay_on_one_screen():
    found = lw.check(lw.open(np.ones((30, 200))))
    assert len(found.findings) == 200
    assert len(str(found).splitlines()) < 24
    assert "and 184 more" in str(found)


def test_a_column_label_accuracy_labels_by_other_rows_alone():
    assert label_accuracy(np.arange(N), np.arange(N) % 2, names=True) == 0  # each row has a value of its own
    assert label_accuracy(rng.random(N), rng.integers(0, 2, N), names=False) < 0.7
    assert label_accuracy(np.repeat(["a", "b"], 20), np.repeat([0, 1], 20), names=True) == 1
    assert label_accuracy(np.repeat(["a", ""], 20), np.repeat([0, 1], 20), names=True) == 0  # one class is left
    assert not follows_order(np.repeat([0, 1], 50))


def test_only_samples_are_checked():
    with pytest.raises(LikewiseError, match="this needs samples, got a ndarray"):
        lw.check(np.eye(3))
