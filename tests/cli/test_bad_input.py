"""Bad input gets one sentence that says what was wrong and what to do, exit code 2, and loses nothing."""

import functools
import json
import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from likewise.answers import AnswerStore
from likewise.cli.main import main
from likewise.graph import SimilarityGraph
from likewise.keys import Keys

COMMAND = [sys.executable, "-c", "from likewise.cli.main import run; run()"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A table of vectors with keys and labels in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path / "cache"))
    x = np.random.default_rng(0).standard_normal((24, 3))
    rows = [f"k{row},{row % 2},{a:.4f},{b:.4f},{c:.4f}" for row, (a, b, c) in enumerate(x)]
    (tmp_path / "table.csv").write_text("\n".join(["key,label,a,b,c", *rows]))
    return tmp_path


def refused(capsys, line):
    """The one sentence with which a command refuses."""
    assert main(line.split()) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert said[-1].startswith("likewise: ")
    assert not any("Traceback" in part for part in said)
    return said[-1]


def write_pairs(home, *rows):
    (home / "pairs.csv").write_text("\n".join(["a,b,alike", *rows]))
    return "graph table.csv --pairs pairs.csv --out g"


def test_tables_of_samples(home, capsys):
    (home / "one.csv").write_text("key,a\nx,1\n")
    assert "needs at least 2" in refused(capsys, "graph one.csv --neighbors 1 --out g")
    (home / "twice.csv").write_text("key,a\nx,1\nx,2\ny,3\n")
    assert "'x' occurs twice" in refused(capsys, "graph twice.csv --neighbors 1 --out g")
    (home / "holes.csv").write_text("key,a,b\nx,1,2\ny,nan,3\nz,4,5\n")
    assert "NaN" in refused(capsys, "graph holes.csv --neighbors 1 --out g")
    assert "lable" in refused(capsys, "graph table.csv --labels lable --neighbors 2 --out g")
    assert not (home / "g").exists()


def test_spaces(home, capsys):
    np.save(home / "nan.npy", np.where(np.arange(24)[:, None] == 7, np.nan, np.ones((24, 2))))
    assert "NaN" in refused(capsys, "graph table.csv --prior nan.npy --neighbors 2 --out g")
    np.save(home / "short.npy", np.ones((9, 2)))
    said = refused(capsys, "graph table.csv --prior short.npy --neighbors 2 --out g")
    assert "9" in said
    assert "24" in said
    assert "pixle" in refused(capsys, "graph table.csv --prior pixle --neighbors 2 --out g")
    np.save(home / "objects.npy", np.array([{}, {}], object), allow_pickle=True)
    assert "objects" in refused(capsys, "graph table.csv --prior objects.npy --neighbors 2 --out g")


def test_a_table_whose_units_differ_is_spoken_of(home, capsys):
    draw = np.random.default_rng(0)
    np.savez(home / "wide.npz", x=draw.standard_normal((24, 3)) * [1, 1, 500])
    assert main(["graph", "wide.npz", "--neighbors", "2", "--out", "g"]) == 0
    assert "--prior scaled weighs all columns equally" in capsys.readouterr().err
    assert main(["graph", "wide.npz", "--prior", "scaled", "--neighbors", "2", "--out", "g"]) == 0
    assert "note: the widest" not in capsys.readouterr().err


def test_pairs(home, capsys):
    assert "nobody" in refused(capsys, write_pairs(home, "k0,nobody,yes"))
    assert "maybe" in refused(capsys, write_pairs(home, "k0,k1,maybe"))
    (home / "pairs.csv").write_text("one,two\nk0,k1\n")
    assert "column" in refused(capsys, "graph table.csv --pairs pairs.csv --out g")
    assert not (home / "g").exists()


def test_contradictory_pairs_are_reported(home, capsys):
    """Alike and different at once is refused; along a chain it is for the closure to name."""
    said = refused(capsys, write_pairs(home, "k0,k1,yes", "k1,k0,no"))
    assert "both alike and different of k0 and k1" in said
    assert main(write_pairs(home, "k0,k1,yes", "k1,k2,yes", "k0,k2,no").split()) == 0
    closed = SimilarityGraph.load(home / "g").closure()
    assert set(closed.contradictions[0].chain) == {0, 1, 2}


