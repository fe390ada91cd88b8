"""The options of training on the command line and in files are those of Settings, said once."""

import json

import numpy as np
import pytest
import torch
from tests.training.cases import CLASSES, IMAGES, equal
from typer.testing import CliRunner

from likewise import signature
from likewise.cli.main import app, main
from likewise.settings import Execution, Settings
from likewise.training import TrainedRun
from likewise.training.records import fingerprint_of_graph

SMALL = ["--encoder", "conv3", "--width", "4", "--batch-size", "16", "--hidden", "16", "--dim", "8", "--workers", "0"]


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("digits.npz", x=(IMAGES * 255).astype(np.uint8), y=CLASSES)
    return "digits.npz"


def fit(data, *options):
    assert main(["fit", data, *map(str, options)]) == 0


def weights(folder):
    return TrainedRun.load(folder).encoder().state_dict()


def test_the_typed_signature_is_that_of_the_settings():
    assert signature.TARGET.read_text() == signature.source(), "run: python -m likewise.signature"


def test_every_option_is_on_the_command_line():
    text = CliRunner().invoke(app, ["fit", "--help"], terminal_width=200).output
    names = [*Settings.names(), *Execution.names(), *signature.part_options()]
    objects = ("callbacks", "encoder_options", "options", "predictor", "projector", "remine_with")
    missing = [name for name in names if name not in objects and f"--{name.replace('_', '-')}" not in text]
    assert not missing


def test_options_reach_the_run(data):
    fit(data, *SMALL, "--epochs", 2, "--warmup", 1, "--weight-decay", 0.01, "--accumulate", 2, "--view-count", 3,
        "--partners", 2, "--method", "moco", "--queue", 20, "--momentum", 0.9, "--neighbors", 2, "--keep", "rankme",
        "--freeze", "0", "--no-pretrained", "--out", "run")  # fmt: skip
    settings = TrainedRun.load("run").settings
    assert (settings.warmup, settings.weight_decay, settings.accumulate) == (1, 0.01, 2)
    assert (settings.view_count, settings.partners, settings.keep, settings.freeze) == (3, 2, "rankme", ("0",))
    assert settings.options == {"queue": 20, "momentum": 0.9, "hidden": 16, "dim": 8}


@pytest.mark.parametrize("graph", [["--neighbors", "3"], []])
def test_run_json_repeats_the_run(data, graph):
    fit(data, *SMALL, "--epochs", 2, "--seed", 5, "--method", "byol", *graph, "--out", "first")
    fit(data, "--config", "first/run.json", "--out", "again")
    first, again = weights("first"), weights("again")
    assert all(torch.equal(first[name], again[name]) for name in first)
    fit(data, "--config", "first/run.json", "--seed", 6, "--out", "other")
    assert TrainedRun.load("other").settings.seed == 6
    assert not torch.equal(first["0.weight"], weights("other")["0.weight"])


def repeats(one, two):
    """Whether two runs kept the same epoch's encoder, to the bit, after the same training."""
    one, two = TrainedRun.load(one), TrainedRun.load(two)
    same = one.metrics()[-1]["loss"] == two.metrics()[-1]["loss"] and one.record["kept"] == two.record["kept"]
    return same and equal(one, two) and fingerprint_of_graph(one.graph) == fingerprint_of_graph(two.graph)


def test_run_json_repeats_a_run_that_mined_anew_and_one_that_went_on_from_it(data):
    """Its graph was of labels, too, so that one of neighbours alone would not repeat it."""
    mined = ["--neighbors", 3, "--use-labels", "--keep", "pairs", "--remine", 1]
    fit(data, *SMALL, "--epochs", 3, *mined, "--out", "first")
    fit(data, "--config", "first/run.json", "--out", "again")
    assert repeats("first", "again")
    fit(data, *SMALL, "--epochs", 1, "--start-from", "first", "--out", "further")
    fit(data, "--config", "further/run.json", "--out", "further-again")
    assert repeats("further", "further-again")
    assert TrainedRun.load("further-again").record["started_from"]["run"] == "first"


