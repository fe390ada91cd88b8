import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import likewise as lw
from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.sources import different, labels, pairs, same


def edges(graph):
    coo = graph.to_scipy().tocoo()
    return set(zip(coo.row.tolist(), coo.col.tolist(), strict=True))


def equal_pairs(values):
    n = len(values)
    return {(i, j) for i in range(n) for j in range(n) if i != j and values[i] is not None and values[i] == values[j]}


@given(st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=1, max_size=12))
def test_a_column_joins_equal_values_and_nobody_without_one(values):
    column = np.array(values, object)
    assert edges(same(column)) == equal_pairs(values)
    assert edges(labels(column)) == equal_pairs(values)


@pytest.mark.parametrize("unlabelled", [-1, 7])
def test_labels_leave_out_the_unlabelled(unlabelled):
    given_ = [0, 1, 0, unlabelled, 1, unlabelled, 2]
    wanted = equal_pairs([None if value == unlabelled else value for value in given_])
    assert edges(labels(given_, unlabelled=unlabelled)) == wanted
    with_nan = np.array([np.nan if value == unlabelled else value for value in given_])
    assert edges(labels(with_nan)) == wanted


@given(
    st.lists(st.one_of(st.none(), st.integers(-20, 20)), min_size=1, max_size=15),
    st.integers(0, 10),
)
def test_a_tolerance_joins_every_pair_within_it(values, tolerance):
    n = len(values)
    wanted = {
        (i, j)
        for i in range(n)
        for j in range(n)
        if i != j and None not in (values[i], values[j]) and abs(values[i] - values[j]) <= tolerance
    }
    floats = np.array([np.nan if value is None else value for value in values], float)
    assert edges(same(floats, tolerance=tolerance)) == wanted
    assert edges(same(np.array(values, object), tolerance=tolerance)) == wanted


def test_times_are_compared_in_seconds_and_missing_ones_belong_to_nobody():
    times = np.array(["2024-05-01T10:00:00.0", "2024-05-01T10:00:00.4", "NaT", "2024-05-01T10:01", "NaT"], "M8[ms]")
    assert edges(same(times, tolerance=0.5)) == {(0, 1), (1, 0)}
    assert edges(same(times, tolerance=60)) == {(0, 1), (1, 0), (0, 3), (3, 0), (1, 3), (3, 1)}
    assert edges(same(times - times[0], tolerance=0.5)) == {(0, 1), (1, 0)}


