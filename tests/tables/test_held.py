"""Tables in memory: of pandas, of what has Arrow's or the dataframe interface, mappings and structured arrays."""

import numpy as np
import pyarrow as pa
import pytest
import scipy.sparse

import likewise as lw
from likewise.errors import LikewiseError

COLUMNS = {"key": ["003", "001", "002"], "a": [0.5, 1.5, 2.5], "site": ["x", None, "z"]}


class Streams:
    """All that is known of it is Arrow's interface, as of a table of polars."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


class Interchanges:
    """All that is known of it is the dataframe interface."""

    def __init__(self, table):
        self.table = table

    def __dataframe__(self, **options):
        return self.table.__dataframe__(**options)


def frame_of_pandas(columns):
    return pytest.importorskip("pandas").DataFrame(columns)


FORMS = {
    "pandas": frame_of_pandas,
    "pyarrow": pa.table,
    "record batch": pa.RecordBatch.from_pydict,
    "stream": lambda columns: Streams(pa.table(columns)),
    "interchange": lambda columns: Interchanges(pa.table(columns)),
    "mapping": dict,
    "arrays": lambda columns: {name: np.array(values, dtype=object) for name, values in columns.items()},
    "structured": lambda columns: np.array(
        list(zip(*columns.values(), strict=True)),
        dtype=[(name, ">f8" if isinstance(values[0], float) else "O") for name, values in columns.items()],
    ),
}


@pytest.fixture(params=FORMS)
def form(request):
    return FORMS[request.param]


def test_as_samples(form):
    samples = lw.open(form(COLUMNS))
    assert samples.keys.values.tolist() == COLUMNS["key"]
    assert samples.storage[:, 0].tolist() == COLUMNS["a"]
    assert samples["site"].tolist() == ["x", "", "z"]


def test_as_metadata(form):
    table = form(COLUMNS)
    if isinstance(table, dict):
        table = form({name: [values[row] for row in (1, 2, 0)] for name, values in COLUMNS.items()})
    samples = lw.open(np.eye(3), keys=["001", "002", "003"], columns=table)
    assert samples["site"].tolist() == ["", "z", "x"]
    assert samples["a"].tolist() == [1.5, 2.5, 0.5]


def test_as_pairs_and_spaces(form):
    graph = lw.pairs(form({"a": ["001"], "b": ["003"], "key": ["x"], "site": ["y"]}), keys=lw.Keys.of(["003", "001"]))
    assert graph.to_scipy().nonzero()[0].tolist() == [0, 1]
    if not isinstance(form(COLUMNS), dict):
        assert lw.Space(form(COLUMNS)).array.tolist() == [[0.5], [1.5], [2.5]]


def test_metadata_without_a_key_has_a_row_for_each_sample():
    table = pa.table({"site": ["x", "y"]})
    assert lw.open(np.eye(2), columns=table)["site"].tolist() == ["x", "y"]
    with pytest.raises(LikewiseError, match=r"'site' has the shape \[2\], but there are 3 samples"):
        lw.open(np.eye(3), columns=table)
    with pytest.raises(LikewiseError, match="columns= takes a mapping, a file or a table, got a int"):
        lw.open(np.eye(3), columns=3)


def test_an_index_without_a_name_joins_metadata_where_it_holds_the_keys(tmp_path):
    table = pytest.importorskip("pandas").DataFrame({"site": ["x", "y", "z"]}, index=["002", "001", "003"])
    table.to_csv(tmp_path / "t.csv")
    for columns in (table, tmp_path / "t.csv"):
        assert lw.open(np.eye(2), keys=["001", "003"], columns=columns)["site"].tolist() == ["y", "z"]
    assert lw.open(np.eye(3), columns=table)["site"].tolist() == ["x", "y", "z"]


def test_tables_of_pandas_as_they_come():
    pd = pytest.importorskip("pandas")
    table = pd.DataFrame(
        {
            "n": pd.array([1, None, 3], dtype="Int64"),
            "kind": pd.Categorical(["x", "y", None]),
            "mixed": [1, "b", None],
            "day": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
            0: [0.5, 1.5, 2.5],
        },
        index=[7, 5, 9],
    )
    samples = lw.open(table, exclude="n")
    assert samples.features == ("0",)
    assert samples["kind"].tolist() == ["x", "y", ""]
    assert samples["mixed"].tolist() == ["1", "b", ""]
    assert np.isnat(samples["day"]).tolist() == [False, True, False]
    assert lw.open(table.set_index("mixed").iloc[:2], exclude="n", keys="mixed").keys.values.tolist() == ["1", "b"]
    with pytest.raises(LikewiseError, match="row 1 of the table has NaN, infinity or nothing in column 'n'"):
        lw.open(table)
    with pytest.raises(LikewiseError, match="the table has the column 'a' twice"):
        lw.open(pd.DataFrame([[1.5, 2.5], [3.5, 4.5]], columns=["a", "a"]))
    assert lw.open(np.eye(3), labels=table["kind"], keys=table["n"].fillna(2)).labels.tolist() == [0, 1, -1]


@pytest.mark.parametrize("make", [list, tuple, pa.array, lambda texts: np.array(texts, dtype=object)])
def test_texts(make):
    samples = lw.open(make(["a cat", "a dog", "a cat again"]))
    assert (samples.kind, samples["text"].tolist()) == ("text", ["a cat", "a dog", "a cat again"])


@pytest.mark.parametrize("make", [scipy.sparse.csr_matrix, scipy.sparse.coo_array, scipy.sparse.csc_array])
def test_sparse_matrices(make):
    x = np.diag([1.0, 2, 3, 4])
    assert lw.open(make(x)).storage.tolist() == x.tolist()
    assert lw.Space(make(x)).array.tolist() == x.tolist()
    assert lw.neighbors(make(x), 1).n == 4


def test_a_sparse_matrix_that_would_fill_the_memory_is_refused():
    huge = scipy.sparse.csr_matrix((1 << 20, 1 << 20))
    for take in (lw.open, lw.Space):
        with pytest.raises(LikewiseError, match=r"would take 8192\.0 GiB as an array: reduce it first"):
            take(huge)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: np.asfortranarray(x),
        lambda x: x[::-1][::-1],
        lambda x: x[:, ::-1][:, ::-1],
        lambda x: x.astype(">f8"),
        lambda x: x.astype(np.float16),
        lambda x: x.astype(np.longdouble),
        lambda x: x.astype(object),
        lambda x: x.astype(">u2"),
        lambda x: np.ma.masked_array(x, mask=np.zeros(x.shape, bool)),
        lambda x: np.repeat(x, 2, axis=0)[::2],
    ],
)
def test_arrays_of_any_layout_and_type(change):
    x = np.arange(12.0).reshape(4, 3)
    assert lw.open(change(x)).storage.tolist() == x.tolist()


def test_what_is_masked_is_missing():
    with pytest.raises(LikewiseError, match="row 1 has NaN"):
        lw.open(np.ma.masked_array(np.eye(3, dtype=int), mask=np.eye(3, k=-1, dtype=bool)))
