"""Asking and auditing at the terminal."""

import json

import numpy as np
import pytest

from likewise.answers import AnswerStore
from likewise.cli.main import main
from likewise.graph import SimilarityGraph


@pytest.fixture
def table(tmp_path):
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(3), 12)
    x = (4 * np.eye(3)[y] + 0.3 * random.standard_normal((36, 3))).astype(np.float32)
    path = tmp_path / "vectors.npz"
    np.savez(path, x=x, y=y)
    return path, y


def test_labels_answer_for_you_and_the_graph_is_written(table, tmp_path, capsys):
    path, y = table
    out = tmp_path / "asked"
    line = ["ask", str(path), "--simulate", "--budget", "40", "--store", str(tmp_path / "a.db"), "--out", str(out)]
    assert main([*line, "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["answers"] <= 40
    assert "expected purity" in said.err
    alike = SimilarityGraph.load(out).to_scipy().toarray() > 0
    assert alike.any()
    assert not alike[y[:, None] != y].any()


def test_answers_of_labels_stay_apart_from_those_of_people(table, tmp_path, monkeypatch, capsys):
    path, _ = table
    monkeypatch.chdir(tmp_path)
    assert main(["ask", str(path), "--simulate", "--budget", "5"]) == 0
    assert (tmp_path / "simulated.db").is_file()
    assert not (tmp_path / "answers.db").exists()
    (tmp_path / "photos").mkdir()
    monkeypatch.setattr("builtins.input", lambda: pytest.fail("nothing should be asked"))
    assert main(["ask", str(path), "--out", "photos"]) == 2
    assert "choose another path" in capsys.readouterr().err


def test_a_person_answers_takes_back_and_goes_on_another_day(table, tmp_path, monkeypatch, capsys):
    path, _ = table
    keys = iter(["y", "n", "b", "u", "q", "n", "q"])
    monkeypatch.setattr("builtins.input", lambda: next(keys))
    line = ["ask", str(path), "--store", str(tmp_path / "a.db"), "--out", str(tmp_path / "asked")]
    assert main(line) == 0
    with AnswerStore(tmp_path / "a.db") as store:
        assert [answer.values[0] for answer in store.answers()] == ["alike", "unsure"]
    assert main(line) == 0
    with AnswerStore(tmp_path / "a.db") as store:
        assert store.counts().judgements == 4  # what was taken back was work, too
    assert "Alike?" in capsys.readouterr().err


def test_an_audit_with_labels_and_by_hand(table, tmp_path, monkeypatch, capsys):
    path, _ = table
    graph = tmp_path / "graph"
    assert main(["graph", str(path), "--neighbors", "4", "--out", str(graph)]) == 0
    capsys.readouterr()
    assert main(["audit", str(graph), "--data", str(path), "--prior", "pixels", "--by-labels"]) == 0
    assert "the first 4 edges of a row keep 90% purity" in capsys.readouterr().out
    monkeypatch.setattr("builtins.input", lambda: "y")
    assert main(["audit", str(graph), "--n", "12", "--json"]) == 0
    said = capsys.readouterr().out
    assert json.loads(said)["purity"] == 1


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        (["--budget", "0", "--simulate"], "at least 1"),
        (["--by", "place", "--simulate"], "choose one"),
        (["--by", "place"], "unknown column"),
        (["--strategy", "our", "--simulate"], "did you mean 'ours'"),
    ],
)
def test_bad_input_is_one_sentence(table, tmp_path, capsys, extra, sentence):
    path, _ = table
    line = ["ask", str(path), "--store", str(tmp_path / "a.db"), "--out", str(tmp_path / "asked"), *extra]
    assert main(line) == 2
    assert sentence in capsys.readouterr().err
