"""Tables on the command line: every choice has an option, what was guessed is told, and no table gives a traceback."""

import json

import numpy as np
import pytest

from likewise.cli.main import main
from likewise.graph import SimilarityGraph

N = 24
rng = np.random.default_rng(0)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A table as spreadsheets write it in Europe, in the working directory."""
    monkeypatch.chdir(tmp_path)
    rows = [
        f"{row};n{row:02d};{100 + row // 4};{rng.random():.4f};{rng.random():.4f};{row % 2 or -1};{row}".replace(
            ".", ","
        )
        for row in range(N)
    ]
    text = "\n".join([";name;patient;width;height;sign;weeks", *rows])
    (tmp_path / "t.csv").write_text(text)
    return tmp_path


def result(capsys, line):
    assert main(line.split()) == 0
    out, err = capsys.readouterr()
    return json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON")), err


def test_what_was_guessed_is_in_the_result_and_on_standard_error(home, capsys):
    found, said = result(capsys, "graph t.csv --neighbors 2 --out g --json")
    assert found["samples"]["features"] == ["width", "height", "sign", "weeks"]
    (aside, kept) = found["samples"]["notes"][1:]
    assert "'column 0' (it has no name), 'patient' (named like an id)" in aside
    assert "'weeks'; exclude= leaves it out" in kept
    assert aside in said


def test_every_choice_has_an_option(home, capsys):
    line = "graph t.csv --keys name --labels sign --exclude weeks,sign --neighbors 1 --out g --json"
    assert main(line.split()) == 2  # the label is left out
    assert "unknown column 'sign'" in capsys.readouterr().err
    line = "graph t.csv --keys name --labels sign --unlabelled -1 --features width,height --neighbors 1 --out g --json"
    found, _ = result(capsys, line)
    assert (found["samples"]["classes"], found["samples"]["features"]) == (1, ["width", "height"])
    assert SimilarityGraph.load("g").keys.values[3] == "n03"
    found, _ = result(capsys, "check t.csv --types width=text --missing 105 --features height --json")
    assert found["columns"]["width"]["holds"] == "text"
    assert found["columns"]["patient"] == {"holds": "numbers", "distinct": 5, "missing": 4}
    (home / "t.csv").write_text("1:2\n3:4\n5:7\n")
    found, _ = result(capsys, "check t.csv --dialect delimiter=: --dialect header=yes --json")
    assert (found["count"], found["features"]) == (2, ["1", "2"])


def test_pairs_by_key_or_position(home, capsys):
    (home / "p.csv").write_text("a,b\n0,1\n")
    assert main(["graph", "t.csv", "--keys", "patient", "--pairs", "p.csv", "--out", "g"]) == 2
    assert "key '100' occurs twice" in capsys.readouterr().err
    assert main(["graph", "t.csv", "--keys", "name", "--pairs", "p.csv", "--out", "g"]) == 2
    assert "names '0', which is not among the samples' keys" in capsys.readouterr().err
    assert main(["graph", "t.csv", "--keys", "name", "--pairs", "p.csv", "--pairs-by", "position", "--out", "g"]) == 0
    assert SimilarityGraph.load("g").to_scipy().nonzero()[0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,a\n1,2\n3,4\n", "has the column 'a' twice"),
        ("a,b\n1,2\n3\n", "cannot be read as CSV"),
        ("", "holds no rows"),
        ("a,b\n", "holds no samples"),
        ("a,b\nx,y\nz,w\n", "no column of numbers"),
        ("key,a\nx,1.5\nx,2.5\n", "key 'x' occurs twice"),
    ],
)
@pytest.mark.parametrize("command", ["graph --neighbors 1 --out g", "check", "space --out s.npz"])
def test_a_bad_table_is_one_sentence(home, capsys, command, text, sentence):
    (home / "t.csv").write_text(text)
    name, *options = command.split()
    assert main([name, "t.csv", *options]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said


def test_numbers_that_are_none_are_null(home, capsys):
    np.savez(home / "x.npz", x=rng.random((N, 3)), y=np.arange(N))  # every class once: nothing has a partner of its own
    found, _ = result(capsys, "graph x.npz --neighbors 2 --out g --json")
    assert None in found["labels"].values()


def test_check_shows_one_screen(home, capsys):
    assert main(["check", "t.csv", "--labels", "sign"]) == 0
    out, err = capsys.readouterr()
    assert "classes   2: -1 (12), 1 (12)" in out
    assert "look at   'weeks' follows the order of the rows" in out
    assert len(out.splitlines()) < 24
    assert err == ""
