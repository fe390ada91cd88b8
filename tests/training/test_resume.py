"""A run that was stopped, by whatever, ends with the same weights as one that was not."""

import json
import os
import resource
import signal
import time
import warnings

import numpy as np
import pytest
import torch
from tests.training.cases import N, digits, equal, neighbors, quick, weights

import likewise as lw
from likewise.errors import LikewiseError
from likewise.training import TrainedRun, writing

WAYS = {
    "simclr": {"method": "simclr", "optimizer": "adamw"},
    "moco": {"method": "moco", "queue": 40},
    "nnclr": {"method": "nnclr", "optimizer": "lars"},
    "byol": {"method": "byol", "accumulate": 2, "lr": 0.1},
    "pairs": {"method": "simclr", "sample": "pairs"},
    "neighborhoods": {"method": "supcon", "sample": "neighborhoods"},
    "remined": {"method": "simclr", "remine": 1},
    "strong": {"method": "vicreg", "views": "strong", "lr": 0.01},
}


def fit(way, out, **more):
    remine = {"remine_with": lambda space, epoch: lw.neighbors(space, k=2 + epoch % 3)} if way == "remined" else {}
    return quick(out, graph=None if more.get("resume") else neighbors(), **WAYS[way], **remine, **more)


@pytest.mark.parametrize("way", WAYS)
def test_a_run_resumed_after_every_epoch_has_the_weights_of_one_never_stopped(way, tmp_path):
    whole = fit(way, tmp_path / "whole")
    part = fit(way, tmp_path / "part", minutes=1e-9)
    assert (part.finished, part.record["epochs_done"], len(part.metrics())) == (False, 1, 1)
    while not part.finished:
        part = fit(way, tmp_path / "part", minutes=1e-9, resume=True)
    assert part.record["epochs_done"] == 3
    assert equal(whole, part)
    assert [row["loss"] for row in part.metrics()] == [row["loss"] for row in whole.metrics()]
    assert (whole.graph.to_scipy() != part.graph.to_scipy()).nnz == 0
    assert len(list(part.path.glob("checkpoint-*"))) == 1


def test_equal_seeds_give_equal_runs_and_other_seeds_others(tmp_path):
    one, two, three = (quick(tmp_path / str(at), seed=seed, epochs=1) for at, seed in enumerate((5, 5, 6)))
    assert equal(one, two)
    assert not equal(one, three)


class Killed(BaseException):
    """What no handler of this library may catch."""


@pytest.mark.parametrize("moment", ["save_weights", "write_json", "_clean", "note"])
def test_a_run_killed_while_saving_goes_on_to_the_same_weights(moment, tmp_path, monkeypatch):
    whole, calls = fit("remined", tmp_path / "whole"), []
    owner = writing if hasattr(writing, moment) else writing.Writer
    real = getattr(owner, moment)

    def dying(*arguments, **options):
        calls.append(moment)
        if len(calls) == 2 + (moment == "write_json"):  # in the second epoch; the first record precedes the first
            raise Killed
        return real(*arguments, **options)

    monkeypatch.setattr(owner, moment, dying)
    with pytest.raises(Killed):
        fit("remined", tmp_path / "part", save_every=0.0)
    monkeypatch.undo()
    left = {path.name for path in (tmp_path / "part").iterdir()}
    assert {"checkpoint-1.ckpt", "checkpoint-2.ckpt", "graph-1", "graph-2"} <= left or moment == "note"
    assert TrainedRun.load(tmp_path / "part").record["epochs_done"] == (2 if moment == "_clean" else 1)
    assert equal(fit("remined", tmp_path / "part", resume=True), whole)
    assert len(list((tmp_path / "part").glob("*-*"))) == 2


