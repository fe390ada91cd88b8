import json
import warnings

import numpy as np
import pytest
import torch
from tests.training.cases import CLASSES, IMAGES, PIXELS, QUICK, N, digits, equal, neighbors, quick, weights
from torch import nn

import likewise as lw
from likewise.errors import LikewiseError
from likewise.methods import METHODS
from likewise.training import Settings, TrainedRun
from likewise.training.arguments import Parts, read_arguments
from likewise.training.records import fingerprint_of_graph
from likewise.views import Compose, image


@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains_and_leaves_a_run_that_says_how(method, tmp_path):
    run = quick(tmp_path / "run", digits(labels=True), neighbors(), method=method, monitor=0.2, epochs=2)
    assert run.finished
    first, last = run.metrics()
    assert {"epoch", "loss", "images_per_second", "waiting", "rankme", "alignment", "uniformity", "std", "knn"} == {
        *last
    }
    assert np.isfinite([*first.values(), *last.values()]).all()
    assert run.embed(digits()).shape == (N, 16)


def test_the_record_holds_all_that_is_needed_to_repeat_the_run(tmp_path):
    record = json.loads((quick(tmp_path / "run", graph=neighbors(), seed=7, epochs=1).path / "run.json").read_text())
    assert record["settings"]["seed"] == 7
    assert record["settings"]["options"] == {"hidden": 16, "dim": 8}
    assert record["encoder"]["options"] == {"width": 4}
    assert record["graph"] == repr(TrainedRun.load(tmp_path / "run").graph)
    assert (record["n"], record["precision"], record["settings"]["pretrained"]) == (N, "float32", False)
    assert record["versions"].keys() >= {"likewise", "torch", "accelerate", "numpy"}
    assert "git" in record
    assert record["samples"] == digits().keys.hash


def test_checkpoints_hold_nothing_but_weights_and_numbers(tmp_path):
    run = quick(tmp_path / "run", method="moco", optimizer="lars", epochs=1)
    state = torch.load(run.path / "checkpoint-3.pt", weights_only=True)
    assert {"queue.keys", "queue.ids", "target.0.0.weight", "encoder.0.weight"} <= state["method"].keys()
    assert state["step"] == state["updates"] == 3


def test_training_leaves_the_users_random_numbers_and_warnings_alone(tmp_path):
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    filters = list(warnings.filters)
    quick(tmp_path / "run", epochs=1)
    assert torch.equal(torch.rand(3), expected)
    assert warnings.filters == filters


@pytest.mark.parametrize("graph", ["none", "mix", "labels", "sum"])
def test_samples_held_out_leave_graph_and_training(graph, tmp_path):
    y = lw.labels(CLASSES)
    graph = {
        "none": lw.SimilarityGraph.none(N),
        "mix": lw.mix(neighbors(), y, 0.3),
        "labels": y,
        "sum": neighbors() + 0.5 * y,
    }[graph]
    samples = digits(labels=True)
    run = quick(tmp_path / "run", samples, graph, monitor=0.25, epochs=1, seed=4, method="supcon")
    watched, training = samples.split(0.25, seed=4)
    assert run.record["n"] == run.graph.n == len(training) == 72
    assert run.graph.keys == training.keys
    assert not {*training.ids} & {*watched.ids}
    expected = graph.to_scipy().toarray()[np.ix_(training.ids, training.ids)]
    np.testing.assert_array_equal(run.graph.to_scipy().toarray(), expected)
    assert fingerprint_of_graph(run.graph) == run.record["graph_fingerprint"]


def test_a_subset_of_samples_holds_out_its_own(tmp_path):
    ids = np.random.default_rng(0).permutation(N)[:60]
    part = digits(labels=True).subset(ids)
    graph = lw.neighbors(PIXELS[ids], k=3)
    run = quick(tmp_path / "run", part, graph, monitor=0.2, epochs=1, batch_size=16)
    _, training = part.split(0.2, seed=0)
    assert run.record["samples"] == training.keys.hash
    places = [part.keys.values.tolist().index(key) for key in training.keys.values.tolist()]
    np.testing.assert_array_equal(run.graph.to_scipy().toarray(), graph.to_scipy().toarray()[np.ix_(places, places)])


