import json
import re

import numpy as np
import pytest

from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.graph import SimilarityGraph
from likewise.report import report_run
from likewise.training import train


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    x = np.random.default_rng(0).standard_normal((40, 5)).astype(np.float32)
    samples = open_samples(x, labels=np.arange(40) % 2)
    out = tmp_path_factory.mktemp("report") / "run"
    graph = SimilarityGraph.from_edges(40, [0, 1, 2, 3, 4], [2, 3, 4, 4, 6], keys=samples.keys)
    return train(samples, graph, out=out, encoder="mlp", epochs=2, batch_size=16, monitor=0.2, quiet=True), samples


def headings(shown):
    return re.findall("<h2>(.*?)</h2>", shown)


def test_the_report_of_a_run_shows_its_parts(trained, tmp_path):
    run, samples = trained
    shown = report_run(run, tmp_path / "report.html", samples).read_text()
    assert headings(shown) == [
        "Who is alike",
        "Some samples and what they are alike",
        "The worst edges",
        "Hubs",
        "Training",
        "The space it learned",
        "How to repeat it",
    ]
    assert set(re.findall('href="#(.*?)"', shown)) - {"main"} == set(re.findall('section id="(.*?)"', shown))
    assert "20% of the samples were held out" in shown
    assert "kNN accuracy on the held-out part" in shown
    assert "purity against labels" in shown
    assert str(run.graph.diagnose(run.trained_on(samples).label_names)).splitlines()[1] in shown
    assert run.record["samples"] in shown


def test_the_map_says_how_many_it_shows_and_holds_a_picture_of_each(trained, tmp_path, monkeypatch):
    run, samples = trained
    monkeypatch.setattr("likewise.show.graph_view.MAPPED", 20)
    shown = report_run(run, tmp_path / "report.html", samples).read_text()
    assert f"20 of the {run.graph.n} samples, drawn at random" in shown
    data = json.loads(re.search('<script type="application/json">(.*?)</script>', shown)[1])
    assert len(data["cards"]) == len(data["planes"][0]["points"]) == 20
    assert all(card["picture"].startswith("data:image/svg+xml;base64,") for card in data["cards"])
    assert not any(card["page"] for card in data["cards"])


def test_without_labels_the_strongest_edges_are_shown(trained, tmp_path):
    run, samples = trained
    bare = open_samples(samples.storage.numpy(), keys=samples.keys.values.tolist())
    shown = report_run(run, tmp_path / "report.html", bare).read_text()
    assert "The strongest edges" in headings(shown)
    assert "differ</span>" not in shown
    assert "purity" not in shown.split("How to repeat it")[0]


def test_without_samples_it_shows_what_the_run_knows(trained, tmp_path):
    shown = report_run(trained[0], tmp_path / "report.html").read_text()
    assert headings(shown) == ["Who is alike", "Training", "How to repeat it"]
    assert "likewise report RUN DATA" in shown


def test_nobody_is_alike_anybody(trained, tmp_path):
    _, samples = trained
    run = train(samples, out=tmp_path / "run", encoder="mlp", epochs=1, batch_size=16, quiet=True)
    shown = report_run(run, tmp_path / "report.html", samples).read_text()
    assert "only positive is another view of itself" in shown
    assert shown.count("There are none.") == 2


def test_other_samples_are_refused(trained, tmp_path):
    others = open_samples(np.random.default_rng(1).standard_normal((40, 5)).astype(np.float32))
    with pytest.raises(LikewiseError, match="not the samples that the run trained on"):
        report_run(trained[0], tmp_path / "report.html", others)
    assert not (tmp_path / "report.html").exists()


def test_a_run_on_pairs_says_how_evenly_it_met_the_samples(tmp_path):
    x = np.random.default_rng(0).standard_normal((40, 5)).astype(np.float32)
    graph = SimilarityGraph.from_edges(40, [0] * 30, range(1, 31))
    options = {"sample": "pairs", "encoder": "mlp", "epochs": 1, "batch_size": 10, "quiet": True}
    run = train(open_samples(x), graph, out=tmp_path / "run", **options)
    counts = np.r_[2 + 30, np.full(30, 3), np.full(9, 2)]  # each sample once with itself, and once in each pair
    assert 0 < run.record["effective_anchors"] < 40
    assert f"as {run.record['effective_anchors']:,.0f} evenly drawn" in report_run(run, tmp_path / "r.html").read_text()
    assert counts.sum() ** 2 / (counts**2).sum() == pytest.approx(run.record["effective_anchors"], rel=0.25)
