from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

import likewise as lw
from likewise.errors import LikewiseError
from likewise.evaluation import CONTROLS, controls, evaluate_features, graph_alone
from likewise.methods import build_encoder
from likewise.search import nearest
from likewise.space import Space
from likewise.training import TrainedRun

FIT = {"encoder": "conv3", "width": 8, "views": "rrc", "batch_size": 64, "epochs": 2}
EVALUATE = {"metrics": ["knn", "few-shot"], "shots": (1,), "draws": 10}


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    images, y = data.images[:400].astype(np.float32) / 16, data.target[:400]
    spaces = tuple(Space(x.reshape(len(x), -1), "euclidean", "pixels") for x in (images[:300], images[300:]))
    return (
        lw.open(images[:300], labels=y[:300]),
        y[:300],
        lw.open(images[300:]),
        y[300:],
        lw.neighbors(spaces[0], 5),
        spaces,
    )


@pytest.fixture(scope="module")
def table(digits, tmp_path_factory):
    out = tmp_path_factory.mktemp("controls")
    return controls(*digits, out=out, seeds=(0, 1), fit_options=FIT, eval_options=EVALUATE), out


def test_all_rows_are_there(table):
    summary, _ = table
    assert list(summary.rows) == list(CONTROLS)
    assert all(len(found) == 2 for found in summary.evaluations.values())
    assert [one.facts["seed"] for one in summary.evaluations["from prior"]] == [0, 1]
    assert summary.cells()[0] == ["", "knn", "1-shot", "spreading", "nmi", "ari"]
    text = str(summary)
    assert "300 training and 100 test samples" in text
    assert "5 nearest training neighbours in the space" in text
    assert "twice those" in text
    assert summary.compare("the graph", "random graph")["the graph - random graph"]["knn"].n == 2


def test_rows_without_training_equal_their_parts(table, digits):
    summary, _ = table
    _, y, _, test_y, graph, (space, test_space) = digits
    direct = evaluate_features(space.array, y, test_space.array, test_y, metric="euclidean", seed=1, **EVALUATE)
    assert summary.evaluations["space"][1] == direct
    attach = nearest(test_space, space, k=5).ids
    assert summary.evaluations["graph alone"][1] == graph_alone(graph, y, test_y, attach, shots=(1,), draws=10, seed=1)


def test_trained_rows_train_on_what_they_say(table, digits):
    _, out = table
    _, y, _, _, graph, _ = digits
    runs = {path.name: TrainedRun.load(path) for path in out.iterdir()}
    trained = {"no-graph", "random-graph", "the-graph", "from-prior", "label-graph"}
    assert set(runs) == {f"{name}-{seed}" for name in trained for seed in (0, 1)}
    for run in runs.values():
        assert run.record["n"] == 300  # nobody is held out to watch
        assert {name: run.record["settings"][name] for name in ("epochs", "batch_size", "views")} == {
            "epochs": 2, "batch_size": 64, "views": "rrc",
        }  # fmt: skip
    edges = {name: run.graph.to_scipy() for name, run in runs.items()}
    assert edges["no-graph-0"].nnz == 0
    assert (edges["the-graph-0"] != graph.to_scipy()).nnz == (edges["from-prior-1"] != graph.to_scipy()).nnz == 0
    np.testing.assert_array_equal(np.diff(edges["random-graph-0"].indptr), 5)
    assert (edges["random-graph-0"] != edges["random-graph-1"]).nnz > 0
    assert edges["label-graph-0"].nnz == sum(c * (c - 1) for c in np.bincount(y))


def test_a_trained_row_is_its_runs_evaluation(table, digits):
    summary, out = table
    samples, y, test, test_y, _, _ = digits
    run = TrainedRun.load(out / "the-graph-1")
    direct = evaluate_features(run.embed(samples), y, run.embed(test), test_y, seed=1, **EVALUATE)
    assert summary.evaluations["the graph"][1] == direct


