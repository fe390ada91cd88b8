"""The commands ``likewise ask --page`` and ``likewise view``, with a client in the place of a browser."""

import os
import sys
import time

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.web.test_http import HOST

import likewise
import likewise.web
from likewise.answers import AnswerStore
from likewise.cli.main import main
from likewise.cli.page import earlier_report
from likewise.graph import SimilarityGraph
from likewise.report import report_run
from likewise.run import fit
from likewise.training import TrainedRun

HOME = {"origin": f"http://{HOST}", "content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def table(tmp_path):
    random = np.random.default_rng(0)
    y = np.repeat(np.arange(3), 20)
    x = (4 * np.eye(3)[y] + 0.3 * random.standard_normal((60, 3))).astype(np.float32)
    path = tmp_path / "vectors.npz"
    np.savez(path, x=x, y=y)
    return path, y


def visited(monkeypatch, visit):
    """Let this client visit the page instead of serving it."""

    def serve(make, **options):
        visit(TestClient(make([HOST], None), base_url=f"http://{HOST}"), options)

    monkeypatch.setattr(likewise.web, "serve", serve)


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_whole_way_from_a_folder_to_a_report(table, tmp_path, monkeypatch, capsys):
    path, y = table
    monkeypatch.setattr("likewise.cli.page.EPOCHS", 2)
    heard = {}

    def visit(client, options):
        heard.update(options)
        until(lambda: client.get("/api/questions").json()["status"]["state"] != "preparing")
        for _ in range(25):
            found = client.get("/api/questions").json()["questions"]
            if not found:
                break
            first = found[0]
            value = "alike" if y[first["anchor"]["id"]] == y[first["tiles"][0]["id"]] else "different"
            body = {"id": first["id"], "values": [value], "ms": 500}
            assert client.post("/api/answer", json=body, headers={"origin": HOME["origin"]}).status_code == 200
        assert client.get("/report").status_code == 404
        assert "Train an encoder" in client.get("/results").text
        client.post("/results/save", content="operation=a", headers=HOME)
        assert (tmp_path / "asked").is_dir()
        client.post("/results/train", content="operation=b", headers=HOME)
        until(lambda: client.get("/api/training").json()["state"] != "working")
        assert client.get("/api/training").json()["state"] == "done"
        report = client.get("/report")
        policy = report.headers["content-security-policy"].split("; ")
        assert "sandbox allow-scripts" in policy  # its own script runs, and is nobody here
        assert "default-src 'none'" in policy
        assert "The space it learned" in report.text
        assert '<a class="back" href="/results">' in report.text

    visited(monkeypatch, visit)
    line = ["ask", str(path), "--page", "--no-browser", "--who", "Ada", "--port", "8123", "--repeats", "0"]
    line += ["--store", str(tmp_path / "a.db"), "--out", str(tmp_path / "asked")]
    assert main(line) == 0
    assert (heard["port"], heard["browser"], heard["network"]) == (8123, False, False)
    with AnswerStore(tmp_path / "a.db") as store:
        assert {answer.who for answer in store.answers()} == {"Ada"}
    alike = SimilarityGraph.load(tmp_path / "asked").to_scipy().toarray() > 0
    assert alike.any()
    assert not alike[y[:, None] != y].any()
    assert "graph written to" in capsys.readouterr().err

    def visit_again(client, options):
        assert "Trained before this page was started" in client.get("/results").text
        assert "The space it learned" in client.get("/report").text
        assert client.get("/api/training").json()["state"] == "done"

    visited(monkeypatch, visit_again)
    assert main(line) == 0


def test_expected_groups_of_a_strategy_without_membership_fail_with_a_sentence(table, tmp_path, monkeypatch, capsys):
    def visit(client, options):
        until(lambda: client.get("/api/questions").json()["status"]["state"] not in ("preparing", "planning"))
        status = client.get("/api/questions").json()["status"]
        assert status["state"] == "failed"
        assert "'ward' gives no membership probabilities, so expected= cannot be used" in status["message"]

    visited(monkeypatch, visit)
    line = ["ask", str(table[0]), "--page", "--strategy", "ward", "--expected", "0.5"]
    assert main([*line, "--store", str(tmp_path / "a.db"), "--out", str(tmp_path / "asked")]) == 0
    assert "'ward' gives no membership probabilities" in capsys.readouterr().err


@pytest.mark.parametrize(("strategy", "terms"), [("ours", 2), ("ward", 1)])
def test_a_page_trains_on_expected_groups_where_the_strategy_gives_membership(
    table, tmp_path, monkeypatch, strategy, terms
):
    trained = []

    def train(graph, samples, beside, say):
        trained.append((len(graph.terms), say.__self__.step))
        return tmp_path

    def visit(client, options):
        until(lambda: client.get("/api/questions").json()["status"]["state"] != "preparing")
        first = client.get("/api/questions").json()["questions"][0]
        body = {"id": first["id"], "values": ["alike"], "ms": 500}
        client.post("/api/answer", json=body, headers={"origin": HOME["origin"]})
        client.post("/results/train", content="operation=b", headers=HOME)
        until(lambda: client.get("/api/training").json()["state"] != "working")

    monkeypatch.setattr("likewise.cli.page._train", train)
    visited(monkeypatch, visit)
    line = ["ask", str(table[0]), "--page", "--strategy", strategy, "--store", str(tmp_path / "a.db")]
    assert main([*line, "--out", str(tmp_path / "asked")]) == 0
    ((found, step),) = trained
    assert found == terms
    said = "the strategy gives no membership probabilities: training on the answers alone"
    assert (step == said) == (strategy == "ward")


def test_the_report_of_an_earlier_training_is_that_of_these_samples(table, tmp_path):
    path, _ = table
    for name in ("asked-run-1", "asked-run-2", "[asked]-run-1", "asked-2-run-1"):
        fit(likewise.open(path), encoder="mlp", epochs=1, out=tmp_path / name, quiet=True)
        report_run(TrainedRun.load(tmp_path / name), tmp_path / name / "report.html")
    (tmp_path / "asked-run-3").mkdir()
    (tmp_path / "asked-run-3" / "report.html").write_text("no run")
    os.utime(tmp_path / "asked-run-1" / "report.html")
    samples = likewise.open(path)
    assert earlier_report(samples, tmp_path / "asked") == tmp_path / "asked-run-1" / "report.html"
    assert earlier_report(samples, tmp_path / "[asked]") == tmp_path / "[asked]-run-1" / "report.html"
    assert earlier_report(samples, tmp_path / "nothing") is None
    assert earlier_report(likewise.open(np.eye(60)), tmp_path / "asked") is None
    (tmp_path / "[asked]-run-1" / "report.html").write_text("of another version, with a style that is refused now")
    assert earlier_report(samples, tmp_path / "[asked]") is None


def test_a_graph_and_a_run_are_viewed(table, tmp_path, monkeypatch):
    path, _ = table
    graph, run = tmp_path / "graph", tmp_path / "run"
    assert main(["graph", str(path), "--neighbors", "4", "--out", str(graph)]) == 0
    assert main(["fit", str(path), "--graph", str(graph), "--encoder", "mlp", "--epochs", "1", "--out", str(run)]) == 0
    seen = []

    def visit(client, options):
        pages = [client.get(place) for place in ("/", "/edges", "/sample/0", "/map", "/api/map")]
        assert [page.status_code for page in pages] == [200] * 5
        seen.append(len(pages[4].json()["cards"]))

    visited(monkeypatch, visit)
    assert main(["view", str(graph), "--data", str(path)]) == 0
    assert main(["view", str(graph)]) == 0
    assert main(["view", str(run), "--data", str(path)]) == 0
    assert seen[:2] == [60, 0]
    assert seen[2] == SimilarityGraph.load(run / "graph").n


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["ask", "{}", "--page", "--simulate"], "leave --by and --simulate out"),
        (["ask", "{}", "--page", "--repeats", "1"], "repeats is a share"),
        (["ask", "{}", "--page", "--budget", "0"], "at least 1"),
        (["ask", "{}", "--page", "--strategy", "foo"], "foo"),
        (["ask", "{}", "--page", "--strategy", "ward", "--tiles", "9"], "asks about pairs"),
        (["view", "nowhere"], "nowhere"),
    ],
)
def test_bad_input_is_one_sentence(table, tmp_path, monkeypatch, capsys, line, sentence):
    monkeypatch.chdir(tmp_path)
    assert main([part.format(table[0]) for part in line]) == 2
    assert sentence in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(table, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    for line in (["ask", str(table[0]), "--page"], ["view", "graph"]):
        assert main(line) == 2
        assert "pip install 'likewise[ask]'" in capsys.readouterr().err
    assert not (tmp_path / "answers.db").exists()


def test_a_taken_port_is_one_sentence(tmp_path):
    import socket

    from likewise.errors import LikewiseError
    from likewise.web import serve

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(LikewiseError, match="--port"):
            serve(lambda hosts, token: None, port=taken.getsockname()[1])
