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
        ({"a": ["x"]}, "needs the columns a and b, found a"),
        ({"a": ["x"], "b": ["w"]}, "column b of the table names 'w', which is not among"),
        ({"a": [0], "b": [1]}, "names '0', which is not among the samples' keys: by='position' reads numbers as rows"),
        ({"a": ["x", "y"], "b": ["y"]}, "differ in length"),
        ({"a": ["x"], "b": ["y"], "alike": ["maybe"]}, "row 0 of the table says alike = 'maybe': write yes or no"),
        ({"a": ["x"], "b": ["y"], "weight": [1.5]}, r"must lie in \[0, 1\]"),
        ({"a": ["x"], "b": ["y"], "weight": [np.nan]}, r"must lie in \[0, 1\]"),
        ({"a": ["x"], "b": ["y"], "weight": ["much"]}, "'much' in column 'weight', which is no number"),
        ({"a": ["x", "y"], "b": ["y", "x"], "alike": ["yes", "no"]}, "both alike and different of x and y: settle it"),
        ({"a": ["z"], "b": ["z"], "alike": ["no"]}, "both alike and different of z and z"),
        ([1, 2], "must be a file, a table or a mapping of columns, got list"),
    ],
)
def test_bad_tables_are_refused(table, message):
    with pytest.raises(LikewiseError, match=message):
        from_table(table, keys=KEYS)


def test_numbers_are_keys_unless_positions_are_asked_for():
    keys = Keys.of(["2", "1", "0"])
    table = {"a": [0], "b": [1]}
    assert from_table(table, keys=keys).to_scipy().nonzero()[0].tolist() == [1, 2]
    assert from_table(table, keys=keys, by="key").to_scipy().nonzero()[0].tolist() == [1, 2]
    assert from_table(table, keys=keys, by="position").to_scipy().nonzero()[0].tolist() == [0, 1]
    with pytest.raises(LikewiseError, match=r"column b of the table must lie in \[0, 3\), found 3"):
        from_table({"a": [0], "b": [3]}, keys=keys, by="position")
    with pytest.raises(LikewiseError, match="must hold positions, whole numbers from 0"):
        from_table({"a": ["x"], "b": ["y"]}, keys=keys, by="position")
    with pytest.raises(LikewiseError, match="unknown choice for by 'row'"):
        from_table(table, keys=keys, by="row")


@pytest.mark.parametrize("ids", [["007", "7"], ["9007199254740993", "9007199254740992"], ["1e3", "1000"]])
def test_keys_of_digits_are_matched_as_they_are_written(tmp_path, ids):
    keys = Keys.of([*ids, "other"])
    (tmp_path / "pairs.csv").write_text(f"a,b\n{ids[0]},other\n")
    assert from_table(tmp_path / "pairs.csv", keys=keys).to_scipy().nonzero()[0].tolist() == [0, 2]


def test_tables_without_samples_or_files_are_refused(tmp_path):
    with pytest.raises(LikewiseError, match="give n or the samples' keys"):
        from_table({"a": [0], "b": [1]})
    with pytest.raises(LikewiseError, match="holds names, but the samples have no keys"):
        from_table({"a": ["x"], "b": ["y"]}, n=3)
    with pytest.raises(LikewiseError, match="there is no table at"):
        from_table(tmp_path / "none.csv", n=3)
    (tmp_path / "bad.parquet").write_bytes(b"no")
    with pytest.raises(LikewiseError, match="cannot be read as Parquet"):
        from_table(tmp_path / "bad.parquet", n=3)
    (tmp_path / "bad.csv").write_text("a,b\n1\n")
    with pytest.raises(LikewiseError, match="cannot be read as CSV"):
        from_table(tmp_path / "bad.csv", n=3)
