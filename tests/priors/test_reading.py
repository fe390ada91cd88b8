from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.priors import from_file
from likewise.space import Space

X = np.random.default_rng(0).standard_normal((6, 3)).astype(np.float32)
NAMES = list("abcdef")


@pytest.fixture
def samples():
    return open_samples(np.eye(6), keys=NAMES)


def table(order=range(6)):
    values = {f"e{i}": X[list(order), i] for i in range(3)}
    return pa.table({"key": [NAMES[i] for i in order], "note": ["x"] * len(list(order)), **values})


def test_every_format_gives_the_same_rows(tmp_path, samples):
    np.save(tmp_path / "a.npy", X)
    np.savez(tmp_path / "b.npz", X)
    Space(X, "euclidean").save(tmp_path / "c.npz")
    parquet.write_table(table(), tmp_path / "d.parquet")
    csv.write_csv(table([3, 1, 0, 5, 4, 2]), tmp_path / "e.csv")
    np.savetxt(tmp_path / "f.csv", X, delimiter=",")
    parquet.write_table(pa.table({"embedding": list(X)}), tmp_path / "g.parquet")
    for file in sorted(tmp_path.iterdir()):
        space = from_file(file, samples)
        np.testing.assert_allclose(space.array, X, rtol=1e-6)
        assert space.keys == samples.keys
        assert space.metric == ("euclidean" if file.name == "c.npz" else "cosine")


def test_without_samples_rows_keep_their_order(tmp_path):
    np.save(tmp_path / "a.npy", X)
    assert from_file(tmp_path / "a.npy", metric="euclidean").keys is None
    csv.write_csv(table([3, 1]), tmp_path / "e.csv")
    assert from_file(tmp_path / "e.csv").keys.values.tolist() == ["d", "b"]


def test_bad_files(tmp_path, samples):
    np.save(tmp_path / "short.npy", X[:4])
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object))
    np.savez(tmp_path / "two.npz", a=X, b=X)
    np.savez(tmp_path / "objects.npz", a=np.array([{}], dtype=object))
    (tmp_path / "no.npz").write_bytes(b"nothing")
    (tmp_path / "no.parquet").write_bytes(b"nothing")
    (tmp_path / "x.txt").touch()
    csv.write_csv(table([0, 1, 2]), tmp_path / "lost.csv")
    csv.write_csv(pa.table({"a": ["x"], "b": ["y"]}), tmp_path / "words.csv")
    parquet.write_table(pa.table({"e": [[1.0], [1.0, 2.0]]}), tmp_path / "ragged.parquet")
    sentences = {
        "short.npy": "4 rows and there are 6 samples",
        "objects.npy": "pickled objects are not opened",
        "two.npz": r"holds 2 arrays \(a, b\)",
        "objects.npz": "pickled objects",
        "no.npz": "not a numpy archive",
        "no.parquet": "cannot be read",
        "x.txt": "unknown ending",
        "lost.csv": "no row for 3 samples; the first is 'd'",
        "words.csv": "no number columns",
        "ragged.parquet": "differ in length",
        "none.npy": "there is no file",
    }
    for name, sentence in sentences.items():
        with pytest.raises(LikewiseError, match=sentence):
            from_file(tmp_path / name, samples)