@pytest.mark.parametrize(
    ("column", "tolerance", "sentence"),
    [
        (np.array(["a", "b"]), 1, "a tolerance needs a column of numbers"),
        (np.array(["a", None], object), 1, "a tolerance needs a column of numbers"),
        (np.zeros((3, 2)), 1, r"this one holds float64 of shape \(3, 2\)"),
        (np.zeros((3, 2)), None, "one value a sample"),
        (np.arange(3), -1, "tolerance must be at least 0, got -1"),
        (np.arange(3), float("nan"), "tolerance must be at least 0, got nan"),
        (np.zeros(8000), 1, "63,992,000 pairs lie within this tolerance"),
    ],
)
def test_columns_that_cannot_be_used_are_one_clear_sentence(column, tolerance, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        same(column, tolerance=tolerance)


@pytest.mark.parametrize("form", ["csv", "parquet", "path", "table", "mapping"])
def test_pairs_are_read_from_anything_like_a_table(form, tmp_path):
    columns = {"a": ["x", "y", "x"], "b": ["y", "z", "w"], "alike": ["yes", "no", "yes"]}
    table = pa.table(columns)
    (tmp_path / "t.csv").write_text("a,b,alike\nx,y,yes\ny,z,no\nx,w,yes\n")
    pq.write_table(table, tmp_path / "t.parquet")
    source = {
        "csv": str(tmp_path / "t.csv"),
        "parquet": str(tmp_path / "t.parquet"),
        "path": tmp_path / "t.csv",
        "table": table,
        "mapping": {name: np.array(values) for name, values in columns.items()},
    }[form]
    graph = pairs(source, keys=Keys.of("wxyz"))
    assert edges(graph) == {(1, 2), (2, 1), (0, 1), (1, 0)}
    alike, different = graph.among([2], [1, 3])
    assert (alike.tolist(), different.tolist()) == ([[1.0, 0.0]], [[0.0, 1.0]])
    assert {len(term.source.fingerprint) for term in graph.terms} == {32}


def test_pairs_take_number_and_keys_of_samples():
    samples = lw.open(np.eye(4), keys=list("wxyz"))
    graph = pairs({"a": ["w"], "b": ["z"]}, samples)
    assert graph.keys == samples.keys
    assert edges(graph) == {(0, 3), (3, 0)}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"a": [0]}, "needs the columns a and b, found a"),
        (
            {"a": ["w"], "b": [1]},
            "names '1', which is not among the samples' keys: by='position' reads numbers as rows",
        ),
        ({"a": ["w"], "b": [None]}, "row 0 of column b of the table names no sample"),
        ({"a": ["q"], "b": ["w"]}, "names 'q', which is not among the samples' keys"),
        ({"a": ["w"], "b": ["x"], "alike": ["perhaps"]}, "write yes or no"),
        ({"a": ["w", "x"], "b": ["x", "w"], "alike": ["yes", "no"]}, "both alike and different of w and x"),
        ({"a": ["w"], "b": ["x"], "weight": [1.5]}, r"weights of the table must lie in \[0, 1\]"),
        ("nowhere.csv", "no table at nowhere.csv"),
    ],
)
def test_bad_tables_are_one_clear_sentence(table, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        pairs(table, keys=Keys.of("wxyz"))


def test_pairs_without_any_samples_are_refused():
    with pytest.raises(LikewiseError, match="give samples, keys or n"):
        pairs({"a": [0], "b": [1]})


def test_an_empty_cell_of_a_column_of_samples_belongs_to_nobody():
    samples = lw.open(np.eye(6), columns={"patient": ["ann", "ann", None, None, "", "bob"]})
    assert [term.codes.tolist() for term in same(samples["patient"]).terms] == [[0, 0, -1, -1, -1, -1]]
    assert labels(samples["patient"]).terms[0].codes.tolist() == [0, 0, -1, -1, -1, -1]
    assert labels(np.array(["x", "", "", "x"], object)).terms[0].codes.tolist() == [0, -1, -1, 0]


@given(
    st.lists(
        st.tuples(st.sampled_from([None, "a", "b"]), st.one_of(st.none(), st.integers(0, 12))), max_size=14, min_size=1
    ),
    st.integers(0, 4),
)
def test_near_joins_equal_values_that_are_close_in_another_column(rows, width):
    n = len(rows)
    wanted = {
        (i, j)
        for i in range(n)
        for j in range(n)
        if i != j and None not in (*rows[i], *rows[j]) and rows[i][0] == rows[j][0]
        and abs(rows[i][1] - rows[j][1]) <= width
    }  # fmt: skip
    column = np.array([row[0] for row in rows], object)
    times = np.array([np.nan if row[1] is None else row[1] for row in rows], float)
    assert edges(same(column, near=(times, width))) == wanted


def test_near_compares_large_numbers_exactly():
    start = np.datetime64("2024-05-01T10:00:00.000")
    times = start + np.array([0, 2, 5, 0, 1], "m8[s]")
    assert edges(same([1, 1, 1, 2, 2], near=(times, 2))) == {(0, 1), (1, 0), (3, 4), (4, 3)}
    unix = 1.7e9 + np.array([0.0, 0.25, 0.75])
    assert edges(same([1, 1, 1], near=(unix, 0.25))) == {(0, 1), (1, 0)}


@given(st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=1, max_size=12))
def test_who_agrees_in_a_column_can_be_known_to_differ(values):
    graph = different(np.array(values, object))
    apart = graph.among(np.arange(len(values)), np.arange(len(values)))[1].numpy() > 0
    assert {(int(i), int(j)) for i, j in zip(*np.nonzero(apart), strict=True)} == equal_pairs(values)
    assert not edges(graph)


def test_differences_veto_other_sources():
    track, frame = ["x", "x", "y", "y"], [0, 1, 0, 1]
    wrong = lw.SimilarityGraph.from_edges(4, [0, 2, 0], [2, 3, 1])
    assert edges(wrong | different(frame)) == {(2, 3), (0, 1)}
    assert edges(same(track) | different(frame)) == {(0, 1), (1, 0), (2, 3), (3, 2)}


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: same([1, 1], near=([0, 1], -1)), "a number of at least 0"),
        (lambda: same([1, 1], near=([0, 1, 2], 1)), "a column of 2 numbers or times"),
        (lambda: same([1, 1], near=(["a", "b"], 1)), "a tolerance needs a column of numbers or times"),
        (lambda: same([1, 1], tolerance=1, near=([0, 1], 1)), "leave tolerance= out"),
    ],
)
def test_bad_columns_are_refused(call, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        call()


def test_too_many_pairs_are_refused(monkeypatch):
    monkeypatch.setattr("likewise.sources.metadata.PAIR_LIMIT", 5)
    with pytest.raises(LikewiseError, match="6 pairs agree in this column, above 5"):
        different(["a"] * 3)
    with pytest.raises(LikewiseError, match="more than 5 pairs lie within near=9"):
        same(["a"] * 3, near=([0, 1, 2], 9))
