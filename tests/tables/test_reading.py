"""What tables in files are read as, what is said of a guess, and which sentence a table that cannot be read gets."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from likewise.errors import LikewiseError
from likewise.tables import is_table_path, read_frame


@pytest.fixture
def written(tmp_path):
    def write(text, encoding="utf-8", name="t.csv"):
        (tmp_path / name).write_bytes(text.encode(encoding))
        return tmp_path / name

    return write


def test_cells_are_text_until_somebody_asks_for_numbers(written):
    frame = read_frame(written("id,zip,big,n,gap\n1,01067,9007199254740993,1,7\n2,20095,9007199254740992,2.5,\n"))
    assert frame.text("zip").tolist() == ["01067", "20095"]
    assert frame.values("zip").tolist() == ["01067", "20095"]
    assert frame.values("big").tolist() == ["9007199254740993", "9007199254740992"]
    assert frame.values("n").tolist() == [1, 2.5]
    assert frame.text("gap").tolist() == ["7", None]
    np.testing.assert_array_equal(frame.values("gap"), [7, np.nan])
    assert frame.values("zip", "number").tolist() == [1067, 20095]
    assert frame.values("n", "text").tolist() == ["1", "2.5"]


@pytest.mark.parametrize("word", ["", "NA", "N/A", "NaN", "nan", "null", "None", "NaT", " NA ", "<NA>", "-99"])
def test_missing_is_one_notion(written, word):
    frame = read_frame(written(f"a,b,c,d\n1,x,2020-01-01,-5\n{word},{word},{word},-4\n"), missing=[-99])
    np.testing.assert_array_equal(frame.values("a"), [1, np.nan])
    assert frame.values("b").tolist() == ["x", None]
    assert np.isnat(frame.values("c")).tolist() == [False, True]
    assert frame.values("d").tolist() == [-5, -4]


def test_numbers_that_mean_missing_in_typed_columns(tmp_path):
    table = pa.table({"a": [1, -99], "b": [-99.0, 2.5], "c": [None, 9007199254740993], "d": ["NA", "x"]})
    parquet.write_table(table, tmp_path / "t.parquet")
    frame = read_frame(tmp_path / "t.parquet", missing=-99)
    np.testing.assert_array_equal(frame.values("a"), [1, np.nan])
    np.testing.assert_array_equal(frame.values("b"), [np.nan, 2.5])
    assert frame.values("c").tolist() == frame.text("c").tolist() == [None, "9007199254740993"]
    assert frame.values("d").tolist() == [None, "x"]


def test_a_cell_may_hold_more_than_a_block(written):
    long = "line\n" * 2_000_000
    frame = read_frame(written(f'a,text\n1,"{long}"\n2,short\n'))
    assert (len(frame), frame.text("text")[0] == long, frame.text("text")[1]) == (2, True, "short")


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [
        ("5.1,3.5,1.4,rose\n4.9,3.0,1.4,lily\n", ["f0", "f1", "f2", "f3"], 2),
        ("1.5\n2.5\n", ["f0"], 2),
        ("0,1,2\n.5,.4,.3\n", ["0", "1", "2"], 1),
        (",0,1\n0,.5,.4\n", ["column 0", "0", "1"], 1),
        ("country,1990,1991,1992\nx,1,2,3\n", ["country", "1990", "1991", "1992"], 1),
        ("a , b\n1,2\n", ["a", "b"], 1),
        ("a;b;c\n1,5;2,5;3,5\n", ["a", "b", "c"], 1),
        ("1,5;2,5;3,7\n2,5;3,5;3,5\n", ["f0", "f1", "f2"], 2),
        ('text;n\n"one; two, three";1\nfour, five;2\n', ["text", "n"], 2),
    ],
)
def test_headers_and_delimiters_are_found(written, text, names, rows):
    frame = read_frame(written(text))
    assert (list(frame.names), len(frame)) == (names, rows)
    assert any("numbers in its first row" in note for note in frame.notes) == names[0].startswith("f")


def test_what_is_guessed_is_said_and_overridden(written):
    assert "is read as Windows-1252" in read_frame(written("city\nKöln\n", "cp1252")).notes[0]
    frame = read_frame(written("city\nЦ\n", "cp1251"), dialect={"encoding": "cp1251"})
    assert (frame.text("city").tolist(), frame.notes) == (["Ц"], ())
    path = written("1;2\n3;4,000\n")
    assert read_frame(path).values("f1").tolist() == [2, 4]
    assert read_frame(path, dialect={"decimal": "."}).values("f1").tolist() == ["2", "4,000"]
    assert read_frame(path, dialect={"header": "yes"}).names == ("1", "2")
    assert read_frame(written("a:b\n1:2\n"), dialect={"delimiter": ":"}).names == ("a", "b")
    thousands = read_frame(written('a,b\n1,"1,234"\n2,"5,678"\n'))
    assert thousands.values("b").tolist() == ["1,234", "5,678"]  # neither sure to be thousands nor fractions


@pytest.mark.parametrize(
    ("text", "name", "options", "sentence"),
    [
        ("a,b,a\n1,2,3\n", "t.csv", {}, "has the column 'a' twice: rename one of them"),
        ("a,b\n1\n", "t.csv", {}, "cannot be read as CSV in utf-8, separated by commas: .*Expected 2 columns, got 1"),
        ("", "t.csv", {}, "holds no rows"),
        ("no", "t.parquet", {}, "cannot be read as Parquet"),
        ("no", "t.arrow", {}, "cannot be read as Arrow"),
        ("no", "t.jsonl", {}, "cannot be read as JSON lines"),
        ("[1]", "t.jsonl", {}, "record 0 of .* holds no named values"),
        ("a", "t.xlsx", {}, "unknown ending of a table '.xlsx'"),
        ("a\n1\n", "t.csv", {"encoding": "utf-7000"}, "cannot be read in the encoding utf-7000"),
        ("a\n1\n", "t.csv", {"delimiter": "::"}, "delimiter must be one character"),
        ("a\n1\n", "t.csv", {"decimal": "-"}, r"decimal must be '\.' or ','"),
        ("a\n1\n", "t.csv", {"header": "perhaps"}, "header must be true or false"),
        ("a\n1\n", "t.csv", {"header_row": 3}, "unknown choice of a dialect 'header_row'"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(written, text, name, options, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        read_frame(written(text, name=name), dialect=options)


def test_values_of_another_type_than_asked_for(written):
    frame = read_frame(written("a,b\n1,x\n2,2020-01-01\n"))
    with pytest.raises(LikewiseError, match=r"row 0 of .* has 'x' in column 'b', which is no number"):
        frame.values("b", "number")
    with pytest.raises(LikewiseError, match=r"column 'b' of .* is asked for as dates"):
        frame.values("b", "date")
    with pytest.raises(LikewiseError, match="unknown type of a column 'colour'"):
        frame.values("b", "colour")
    with pytest.raises(LikewiseError, match="unknown column 'c'"):
        frame.text("c")


def test_folders_of_parts_are_tables_and_others_are_not(tmp_path):
    assert not is_table_path(tmp_path)
    (tmp_path / "year=2020").mkdir()
    parquet.write_table(pa.table({"a": [1.5]}), tmp_path / "year=2020" / "part.parquet")
    (tmp_path / "year=2021").mkdir()
    parquet.write_table(pa.table({"a": [2.5]}), tmp_path / "year=2021" / "part.parquet")
    assert is_table_path(tmp_path)
    frame = read_frame(tmp_path)
    assert frame.values("a").tolist() == [1.5, 2.5]
    assert frame.values("year").tolist() == [2020, 2021]
