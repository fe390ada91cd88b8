import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from likewise.data import open_samples
from likewise.errors import LikewiseError


@pytest.fixture
def samples():
    x = np.arange(40, dtype=np.float32).reshape(20, 2)
    patient = np.repeat(np.arange(10), 2)
    return open_samples(x, labels=["ab"[i % 2] for i in range(20)], columns={"patient": patient})


def test_read_takes_ids_of_any_shape(samples):
    ids = torch.tensor([[1, 19, 0], [2, 2, 2]])
    assert torch.equal(samples.read(ids), samples.storage[ids])
    assert samples.read([]).shape == (0, 2)
    with pytest.raises(LikewiseError, match=r"must lie in \[0, 20\), found 20"):
        samples.read([0, 20])


def test_subsets_of_subsets_keep_keys_columns_codes_and_storage(samples):
    part = samples.subset([18, 3, 5, 7]).subset(np.array([False, True, True, False]))
    assert part.ids.tolist() == [3, 5]
    assert part.keys.values.tolist() == samples.keys.values[[3, 5]].tolist()
    assert part.labels.tolist() == [1, 1]  # "b" keeps its code where "a" is absent
    assert part["patient"].tolist() == [1, 2]
    assert torch.equal(part.storage, samples.storage[[3, 5]])
    assert torch.equal(part.read([1, 0]), samples.storage[[5, 3]])
    with pytest.raises(LikewiseError, match="each once"):
        samples.subset([1, 1])


def test_content_keys_tell_equal_rows_apart():
    a = open_samples(np.array([[1.0], [2.0], [1.0], [1.0]])).keys.values.tolist()
    assert len(a[0]) == 16
    assert a[2:] == [f"{a[0]}#1", f"{a[0]}#2"]
    assert open_samples(np.array([[2.0], [1.0]])).keys.values.tolist() == [a[1], a[0]]


def test_fingerprint_follows_content_and_order(samples):
    same = open_samples(np.arange(40, dtype=np.float32).reshape(20, 2))
    assert same.fingerprint == samples.fingerprint
    assert samples.subset(np.arange(20)[::-1]).fingerprint != samples.fingerprint
    assert open_samples(np.arange(40, dtype=np.float32).reshape(10, 4)).fingerprint != samples.fingerprint


def test_labels_are_codes_with_names():
    x = np.eye(5)
    assert open_samples(x).labels is None
    numbers = open_samples(x, labels=[20, 0, -1, 20, 3], unlabelled=-1)
    assert numbers.classes == ("0", "3", "20")  # in the order of numbers
    assert numbers.labels.tolist() == [2, 0, -1, 2, 1]
    assert open_samples(x, labels=[2.0, 0, np.nan, 2, 0]).labels.tolist() == [1, 0, -1, 1, 0]
    assert open_samples(x, labels=["b", None, "a", "", "b"]).labels.tolist() == [1, -1, 0, -1, 1]
    with pytest.raises(LikewiseError, match="fractional"):
        open_samples(x, labels=[0.5, 1, 2, 3, 4])


def test_unknown_column_and_repr(samples):
    with pytest.raises(LikewiseError, match="unknown column 'patent': did you mean 'patient'"):
        samples["patent"]
    assert repr(samples).splitlines() == [
        "20 vectors of 2, in memory (0.0 MiB)",
        "  columns: patient, label (2 classes)",
    ]


@given(st.integers(10, 200), st.floats(0.1, 0.9), st.integers(0, 5), st.integers(1, 4))
def test_split_is_a_stratified_partition_and_deterministic(n, share, seed, classes):
    labels = np.random.default_rng(n).integers(0, classes, n)
    samples = open_samples(np.arange(n, dtype=np.float32)[:, None], labels=labels)
    one, two = samples.split(share, seed=seed)
    assert sorted([*one.ids, *two.ids]) == list(range(n))
    assert len(one) == round(n * share + 1e-9)
    counts = np.bincount(one.labels, minlength=classes)
    assert np.abs(counts - np.bincount(labels, minlength=classes) * len(one) / n).max() <= 2
    assert one.ids.tolist() == samples.split(share, seed=seed)[0].ids.tolist()