def test_from_prior_starts_from_the_distilled_encoder(digits, tmp_path):
    options = FIT | {"lr": 0.0}
    summary = controls(
        *digits, out=tmp_path, seeds=(0,), which=["no graph", "from prior", "distil prior"], fit_options=options,
        eval_options=EVALUATE,
    )  # fmt: skip
    assert list(summary.rows) == ["no graph", "from prior", "distil prior"]
    # without learning all three are the same initial weights, up to the statistics of batch normalisation
    start = TrainedRun.load(tmp_path / "no-graph-0").encoder()
    module, _ = build_encoder("conv3", (1, 8, 8), width=8)
    prior = TrainedRun.load(tmp_path / "from-prior-0").encoder(module)
    for a, b in zip(start.parameters(), prior.parameters(), strict=True):
        np.testing.assert_array_equal(a.detach(), b.detach())


def test_an_own_module_starts_each_row_anew(digits, tmp_path):
    module, _ = build_encoder("conv3", (1, 8, 8), width=4)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    summary = controls(
        *digits[:5], out=tmp_path, seeds=(0,), which=["no graph", "the graph"], eval_options=EVALUATE,
        fit_options={**FIT, "encoder": module, "epochs": 1},
    )  # fmt: skip
    assert len(summary.rows) == 2
    for name, value in module.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_without_a_space_the_rows_that_need_one_are_left_out(digits, tmp_path):
    summary = controls(
        *digits[:5], out=tmp_path, seeds=(0,), fit_options={**FIT, "epochs": 1, "width": 2},
        eval_options={"metrics": ["knn"]},
    )  # fmt: skip
    assert list(summary.rows) == ["no graph", "random graph", "the graph", "label graph"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"which": ["space", "nograph"]}, "did you mean 'no graph'"),
        ({"which": ["space"], "space": None}, "the row 'space' needs space="),
        ({"fit_options": {"seed": 3}}, "fit_options must leave 'seed' out"),
        ({"fit_options": {"sample": "pairs"}}, "fit_options must leave 'sample' out"),
        ({"eval_options": {"metric": "cosine"}}, "eval_options must leave"),
        ({"seeds": ()}, "different seeds"),
        ({"seeds": (1, 1)}, "different seeds"),
        ({"graph": lw.SimilarityGraph.none(3)}, "the graph has 3 samples, the data 300"),
    ],
)
def test_refuses_before_training(digits, change, sentence, tmp_path):
    names = ("train_samples", "train_y", "test_samples", "test_y", "graph", "space")
    given = dict(zip(names, digits, strict=True)) | {"out": tmp_path / "new"} | change
    with pytest.raises(LikewiseError, match=sentence):
        controls(**given)
    assert not (tmp_path / "new").exists()


def test_refuses_spaces_of_other_samples(digits, tmp_path):
    spaces = digits[5][::-1]
    with pytest.raises(LikewiseError, match="'pixels' has 100 rows, there are 300 samples"):
        controls(*digits[:5], spaces, out=tmp_path)


def test_a_table_that_was_stopped_goes_on(digits, tmp_path, monkeypatch):
    options = {
        "which": ["no graph", "the graph", "from prior"],
        "seeds": (0,),
        "fit_options": FIT,
        "eval_options": EVALUATE,
    }
    whole = controls(*digits, out=tmp_path / "whole", **options)
    controls(*digits, out=tmp_path / "parts", **(options | {"which": ["no graph"]}))
    with pytest.raises(LikewiseError, match="already holds a run"):
        controls(*digits, out=tmp_path / "parts", **options)
    before = (tmp_path / "parts" / "no-graph-0" / "encoder.safetensors").stat().st_mtime_ns
    again = controls(*digits, out=tmp_path / "parts", resume=True, **options)
    assert (tmp_path / "parts" / "no-graph-0" / "encoder.safetensors").stat().st_mtime_ns == before
    assert again.cells() == whole.cells()
    assert controls(*digits, out=tmp_path / "parts", resume=True, **options).cells() == whole.cells()
