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
    graph = SimilarityGraph.from_labels(np.arange(40) % 2)
    return train(samples, graph, out=out, encoder="mlp", epochs=2, batch_size=16, monitor=0.2, quiet=True), samples


def test_the_report_of_a_run_shows_its_parts(trained, tmp_path):
    run, samples = trained
    shown = report_run(run, tmp_path / "report.html", samples).read_text()
    for heading in ("Who is alike", "Positives", "Training", "The space it learned", "How to repeat it"):
        assert f"<h2>{heading}</h2>" in shown
    assert "kNN accuracy" in shown
    assert shown.count("<img") > 20


def test_without_samples_it_shows_what_the_run_knows(trained, tmp_path):
    shown = report_run(trained[0], tmp_path / "report.html").read_text()
    assert "<h2>Positives</h2>" not in shown
    assert "<h2>Training</h2>" in shown


def test_other_samples_are_refused(trained, tmp_path):
    others = open_samples(np.random.default_rng(1).standard_normal((40, 5)).astype(np.float32))
    with pytest.raises(LikewiseError, match="not the samples that the run trained on"):
        report_run(trained[0], tmp_path / "report.html", others)
    assert not (tmp_path / "report.html").exists()
