"""Every door that takes a table takes every dialect of one, and reads the same out of it."""

import codecs

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet
import pytest

import likewise as lw
from likewise.answers import AnswerStore, import_answers
from likewise.keys import Keys

KEYS = ["001", "9007199254740993", "Köln", "a\nb", "e; f, g|h\ti"]
VALUES = [0.5, -1.25, 2.0, 3.75, 1e3]
ANSWERS = ["alike", "different", "alike", "different", "alike"]
TABLES = {
    "samples": {"key": KEYS, "a": VALUES, "b": VALUES[::-1]},
    "metadata": {"key": KEYS[::-1], "a": VALUES[::-1]},
    "pairs": {"a": KEYS, "b": KEYS[1:] + KEYS[:1], "weight": [0.5, 0.25, 1.0, 0.75, 0.5]},
    "embeddings": {"key": KEYS[::-1], "a": VALUES[::-1]},
    "answers": {"a": KEYS[:4], "b": KEYS[1:], "answer": ANSWERS[:4]},
}


def delimited(mark, *, decimal=".", encoding="utf-8", bom=b"", quote_all=False):
    def write(folder, table):
        def cell(value):
            text = str(value).replace(".", decimal) if isinstance(value, float) else str(value)
            special = quote_all or any(sign in text for sign in f'{mark}"\n')
            return '"' + text.replace('"', '""') + '"' if special else text

        rows = [table, *zip(*table.values(), strict=True)]
        text = "".join(mark.join(map(cell, row)) + "\r\n" for row in rows)
        path = folder / "table.csv"
        path.write_bytes(bom + text.encode(encoding))
        return path

    return write


def written(name, write):
    def written_to(folder, table):
        path = folder / name
        write(pa.table(table), path)
        return path

    return written_to


def parts(folder, table):
    path = folder / "parts"
    path.mkdir()
    whole = pa.table(table)
    for start in range(0, len(whole), 2):
        parquet.write_table(whole.slice(start, 2), path / f"part-{start}.parquet")
    return path


def categorical(folder, table):
    columns = {
        name: pa.array(values).dictionary_encode() if isinstance(values[0], str) else values
        for name, values in table.items()
    }
    parquet.write_table(pa.table(columns), folder / "table.parquet")
    return folder / "table.parquet"


def decimals(folder, table):
    columns = {
        name: values if isinstance(values[0], str) else pa.array(values).cast(pa.decimal128(20, 6))
        for name, values in table.items()
    }
    parquet.write_table(pa.table(columns), folder / "table.parquet")
    return folder / "table.parquet"


def json_lines(folder, table):
    import json

    rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    (folder / "table.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "table.jsonl"


def stream(folder, table):
    with pa.ipc.new_stream(str(folder / "table.arrow"), pa.table(table).schema) as sink:
        sink.write_table(pa.table(table))
    return folder / "table.arrow"


DIALECTS = {
    "commas": delimited(","),
    "semicolons": delimited(";"),
    "tabs": delimited("\t"),
    "bars": delimited("|"),
    "decimal commas": delimited(";", decimal=","),
    "quoted decimal commas": delimited(",", decimal=",", quote_all=True),
    "byte order mark": delimited(",", bom=codecs.BOM_UTF8),
    "UTF-16": delimited("\t", encoding="utf-16"),
    "UTF-16 without a mark": delimited(",", encoding="utf-16-le"),
    "Windows-1252": delimited(";", encoding="cp1252"),
    "Parquet": written("table.parquet", parquet.write_table),
    "parts": parts,
    "categorical": categorical,
    "decimals": decimals,
    "Feather": written("table.feather", feather.write_feather),
    "Arrow stream": stream,
    "JSON lines": json_lines,
}


@pytest.fixture(params=DIALECTS)
def write(request, tmp_path):
    return lambda name: DIALECTS[request.param](tmp_path, TABLES[name])


def test_samples(write):
    samples = lw.open(write("samples"))
    assert samples.keys.values.tolist() == KEYS
    assert samples.features == ("a", "b")
    np.testing.assert_array_equal(samples.storage.numpy(), np.stack([VALUES, VALUES[::-1]], 1).astype(np.float32))


def test_metadata(write):
    samples = lw.open(np.eye(5), keys=KEYS, columns=write("metadata"))
    assert samples["a"].tolist() == VALUES


def test_pairs(write):
    edges = lw.pairs(write("pairs"), keys=Keys.of(KEYS)).to_scipy().toarray()
    ring = np.zeros((5, 5), np.float32)
    for row, weight in enumerate(TABLES["pairs"]["weight"]):
        ring[row, (row + 1) % 5] = ring[(row + 1) % 5, row] = weight
    np.testing.assert_array_equal(edges, ring)


def test_embeddings(write):
    samples = lw.open(np.eye(5), keys=KEYS)
    np.testing.assert_array_equal(lw.priors.from_file(write("embeddings"), samples).array[:, 0], VALUES)


def test_answers(write, tmp_path):
    with AnswerStore(tmp_path / "answers.sqlite", Keys.of(KEYS)) as store:
        found = import_answers(store, write("answers"))
    assert [next(iter(answer.judgements)) for answer in found] == [(row, row + 1, ANSWERS[row]) for row in range(4)]