def test_how_a_function_of_yours_mined_is_not_guessed(data, tmp_path, capsys):
    fit(data, *SMALL, "--epochs", 1, "--neighbors", 3, "--remine", 1, "--out", "first")
    record = json.loads((tmp_path / "first" / "run.json").read_text())
    record["remine_with"]["function"] = "mine.neighbors"
    (tmp_path / "first" / "run.json").write_text(json.dumps(record))
    assert main(["fit", data, "--config", "first/run.json", "--out", "again"]) == 2
    assert "--remine takes neighbours anew: say how many with --neighbors" in capsys.readouterr().err
    fit(data, "--config", "first/run.json", "--neighbors", 2, "--out", "again")
    assert TrainedRun.load("again").record["remine_with"]["options"] == {"count": 2}


def test_commands_of_the_same_second_keep_a_run_each(data, monkeypatch):
    monkeypatch.setattr("time.strftime", lambda *_: "20260102-030405")
    for _ in range(2):
        fit(data, *SMALL, "--epochs", 1)
    assert all(TrainedRun.load(f"runs/20260102-030405{end}").finished for end in ("", "-2"))


def test_a_file_gives_any_option_and_the_command_line_wins(data, tmp_path):
    (tmp_path / "fit.toml").write_text(
        'neighbors = 2\nencoder = "conv3"\nwidth = 4\nbatch-size = 16\nepochs = 3\n'
        'method = "vicreg"\nmonitor = 0.2\nout = "run"\n[options]\nhidden = 16\ninvariance = 10.0\n'
    )
    fit(
        data,
        "--config",
        "fit.toml",
        "--set",
        "epochs=2",
        "--set",
        "covariance=2",
        "--set",
        "views=strong",
        "--lr",
        0.01,
    )
    run = TrainedRun.load("run")
    assert (run.settings.epochs, run.settings.monitor, run.settings.views, run.settings.lr) == (2, 0.2, "strong", 0.01)
    assert run.settings.options == {"hidden": 16, "invariance": 10.0, "covariance": 2}
    assert "neighbors" in run.record["graph"]
    assert "knn" in run.metrics()[-1]


@pytest.mark.parametrize(
    ("file", "options", "sentence"),
    [
        ("epoch = 3", [], "unknown setting of fit with method simclr 'epoch': did you mean 'epochs'"),
        ("epochs = [", [], "fit.toml is not TOML"),
        ("epochs = '3'", [], "epochs must be a whole number of at least 1, got '3'"),
        ("neighbors = 'five'", [], "neighbors must be of type int, got 'five'"),
        ("loss = 'my.module.loss'", [], "unknown loss 'my.module.loss'"),
        ("loss = 'contrastive'\nmethod = 'byol'", [], "the method 'byol' has a loss of its own"),
        ("", ["--set", "epochs"], "--set takes NAME=VALUE, got 'epochs'"),
        ("", ["--config", "no.toml"], "cannot read no.toml"),
    ],
)
def test_files_that_make_no_sense_are_one_sentence(data, tmp_path, capsys, file, options, sentence):
    (tmp_path / "fit.toml").write_text(file)
    assert main(["fit", data, "--config", "fit.toml", *options]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("likewise: ")
    assert sentence in said
    assert not (tmp_path / "runs").exists()


def test_a_run_of_parts_of_yours_is_not_repeated_from_its_file(data, tmp_path, capsys):
    fit(data, *SMALL, "--epochs", 1, "--out", "first")
    record = json.loads((tmp_path / "first" / "run.json").read_text())
    record["settings"] |= {"method": None, "loss": "mine.margin"}
    (tmp_path / "first" / "run.json").write_text(json.dumps(record))
    assert main(["fit", data, "--config", "first/run.json", "--out", "again"]) == 2
    assert "unknown loss 'mine.margin'" in capsys.readouterr().err
