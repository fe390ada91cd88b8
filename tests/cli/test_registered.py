"""The commands see what is registered: priors and sources of one's own and of installed packages."""

import json

import numpy as np
import pytest

import likewise as lw
from likewise.cli.main import main
from likewise.priors import PRIORS
from likewise.sources import SOURCES


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(PRIORS, "_own", {})
    monkeypatch.setattr(SOURCES, "_own", {})
    np.save("table.npy", np.random.default_rng(0).standard_normal((24, 3)))
    return tmp_path


def runs(line):
    assert main(line.split()) == 0


def refused(capsys, line):
    assert main(line.split()) == 2
    return capsys.readouterr().err.strip().splitlines()[-1]


def test_a_registered_prior_is_given_the_samples_its_text_and_the_seed(home, capsys):
    given = []

    @lw.register("prior")
    def mine(samples, text="", *, seed=0):
        given.append((len(samples), text, seed))
        return lw.Space(np.arange(24.0)[:, None] ** 2, "euclidean")

    assert (
        main(["graph", "table.npy", "--prior", "mine:text", "--neighbors", "1", "--seed", "3", "--out", "g", "--json"])
        == 0
    )
    assert main(["graph", "table.npy", "--prior", "mine", "--neighbors", "1", "--out", "h"]) == 0
    assert given == [(24, "text", 3), (24, "", 0)]
    rows, cols = lw.SimilarityGraph.load("g").to_scipy().nonzero()
    assert list(zip(rows, cols, strict=True))[:3] == [(0, 1), (1, 0), (2, 1)]


def test_sources_by_name_are_given_what_their_parameters_are_called(home, capsys):
    @lw.register("source")
    def pairwise(samples):
        return lw.same(np.arange(len(samples)) // 2)

    lw.register("source", "near")(lambda space, samples, k=1: lw.neighbors(space, k=k))
    runs("graph table.npy --source pairwise --out g --json")
    assert json.loads(capsys.readouterr().out)["degree"][0] == 1
    assert lw.SimilarityGraph.load("g").to_scipy().nnz == 24
    assert (
        main(["graph", "table.npy", "--prior", "pixels", "--source", "near", "--source", "pairwise", "--out", "h"]) == 0
    )
    joined = lw.neighbors(lw.priors.pixels(lw.open("table.npy")), k=1) | lw.same(np.arange(24) // 2)
    assert (lw.SimilarityGraph.load("h").to_scipy() != joined.to_scipy()).nnz == 0
    runs("graph table.npy --source neighbors --out n")


def test_parts_that_do_not_fit_are_refused_in_one_sentence(home, capsys):
    lw.register("prior", "odd")(lambda samples: 3)
    lw.register("prior", "bare")(lambda: 3)
    lw.register("source", "odd")(lambda samples: 3)
    for line, sentence in [
        ("graph table.npy --prior odd --neighbors 1", "the prior 'odd' must give a Space, got a int"),
        ("graph table.npy --prior bare --neighbors 1", "the prior 'bare' does not take the samples"),
        ("graph table.npy --prior od --neighbors 1", "unknown prior 'od': did you mean 'odd'"),
        ("graph table.npy --prior pca:3 --neighbors 1", "the prior 'pca' takes nothing after a colon, got 'pca:3'"),
        ("graph table.npy --source odd", "the source 'odd' must give a SimilarityGraph, got a int"),
        ("graph table.npy --source pairs", "the source 'pairs' asks for table, but a command has samples and space"),
        ("graph table.npy --source neighbours", "unknown source 'neighbours': did you mean 'neighbors'"),
        ("graph table.npy", "--source NAME"),
    ]:
        assert sentence in refused(capsys, line), line