def test_no_group_is_both_trained_on_and_held_out(tmp_path):
    patients = np.arange(N) // 8
    samples = lw.open(IMAGES, labels=CLASSES, columns={"patient": patients})
    run = quick(tmp_path / "run", samples, monitor=0.25, group="patient", epochs=1)
    _, training = samples.split(0.25, group="patient", seed=0)
    assert run.record["samples"] == training.keys.hash
    with pytest.raises(LikewiseError, match="unknown column 'patent': did you mean 'patient'"):
        quick(tmp_path / "no", samples, monitor=0.25, group="patent")


def test_unlabelled_samples_neither_vote_nor_are_asked(tmp_path):
    y = np.where(np.arange(N) < 40, CLASSES, -1)
    run = quick(tmp_path / "run", lw.open(IMAGES, labels=y, unlabelled=-1), monitor=0.25, epochs=1)
    assert 0 <= run.metrics()[-1]["knn"] <= 1
    none = quick(tmp_path / "none", lw.open(IMAGES, labels=np.full(N, -1), unlabelled=-1), monitor=0.25, epochs=1)
    assert "knn" not in none.metrics()[-1]


def test_streamed_samples_train_to_the_same_weights(tmp_path):
    pixels = tmp_path / "x.npy"
    np.save(pixels, (IMAGES * 255).astype(np.uint8))
    resident, streamed = lw.open(pixels, resident=True), lw.open(pixels, resident=False)
    assert (resident.resident, streamed.resident) == (True, False)
    runs = [
        quick(tmp_path / name, samples, neighbors(), method="moco")
        for name, samples in (("resident", resident), ("streamed", streamed))
    ]
    assert equal(*runs)


@pytest.mark.slow
def test_streamed_by_workers_train_to_the_same_weights_also_when_mining(tmp_path):
    pixels = tmp_path / "x.npy"
    np.save(pixels, (IMAGES * 255).astype(np.uint8))
    runs = [
        quick(
            tmp_path / str(workers),
            lw.open(pixels, resident=False),
            workers=workers,
            remine=1,
            remine_with=lambda space, epoch: lw.neighbors(space, k=2),
        )
        for workers in (0, 2)
    ]
    assert equal(*runs)


def test_vectors_train_with_an_mlp_and_an_own_module(tmp_path):
    samples = lw.open(PIXELS, labels=CLASSES)
    run = quick(tmp_path / "mlp", samples, neighbors(), encoder="mlp", width=8, views="strong")
    assert run.embed(samples).shape == (N, 8)


def own_module():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 5), nn.Dropout(0.5))


def test_an_own_module_serves_and_its_dropout_is_a_function_of_the_seed(tmp_path):
    samples = lw.open(PIXELS)
    whole = quick(tmp_path / "whole", samples, encoder=own_module())
    part = quick(tmp_path / "part", samples, encoder=own_module(), minutes=1e-9)
    with pytest.raises(LikewiseError, match="a module of yours: build it yourself"):
        part.embed(samples)
    assert part.embed(samples, module=own_module()).shape == (N, 5)
    assert equal(quick(tmp_path / "part", samples, encoder=own_module(), resume=True), whole)


@pytest.mark.parametrize(("optimizer", "lr"), [("sgd", None), ("lars", None), ("adamw", 1e-2)])
@pytest.mark.parametrize("precision", ["float32", "bf16", "auto"])
def test_every_optimizer_and_precision_lowers_the_loss(optimizer, lr, precision, tmp_path):
    run = quick(tmp_path / "r", graph=neighbors(), optimizer=optimizer, lr=lr, precision=precision, epochs=6)
    losses = [row["loss"] for row in run.metrics()]
    assert losses[-1] < losses[0]
    assert all(value.dtype in (torch.float32, torch.int64) for value in weights(run).values())
    assert run.record["precision"] in ("float32", "bf16")