def test_split_sizes_seed_and_strata():
    samples = open_samples(np.arange(1000.0)[:, None], labels=np.repeat([0, 1], [900, 100]))
    parts = samples.split([0.6, 0.2, 0.2])
    assert [len(part) for part in parts] == [600, 200, 200]
    assert [int((part.labels == 1).sum()) for part in parts] == pytest.approx([60, 20, 20], abs=1)
    assert [len(part) for part in samples.split([10, 20])] == [10, 20]
    assert not np.array_equal(samples.split(0.5, seed=1)[0].ids, samples.split(0.5, seed=2)[0].ids)
    plain = {int((samples.split(0.5, stratify=False, seed=s)[0].labels == 1).sum()) for s in range(8)}
    assert plain != {50}
    for bad in ([0.7, 0.7], [600, 500], [-1, 2], [], 0.0001):
        with pytest.raises(LikewiseError):
            samples.split(bad)


@given(st.integers(0, 20))
def test_groups_stay_whole(seed):
    patients = np.random.default_rng(seed).integers(0, 25, 200)
    samples = open_samples(np.arange(200.0)[:, None], columns={"patient": patients}, labels=patients % 2)
    one, two = samples.split(0.7, group="patient", seed=seed)
    assert not set(one["patient"]) & set(two["patient"])
    assert len(one) + len(two) == 200
    assert abs(len(one) - 140) <= np.bincount(patients).max() / 2
    assert abs(one.labels.mean() - samples.labels.mean()) < 0.2


def test_too_few_groups(samples):
    with pytest.raises(LikewiseError, match="1 groups cannot fill parts"):
        samples.split(0.5, group=np.zeros(20))


def test_labels_in_classes_of_others():
    samples = open_samples(np.eye(4), labels=["dog", "", "cat", "dog"])
    assert samples.labels_in(("ant", "cat", "dog")).tolist() == [2, -1, 1, 2]
    with pytest.raises(LikewiseError, match="'cat'"):
        samples.labels_in(("ant", "dog"))
    with pytest.raises(LikewiseError, match="no labels"):
        open_samples(np.eye(4)).labels_in(("ant",))


def pictures_twice():
    once = np.random.default_rng(0).integers(0, 256, (30, 6, 6, 3), dtype=np.uint8)
    return np.concatenate([once, once])


def contents(samples):
    return {row.tobytes() for row in samples.read(np.arange(len(samples))).numpy()}


def test_copies_are_said_and_kept_on_one_side():
    samples = open_samples(pictures_twice(), labels=np.arange(60) % 30 % 3)
    assert samples.copies.tolist() == [*range(30)] * 2
    assert samples.notes[-1].startswith("30 images are exact copies of others; split keeps copies on one side")
    for seed in range(3):
        parts = samples.split([0.5, 0.25, 0.25], seed=seed)
        assert sum(map(len, parts)) == 60
        assert sum(len(contents(part)) for part in parts) == 30
        inner = parts[0].split(0.5, seed=seed)  # a subset knows of them, too
        assert not contents(inner[0]) & contents(inner[1])
    apart = samples.split(0.5, copies="anywhere")
    assert contents(apart[0]) & contents(apart[1])
    with pytest.raises(LikewiseError, match="unknown choice for copies"):
        samples.split(0.5, copies="apart")


def test_copies_yield_to_groups_and_to_parts_that_would_stay_empty():
    samples = open_samples(pictures_twice(), columns={"day": np.arange(60) // 30})
    assert [set(part["day"]) for part in samples.split(0.5, group="day")] in ([{0}, {1}], [{1}, {0}])
    same = open_samples(np.zeros((10, 4, 4), np.uint8))
    assert [len(part) for part in same.split(0.8)] == [8, 2]


def test_equal_rows_of_a_table_are_no_copies():
    samples = open_samples(np.repeat(np.eye(3), 4, 0))
    assert not samples.has_copies
    assert [len(part) for part in samples.split(0.5)] == [6, 6]