def test_graphs(home, capsys):
    assert main(["graph", "table.csv", "--neighbors", "2", "--out", "g"]) == 0
    capsys.readouterr()
    rows = (home / "table.csv").read_text().splitlines()
    (home / "fewer.csv").write_text("\n".join(rows[:10]))
    refused(capsys, "fit fewer.csv --graph g --out run")
    (home / "file").write_text("no graph")
    assert "file" in refused(capsys, "fit table.csv --graph file --out run")
    assert "not both" in refused(capsys, "fit table.csv --graph g --neighbors 2 --out run")
    assert "both --neighbors and --answers" in refused(capsys, "graph table.csv --neighbors 2 --calibrate --out h")
    assert not (home / "run").exists()


def test_answers(home, capsys):
    (home / "text.db").write_text("no store" * 200)
    assert "is not a store" in refused(capsys, "graph table.csv --answers text.db --out g")
    assert "no store of answers" in refused(capsys, "graph table.csv --answers none.db --out g")
    AnswerStore(home / "others.db", Keys.of("abc")).close()
    refused(capsys, "ask table.csv --simulate --labels label --budget 3 --store others.db")
    assert "at least 1" in refused(capsys, "ask table.csv --simulate --labels label --budget 0")
    assert "nowhere" in refused(capsys, "audit nowhere --by-labels")
    assert "--by" in refused(capsys, "ask table.csv --simulate --by label --labels label")


def test_batches_and_queues(home, capsys):
    line = "fit table.csv --encoder mlp --epochs 1 --out run"
    assert "24" in refused(capsys, f"{line} --batch-size 25 --monitor 0")
    assert "epochs" in refused(capsys, f"{line.replace('--epochs 1', '--epochs 0')}")
    assert "--remine" in refused(capsys, f"{line} --remine 2")
    assert not (home / "run").exists()


def fit(home, *more, **options):
    line = [*COMMAND, "fit", "table.csv", "--encoder", "mlp", "--batch-size", "8", "--out", "run", *more]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        line, cwd=home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_run_that_was_interrupted_goes_on(home, how, code):
    """Stopped by the keyboard, by a scheduler or by force, it goes on from what was saved."""
    settings = ["--epochs", "60", "--monitor", "0"]
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # what the background ignores
    process = fit(home, *settings, preexec_fn=heard)
    log = home / "run" / "metrics.csv"
    for _ in range(600):
        if process.poll() is not None or (log.is_file() and len(log.read_text().splitlines()) > 5):
            break
        time.sleep(0.1)
    process.send_signal(how)
    _, said = process.communicate(timeout=120)
    assert process.returncode == code
    assert "Traceback" not in said
    assert how == signal.SIGKILL or "--out run --resume goes on" in said
    again = fit(home, *settings, "--resume", "--json")
    out, said = again.communicate(timeout=240)
    assert again.returncode == 0, said
    assert json.loads(out)["finished"]


def test_a_full_disk(home, capsys):
    """A limit on the size of files fails a write as a full disk does; the graph that was there is kept."""
    assert main(["graph", "table.csv", "--neighbors", "1", "--out", "g"]) == 0
    before = SimilarityGraph.load(home / "g").to_scipy()

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    line = [*COMMAND, "graph", "table.csv", "--neighbors", "5", "--out", "g"]
    done = subprocess.run(line, cwd=home, capture_output=True, text=True, preexec_fn=limit, timeout=120)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("likewise: ")
    assert (SimilarityGraph.load(home / "g").to_scipy() != before).nnz == 0


def test_a_folder_without_pictures(home, capsys):
    (home / "photos").mkdir()
    (home / "photos" / "notes.txt").write_text("nothing to see")
    assert "photos" in refused(capsys, "graph photos --neighbors 1 --out g")
    Image.new("L", (8, 8)).save(home / "photos" / "one.png")
    assert "needs at least 2" in refused(capsys, "graph photos --neighbors 1 --out g")


def test_names_that_are_nearly_right_are_offered(home, capsys):
    assert "simclr" in refused(capsys, "fit table.csv --method simclrr --encoder mlp --out run")
    assert "nearest" in refused(capsys, "ask table.csv --strategy neerest --simulate --labels label")
    assert "adamw" in refused(capsys, "fit table.csv --encoder mlp --optimizer adam --out run")