def forked(work):
    """The id of a child process that does the work."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, of which the child uses none
        child = os.fork()
    if not child:
        try:
            torch.set_num_threads(1)
            work()
        finally:
            os._exit(0)
    return child


def test_a_run_that_is_killed_goes_on_to_the_same_weights(tmp_path):
    record = tmp_path / "run" / "run.json"
    child = forked(lambda: fit("remined", tmp_path / "run", save_every=0.0, epochs=30))
    while not record.is_file() or json.loads(record.read_text())["epochs_done"] < 6:
        time.sleep(0.001)
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0) == (child, signal.SIGKILL)
    assert 6 <= TrainedRun.load(tmp_path / "run").record["epochs_done"] < 30
    resumed = fit("remined", tmp_path / "run", epochs=30, resume=True)
    assert equal(resumed, fit("remined", tmp_path / "whole", epochs=30))


@pytest.fixture
def stopped(tmp_path):
    return quick(tmp_path / "run", graph=neighbors(), minutes=1e-9)


def test_a_run_of_another_kind_is_not_gone_on_with(stopped):
    def refused(match, samples=None, graph=None, **options):
        with pytest.raises(LikewiseError, match=match):
            quick(stopped.path, samples, graph, resume=True, **options)

    refused(r"started with temperature|started with options", temperature=0.5)
    refused(r"started with epochs = 3, not 4: resume it so", epochs=4)
    refused(r"started with method = simclr, not byol", method="byol")
    refused(r"started with views = weak, not none", views="none")
    refused(r"started with (features|width) = ", width=8)
    refused(r"started with precision = float32, not bf16", precision="bf16")
    refused(r"started with another graph", graph=neighbors(k=2))
    refused(r"started with n = 96, not 90", samples=digits().subset(range(90)))
    refused(r"started with other samples", samples=digits(keys=[f"{i}" for i in range(N)]))
    assert quick(stopped.path, graph=neighbors(), resume=True).finished


def test_a_folder_in_use_is_refused_and_a_finished_run_is_returned_as_it_is(stopped):
    with pytest.raises(LikewiseError, match=r"already holds a run: go on with it \(resume\), or choose another"):
        quick(stopped.path, graph=neighbors())
    finished = quick(stopped.path, resume=True)
    before = weights(finished)
    again = quick(stopped.path, resume=True)
    assert again.record == finished.record
    assert all(torch.equal(before[name], value) for name, value in weights(again).items())


def test_resuming_where_nothing_is_begins(tmp_path):
    assert quick(tmp_path / "new", resume=True, epochs=1).finished


def test_a_full_disk_keeps_the_last_good_checkpoint(stopped):
    """The limit on the size of files fails a write halfway, as a full disk does."""
    good, limit = weights(stopped), resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (stopped.path / "checkpoint-1.ckpt").stat().st_size
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, limit[1]))
        with pytest.raises(
            LikewiseError, match=r"could not write epoch 3 to .*\(.+\); epoch 1 is kept, resume from it"
        ):
            quick(stopped.path, resume=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    kept = TrainedRun.load(stopped.path)
    assert kept.record["epochs_done"] == 1
    assert all(torch.equal(good[name], value) for name, value in weights(kept).items())
    assert sorted(path.name for path in stopped.path.iterdir()) == [
        "checkpoint-1.ckpt",
        "encoder.safetensors",
        "graph",
        "metrics.csv",
        "run.json",
    ]
    assert quick(stopped.path, resume=True).finished


@pytest.fixture
def keyboard():
    """Ctrl-C interrupts, also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_run_leaves_the_keyboard_as_it_was_and_its_folder_free(tmp_path, keyboard):
    def interrupt(space, epoch):
        signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        quick(tmp_path / "run", remine=1, remine_with=interrupt)
    assert signal.getsignal(signal.SIGINT) is before
    assert not (tmp_path / "run").exists()
    with pytest.raises(KeyboardInterrupt):
        quick(tmp_path / "saved", remine=2, remine_with=interrupt, save_every=0.0)
    assert TrainedRun.load(tmp_path / "saved").record["epochs_done"] == 1


def test_settings_are_compared_as_json_holds_them(tmp_path):
    options = {"temperature": np.float32(0.25), "lr": np.float64(0.1)}
    quick(tmp_path, minutes=1e-9, **options)
    assert quick(tmp_path, resume=True, **options).settings.options["temperature"] == 0.25
