import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from tests.graph.reference import dense_of

from likewise.errors import LikewiseError
from likewise.graph import from_table
from likewise.keys import Keys

KEYS = Keys.of(["x", "y", "z"])


def test_pairs_by_position_count_in_both_directions():
    graph = from_table({"a": [0, 2], "b": [1, 1], "weight": [0.5, 1]}, n=3)
    assert graph.to_scipy().toarray().tolist() == [[0, 0.5, 0], [0.5, 0, 1], [0, 1, 0]]


@pytest.mark.parametrize("no", ["no", "0", "False", " different ", 0, False, 0.0])
def test_a_no_is_a_known_difference(no):
    alike, different = dense_of(from_table({"a": ["x", "x"], "b": ["y", "z"], "alike": [1, no]}, keys=KEYS))
    assert alike.nonzero()[0].tolist() == [0, 1]
    assert different.nonzero()[0].tolist() == [0, 2]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_files_and_arrow_tables(tmp_path, suffix):
    table = pa.table({"a": ["x", "y"], "b": ["y", "z"], "alike": [True, False]})
    path = tmp_path / f"pairs{suffix}"
    if suffix == ".csv":
        path.write_text("a,b,alike\nx,y,yes\ny,z,no\n")
    else:
        pa.parquet.write_table(table, path)
    for source in (path, str(path), table):
        graph = from_table(source, keys=KEYS)
        alike, different = dense_of(graph)
        assert (alike.sum(), different.sum()) == (2, 2)
        assert graph.keys == KEYS
    assert str(from_table(path, keys=KEYS).terms[0].source) == f"pairs(table=pairs{suffix})"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"a": [0]}, "needs the columns a and b, found a"),
        ({"a": [0], "b": [3]}, r"column b of the table must lie in \[0, 3\), found 3"),
        ({"a": ["x"], "b": ["w"]}, "column b of the table names 'w', which is not among"),
        ({"a": [0, 1], "b": [1]}, "differ in length"),
        ({"a": [0], "b": [1], "alike": ["maybe"]}, "row 0 of the table says alike = 'maybe': write yes or no"),
        ({"a": [0], "b": [1], "weight": [1.5]}, r"must lie in \[0, 1\]"),
        ({"a": [0], "b": [1], "weight": [np.nan]}, r"must lie in \[0, 1\]"),
        ({"a": [0], "b": [1], "weight": ["much"]}, "must be numbers"),
        ({"a": [0, 1], "b": [1, 0], "alike": ["yes", "no"]}, "both alike and different of x and y: settle it first"),
        ({"a": [2], "b": [2], "alike": ["no"]}, "both alike and different of z and z"),
        ([1, 2], "must be a file, a pyarrow table or a mapping, got list"),
    ],
)
def test_bad_tables_are_refused(table, message):
    with pytest.raises(LikewiseError, match=message):
        from_table(table, keys=KEYS)


def test_tables_without_samples_or_files_are_refused(tmp_path):
    with pytest.raises(LikewiseError, match="give n or the samples' keys"):
        from_table({"a": [0], "b": [1]})
    with pytest.raises(LikewiseError, match="holds names, but the samples have no keys"):
        from_table({"a": ["x"], "b": ["y"]}, n=3)
    with pytest.raises(LikewiseError, match="no table at"):
        from_table(tmp_path / "none.csv", n=3)
    (tmp_path / "bad.parquet").write_bytes(b"no")
    with pytest.raises(LikewiseError, match="cannot be read as Parquet"):
        from_table(tmp_path / "bad.parquet", n=3)
    (tmp_path / "bad.csv").write_text("a,b\n1\n")
    with pytest.raises(LikewiseError, match="cannot be read as CSV"):
        from_table(tmp_path / "bad.csv", n=3)
