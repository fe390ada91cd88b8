"""``likewise adapt``: a prior bent towards what is known, and its map for other samples."""

import json

import numpy as np
import pytest

from likewise.cli.main import main
from likewise.graph import SimilarityGraph
from likewise.space import Space


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Two tables of vectors: classes in two columns beside four louder ones."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path / "cache"))
    random = np.random.default_rng(0)
    means = 2 * random.standard_normal((4, 2))
    for name, n in (("table", 200), ("new", 60)):
        y = random.integers(0, 4, n)
        x = np.hstack([means[y] + 0.5 * random.standard_normal((n, 2)), 6 * random.standard_normal((n, 4))])
        rows = [f"k{row},c{label}," + ",".join(f"{v:.4f}" for v in x[row]) for row, label in enumerate(y)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["key,label,a,b,c,d,e,f", *rows]))
    return tmp_path


def test_a_prior_is_bent_and_its_map_serves_other_samples(home, capsys):
    assert main(["adapt", "table.csv", "--use-labels", "--out", "bent.npz", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["weight"] > 0
    assert facts["verdict"].startswith("adapting helps")
    assert facts["gain"]["adapted"] > facts["gain"]["prior"]
    assert (facts["path"], facts["map"]) == ("bent.npz", "bent.map.npz")
    bent = Space.load(home / "bent.npz")
    assert (bent.n, bent.keys.values[0], bent.info["adapted"]["weight"]) == (200, "k0", facts["weight"])
    assert main(["graph", "table.csv", "--prior", "bent.npz", "--neighbors", "3", "--out", "g"]) == 0
    assert main(["adapt", "new.csv", "--map", "bent.map.npz", "--out", "new.npz"]) == 0
    assert Space.load(home / "new.npz").array.shape == (60, bent.d)


def test_a_graph_judges_by_another_and_a_weight_is_taken_as_given(home, capsys):
    assert main(["graph", "table.csv", "--use-labels", "--out", "g"]) == 0
    capsys.readouterr()
    assert (
        main(["adapt", "table.csv", "--graph", "g", "--weight", "0.5", "--kernel", "20", "--out", "bent.npz", "--json"])
        == 0
    )
    assert json.loads(capsys.readouterr().out)["weight"] == 0.5
    assert Space.load(home / "bent.npz").info["adapted"]["weight"] == 0.5
    SimilarityGraph.load(home / "g").to_edges().save(home / "check")
    assert main(["adapt", "table.csv", "--graph", "g", "--check", "check", "--out", "bent.npz"]) == 2
    assert "must know pairs that are alike and pairs that are different" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("adapt table.csv", "say who is alike: --graph, --answers, --same COLUMN"),
        ("adapt table.csv --graph g --use-labels", "give --graph, or the sources of one"),
        ("adapt table.csv --use-labels --map m.npz", "leave out --use-labels"),
        ("adapt table.csv --use-labels --weight 2", "must lie in [0, 1), got 2.0"),
        ("adapt table.csv --use-labels --out x.parquet", "spaces are written as .npz"),
        ("adapt table.csv --map none.npz", "there is no file none.npz"),
        ("adapt table.csv --prior pca --map bent.map.npz", "is fitted to the samples that it is given"),
        ("adapt other.csv --map bent.map.npz", "takes rows of 6 dimensions"),
    ],
)
def test_bad_input_is_one_sentence(home, capsys, line, sentence):
    (home / "other.csv").write_text("key,a\nx,1\ny,2\n")
    assert main(["adapt", "table.csv", "--use-labels", "--weight", "0.1", "--out", "bent.npz"]) == 0
    capsys.readouterr()
    assert main(line.split()) == 2
    assert sentence in capsys.readouterr().err.strip().splitlines()[-1]
