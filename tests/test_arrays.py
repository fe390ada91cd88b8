import numpy as np
import pytest
import torch

from likewise.arrays import as_ids, as_numpy, as_tensor, fingerprint, require_finite
from likewise.errors import LikewiseError


def test_fingerprints_follow_content():
    values = np.random.default_rng(0).normal(size=(50, 3))
    assert fingerprint(values) == fingerprint(values.copy()) == fingerprint(np.asfortranarray(values))
    others = [values[:-1], values.astype(np.float32), values.reshape(3, 50), values + 1e-12, "x", b"", np.array(1.0)]
    assert len({fingerprint(values), *map(fingerprint, others)}) == len(others) + 1
    assert fingerprint("ab", "c") != fingerprint("a", "bc")


@pytest.mark.parametrize("dtype", [object, np.dtypes.StringDType()])
def test_fingerprints_of_words_follow_the_words_not_their_address(dtype):
    long = "a long enough word to live on the heap " * 3
    first, second = (np.array([long + "x", "".join(["b"])], dtype) for _ in range(2))
    assert fingerprint(first) == fingerprint(second)
    assert fingerprint(first) != fingerprint(np.array([long + "y", "b"], dtype))


def test_fingerprints_of_memory_maps_and_large_arrays(tmp_path, monkeypatch):
    values = np.arange(5_000_000, dtype=np.float64)  # more than one block
    np.save(tmp_path / "x.npy", values)
    assert fingerprint(np.load(tmp_path / "x.npy", mmap_mode="r")) == fingerprint(values)
    changed = values.copy()
    changed[-1] = 0
    assert fingerprint(changed) != fingerprint(values)


@pytest.mark.parametrize("ids", [[0, 2], np.array([0, 2], np.uint8), torch.tensor([0, 2], dtype=torch.int32)])
def test_ids_become_int64(ids):
    assert as_ids(ids, 3).tolist() == [0, 2]
    assert as_ids(ids, 3).dtype == np.int64
    assert as_ids([], 0).dtype == np.int64


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([3], r"things must lie in \[0, 3\), found 3: there are 3 samples"),
        ([-1], "found -1"),
        ([0.0], "things must be whole numbers, got float64"),
        ([True], "got bool"),
    ],
)
def test_bad_ids_are_refused(ids, message):
    with pytest.raises(LikewiseError, match=message):
        as_ids(ids, 3, "things")


def test_conversions():
    tensor = torch.ones(2, requires_grad=True)
    assert as_numpy(tensor).tolist() == as_numpy([1.0, 1.0]).tolist() == [1, 1]
    values = np.zeros(3)
    as_tensor(values)[0] = 1
    assert values[0] == 1
    values.flags.writeable = False
    as_tensor(values)[1] = 1
    assert values[1] == 0
    assert as_tensor(values[::-1]).tolist() == [0, 0, 1]
    assert as_tensor(tensor) is tensor
    assert as_tensor(values, "meta").device.type == as_tensor(tensor, "meta").device.type == "meta"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("shape", [(7, 3), (7, 2, 2)])
def test_the_first_row_that_is_not_finite_is_named(bad, kind, shape, monkeypatch):
    monkeypatch.setattr("likewise.arrays.FINITE_AT_ONCE", 2)
    rows = np.zeros(shape, np.float32)
    require_finite(kind(rows), "it holds", "mend it.")
    rows[[3, 5], -1] = bad
    with pytest.raises(LikewiseError, match=r"^it holds NaN or infinity in row 13: mend it\.$"):
        require_finite(kind(rows), "it holds", "mend it.", first=10)
