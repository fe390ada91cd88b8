from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.search import nearest
from likewise.space import Space


@pytest.fixture
def x():
    return np.random.default_rng(0).standard_normal((60, 4)).astype(np.float32)


def test_of_takes_arrays_tensors_and_spaces(x):
    space = Space.of(x)
    assert (space.n, space.d, space.metric, repr(space)) == (60, 4, "cosine", "Space('space', 60 x 4, cosine)")
    assert Space.of(space) is space
    np.testing.assert_array_equal(Space.of(torch.from_numpy(x)).array, x)
    assert Space.of(torch.from_numpy(x).bfloat16()).array.dtype == np.float32
    assert Space.of(np.arange(6).reshape(3, 2)).array.dtype == np.float32
    assert Space(x.astype(np.float16)).array.dtype == np.float16


def test_fingerprint_is_of_content_and_metric(x):
    space = Space(x, name="a", info={"k": 1})
    assert space.fingerprint == Space(x.copy()).fingerprint
    assert space.fingerprint != replace(space, metric="euclidean").fingerprint
    assert space.fingerprint != Space(x + 1).fingerprint


def test_normalized_and_rank(x):
    x[3] = 0
    space = Space(x)
    norms = np.linalg.norm(space.normalized, axis=1)
    np.testing.assert_allclose(norms, np.arange(60) != 3, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("keys", [None, Keys.of(f"bild/{i}ü" for i in range(60))])
def test_saving_returns_the_same(x, keys, dtype, tmp_path):
    space = Space(x.astype(dtype), "euclidean", "prior", keys, {"seconds": 1.5, "size": [3, 4]})
    again = Space.load(space.save(tmp_path / "new" / "a.npz"))
    assert (again.metric, again.name, again.keys, again.info) == ("euclidean", "prior", keys, space.info)
    np.testing.assert_array_equal(again.array, space.array)
    assert again.array.dtype == dtype
    assert again.fingerprint == space.fingerprint
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["a.npz"]


def test_load_refuses_strangers(x, tmp_path):
    np.save(tmp_path / "a.npy", x)
    np.savez(tmp_path / "b.npz", array=np.array([{"a": 1}], dtype=object), space=np.zeros(3, np.uint8))
    np.savez(tmp_path / "c.npz", other=x)
    (tmp_path / "d.npz").write_bytes(b"PK not really")
    (tmp_path / "e.npz").write_bytes(Space(x).save(tmp_path / "good.npz").read_bytes()[:300])
    for name in ("a.npy", "b.npz", "c.npz", "d.npz", "e.npz"):
        with pytest.raises(LikewiseError, match=f"{name} is not a space that likewise saved"):
            Space.load(tmp_path / name)
    with pytest.raises(LikewiseError, match="there is no file"):
        Space.load(tmp_path / "none.npz")


def test_load_notices_damage_and_later_formats(x, tmp_path, monkeypatch):
    path = Space(x).save(tmp_path / "a.npz")
    with np.load(path) as file:
        parts = dict(file)
    np.savez(tmp_path / "b.npz", array=parts["array"] + 1, space=parts["space"])
    with pytest.raises(LikewiseError, match="does not match its fingerprint"):
        Space.load(tmp_path / "b.npz")
    monkeypatch.setattr("likewise.space.FORMAT", 2)
    with pytest.raises(LikewiseError, match="format 1, this version of likewise reads 2"):
        Space.load(path)


def test_search_compares_by_the_spaces_metric(x):
    for metric in ("cosine", "euclidean"):
        assert nearest(Space(x, metric), k=2).report["metric"] == metric


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda x: Space(x, "cosin"), "did you mean 'cosine'"),
        (lambda x: Space(x[0]), r"numbers \[n, d\]"),
        (lambda x: Space(np.array([["a"]])), "must hold numbers"),
        (lambda x: Space(x, keys=Keys.of("ab")), "60 rows and 2 keys"),
        (lambda x: Space(np.where(np.arange(60)[:, None] == 7, np.nan, x)), "NaN or infinity in row 7"),
    ],
)
def test_bad_input(make, sentence, x):
    with pytest.raises(LikewiseError, match=sentence):
        make(x)


def test_blank_rows_are_those_without_a_direction(x):
    holed = np.where(np.arange(60)[:, None] == 7, 0, x)
    assert np.flatnonzero(Space(holed).blank).tolist() == [7]
    assert not Space(holed, "euclidean").blank.any()


def test_a_space_of_an_array_is_compared_as_asked(x):
    assert Space.of(x).metric == "cosine"
    assert Space.of(torch.from_numpy(x), "euclidean").metric == "euclidean"
    mine = Space(x, "euclidean", "mine")
    assert Space.of(mine) is mine
    assert (Space.of(mine, "cosine").metric, Space.of(mine, "cosine").name) == ("cosine", "mine")


def test_rows_far_from_the_origin_are_compared_where_they_differ():
    x = 1.7e9 + np.arange(50.0)[:, None]
    np.testing.assert_allclose(np.diff(Space(x, "euclidean").compared[:, 0]), 1)
    assert Space(x.astype(np.int64)).array.dtype == np.float64
    assert Space(np.arange(50)[:, None]).array.dtype == np.float32
    narrow = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    assert Space(narrow, "euclidean").compared is narrow
    space = Space(narrow, "cosine")
    assert space.compared is space.normalized
