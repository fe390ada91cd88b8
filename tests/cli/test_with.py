"""``likewise --with FILE.py``: parts of one's own by name, without a package."""

import pytest

from likewise.cli.main import main
from likewise.graph import SimilarityGraph
from likewise.sources import SOURCES

PART = """
import likewise as lw

@lw.register("source", "in_pairs")
def in_pairs(samples):
    n = len(samples)
    even = range(0, n - 1, 2)
    return lw.SimilarityGraph.from_edges(n, list(even), [i + 1 for i in even], keys=samples.keys)
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(SOURCES, "_own", {})
    (tmp_path / "table.csv").write_text("key,a,b\n" + "".join(f"k{row},{row},{row * row}\n" for row in range(6)))
    (tmp_path / "mine.py").write_text(PART)
    return tmp_path


def test_a_file_of_ones_own_makes_its_parts_known(home, capsys):
    assert main(["graph", "table.csv", "--source", "in_pairs", "--out", "g"]) == 2
    assert "unknown source 'in_pairs'" in capsys.readouterr().err
    assert main(["--with", "mine.py", "graph", "table.csv", "--source", "in_pairs", "--out", "g"]) == 0
    assert SimilarityGraph.load(home / "g").to_scipy().nnz == 3


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("--with none.py graph table.csv", "there is no file none.py to take parts from"),
        ("--with table.csv graph table.csv", "is no Python file"),
        ("graph table.csv --source in_pairs:3 --out g", "--source takes a name alone"),
    ],
)
def test_bad_files_are_one_sentence(home, capsys, line, sentence):
    assert main(line.split()) == 2
    assert sentence in capsys.readouterr().err.strip().splitlines()[-1]