def test_accumulated_batches_step_less_often(tmp_path):
    def steps(accumulate):
        run = quick(tmp_path / str(accumulate), accumulate=accumulate, epochs=2)
        state = torch.load(run.path / "checkpoint-6.pt", weights_only=True)
        return state["updates"], state["scheduler"]["last_epoch"]

    assert [steps(many) for many in (1, 2, 3)] == [(6, 6), (4, 4), (2, 2)]


def test_views_that_change_nothing_are_warned_of(tmp_path):
    with pytest.warns(UserWarning, match="100% of draws, which give the sample itself, are identical"):
        quick(tmp_path / "a", views="none", epochs=1)
    with pytest.warns(UserWarning, match="views of the anchor itself are identical"):
        quick(tmp_path / "b", graph=neighbors(), views=Compose(), partners=0, epochs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quick(tmp_path / "c", graph=neighbors(), views="none", epochs=1)
        quick(tmp_path / "d", views=Compose(image.Noise(0.1)), epochs=1)


class Collapsing(nn.Module):
    """Gives every sample nearly the same vector."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 8)

    def forward(self, x):
        return 1 + 1e-4 * self.layer(x.flatten(1))


def test_a_collapsed_representation_is_warned_of_once_and_kept_in_the_record(tmp_path):
    with pytest.warns(UserWarning, match="epoch 1: the representation has collapsed") as caught:
        run = quick(tmp_path / "run", encoder=Collapsing(), epochs=3)
    assert len([one for one in caught if "collapsed" in str(one.message)]) == 1
    assert run.record["warnings"][0].startswith("epoch 1: the representation has collapsed")
    assert "warnings" not in quick(tmp_path / "sound", epochs=1).record


def test_a_loss_that_is_not_finite_stops_the_run_and_frees_its_folder(tmp_path):
    with pytest.raises(LikewiseError, match="the loss of epoch 1 is not finite: lower the learning rate"):
        quick(tmp_path / "run", lr=1e30, warmup=0, method="barlow")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"batch_size": 97}, "batch_size 97 must be at least 1 and fit into the 96"),
        ({"method": "simclrr"}, "unknown method 'simclrr': did you mean 'simclr'"),
        ({"views": "week"}, "unknown image views 'week': did you mean 'weak'"),
        ({"encoder": "resnet81"}, "unknown encoder 'resnet81': did you mean 'resnet"),
        ({"temprature": 0.1}, "unknown setting of fit with method simclr 'temprature': did you mean 'temperature'"),
        ({"method": "byol", "temperature": 0.1}, "unknown setting of fit with method byol 'temperature'"),
        ({"optimizer": "adam"}, "unknown optimizer 'adam': did you mean 'adamw'"),
        ({"sample": "pair"}, "unknown sample 'pair': did you mean 'pairs'"),
        ({"precision": "fp16"}, "unknown precision 'fp16': did you mean 'bf16'"),
        ({"method": "moco", "queue": 60}, "a queue of 60 is longer than half of the 96 samples"),
        ({"remine": 2}, "remine= says how often, but not how"),
        ({"graph": "small"}, "the graph has 5 samples, the data 96"),
        ({"graph": "other"}, "expected 'key0'. Use graph.align"),
        ({"epochs": "3"}, "epochs must be a whole number of at least 1, got '3'"),
        ({"partners": 2}, "of 2 views at most 1 can be partners, got 2"),
        ({"temperature": -1.0}, "the temperature must be a number greater than 0"),
        ({"false_negatives": "atract"}, "unknown false_negatives 'atract': did you mean 'attract'"),
    ],
)
def test_bad_input_is_one_clear_sentence_and_leaves_nothing_behind(options, sentence, tmp_path):
    graphs = {
        "small": lw.SimilarityGraph.none(5),
        "other": neighbors().with_keys(lw.Keys.of(f"key{i}" for i in range(N))),
    }
    options = {**options, "graph": graphs.get(options.get("graph"))}
    with pytest.raises(LikewiseError, match=sentence):
        quick(tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LikewiseError, match=r"could not write the run to .* \(.*\)"):
        quick(tmp_path / "file" / "run")


def test_files_of_others_in_the_folder_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(LikewiseError):
        quick(tmp_path, temperature=-1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert quick(tmp_path, epochs=1).finished


def test_the_pace_is_told_unless_quiet(tmp_path, capfd):
    quick(tmp_path / "told", digits(labels=True), monitor=0.2, quiet=False, epochs=2)
    told = capfd.readouterr()
    lines = [line for line in told.err.splitlines() if line.startswith("epoch")]
    assert len(lines) == 2
    assert all(word in lines[1] for word in ("epoch    2/2", "loss", "kNN", "RankMe", "samples/s", "waiting"))
    assert "are held out of training and of its graph" in told.err
    assert told.out == ""
    quick(tmp_path / "quiet", epochs=1)
    assert capfd.readouterr() == ("", "")


def test_tensorboard_gets_the_same_numbers(tmp_path):
    pytest.importorskip("tensorboard")
    run = quick(tmp_path / "run", logger="tensorboard", epochs=1)
    assert list((run.path / "tensorboard").glob("events*"))


def test_settings_are_read_from_plain_arguments():
    chosen, parts, _ = read_arguments(
        {"method": "moco", "temperature": 0.1, "options": {"queue": 8}, "lr": np.float32(0.5)}
    )
    assert parts == Parts()
    assert chosen.options == {"queue": 8, "temperature": 0.1}
    assert (chosen.lr, type(chosen.lr)) == (0.5, float)
    assert Settings.from_json(json.loads(json.dumps(chosen.as_json()))) == chosen
    assert QUICK["epochs"] == 3


def test_files_that_are_not_its_own_are_left_alone(tmp_path):
    folder = tmp_path / "mine"
    (folder / "graph").mkdir(parents=True)
    (folder / "graph" / "thesis.tex").write_text("three years")
    (folder / "checkpoint-of-mine.txt").write_text("too")
    with pytest.raises(LikewiseError, match="holds no run, but graph"):
        quick(folder)
    assert sorted(path.name for path in folder.rglob("*")) == ["checkpoint-of-mine.txt", "graph", "thesis.tex"]


def test_what_is_put_beside_a_run_stays(tmp_path):
    run = quick(tmp_path / "run", epochs=2, minutes=0)
    assert run.record["steps_done"] == 1
    for name in ("checkpoint-backup", "graph-k10"):
        (run.path / name).mkdir()
    quick(run.path, epochs=2, resume=True)
    assert {"checkpoint-backup", "graph-k10", "checkpoint-6.pt"} <= {path.name for path in run.path.iterdir()}
    assert not (run.path / "checkpoint-1.pt").exists()


def test_pairs_cannot_be_mined_anew():
    with pytest.raises(LikewiseError, match="no remine"):
        Settings(sample="pairs", remine=1)


def test_fingerprints_know_how_terms_are_combined():
    g, h, m = neighbors(), lw.random_like(neighbors(), 1), lw.random_like(neighbors(), 2)
    y = lw.labels(CLASSES)
    graphs = [g | h, g + h, 0.9 * g + 0.1 * h, 0.1 * g + 0.9 * h, y - g, y - h, (y - g) | m, g, h]
    assert len({fingerprint_of_graph(graph) for graph in graphs}) == len(graphs)
    assert fingerprint_of_graph(g | h) == fingerprint_of_graph(neighbors() | lw.random_like(neighbors(), 1))
