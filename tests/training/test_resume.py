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
    return quick(out, graph=neighbors(), **WAYS[way], **remine, **more)


@pytest.mark.parametrize("way", WAYS)
def test_a_run_resumed_after_every_step_has_the_weights_of_one_never_stopped(way, tmp_path):
    whole = fit(way, tmp_path / "whole")
    part = fit(way, tmp_path / "part", minutes=1e-9)
    sittings, updates = 1, 1 + (way == "byol")  # whose gradients of two batches make a step
    assert (part.finished, part.record["epochs_done"], part.record["steps_done"]) == (False, 0, updates)
    while not part.finished:
        part = fit(way, tmp_path / "part", minutes=1e-9, resume=True)
        sittings += 1
    assert sittings == (6 if way == "byol" else whole.record["steps_done"])
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


@pytest.mark.parametrize(
    ("moment", "call", "done"),
    [
        ("write_json", 1, None),
        ("save_weights", 1, 0),
        ("save_weights", 4, 3),
        ("write_json", 5, 2),
        ("clean", 4, 3),
        ("note", 2, 5),
        ("keep_graph", 2, 5),
    ],
)
def test_a_run_killed_while_saving_goes_on_to_the_same_weights(moment, call, done, tmp_path, monkeypatch):
    whole, calls = fit("remined", tmp_path / "whole"), []
    owner = writing if hasattr(writing, moment) else writing.Writer
    real = getattr(owner, moment)

    def dying(*arguments, **options):
        calls.append(moment)
        if len(calls) == call:
            raise Killed
        return real(*arguments, **options)

    monkeypatch.setattr(owner, moment, dying)
    with pytest.raises(Killed):
        fit("remined", tmp_path / "part", save_every=0.0)
    monkeypatch.undo()
    if done is not None:
        assert TrainedRun.load(tmp_path / "part").record["steps_done"] == done
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
    while not record.is_file() or json.loads(record.read_text())["steps_done"] < 17:
        time.sleep(0.001)
        assert os.waitpid(child, os.WNOHANG) == (0, 0)
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0) == (child, signal.SIGKILL)
    assert 17 <= TrainedRun.load(tmp_path / "run").record["steps_done"] < 90
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


def mine(q, k, relation):
    return lw.losses.vicreg(q, k, relation)


def test_parts_of_yours_are_given_again(tmp_path):
    run = quick(tmp_path / "run", loss=mine, minutes=0)
    assert run.settings.loss == f"{mine.__module__}.mine"
    with pytest.raises(LikewiseError, match=r"was started with loss = .*mine: give it again"):
        quick(run.path, resume=True)
    with pytest.raises(LikewiseError, match=r"started with loss = .*mine, not contrastive"):
        quick(run.path, resume=True, loss="contrastive")
    assert equal(quick(run.path, resume=True, loss=mine), quick(tmp_path / "whole", loss=mine))


def test_a_folder_in_use_is_refused_and_a_finished_run_is_returned_as_it_is(stopped):
    with pytest.raises(LikewiseError, match=r"already holds a run: go on with it \(resume\), or choose another"):
        quick(stopped.path, graph=neighbors())
    finished = quick(stopped.path, resume=True)
    before = weights(finished)
    again = quick(stopped.path, resume=True)
    assert again.record == finished.record
    assert all(torch.equal(before[name], value) for name, value in weights(again).items())


def test_resuming_where_nothing_is_says_so_and_begins(tmp_path, capfd):
    assert quick(tmp_path / "new", resume=True, epochs=1, quiet=False).finished
    said = [line for line in capfd.readouterr().err.splitlines() if "no run" in line]
    assert said == [f"there is no run in {tmp_path / 'new'} yet: a new one begins"]
    assert quick(tmp_path / "quiet", resume=True, epochs=1).finished
    assert capfd.readouterr().err == ""


def test_another_number_of_processes_is_refused(stopped):
    """Each process trains its own part of every step, so the batches would be others."""
    record = json.loads((stopped.path / "run.json").read_text())
    (stopped.path / "run.json").write_text(json.dumps({**record, "processes": 2}))
    with pytest.raises(LikewiseError, match=r"was started with processes = 2, not 1: resume it so, or"):
        quick(stopped.path, resume=True)
    (stopped.path / "run.json").write_text(json.dumps(record))
    assert quick(stopped.path, resume=True).finished


def test_a_full_disk_keeps_the_last_good_checkpoint(stopped):
    """The limit on the size of files fails a write halfway, as a full disk does."""
    good, limit = weights(stopped), resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (stopped.path / "checkpoint-1.pt").stat().st_size
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, limit[1]))
        with pytest.raises(LikewiseError, match=r"could not write step 9 to .*\(.+\); step 1 is kept, resume from it"):
            quick(stopped.path, resume=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    kept = TrainedRun.load(stopped.path)
    assert kept.record["steps_done"] == 1
    assert all(torch.equal(good[name], value) for name, value in weights(kept).items())
    assert sorted(path.name for path in stopped.path.iterdir()) == [
        "checkpoint-1.pt",
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


class Signals:
    """Sends a signal to this process after a step."""

    def __init__(self, number, step, times=1):
        self.number, self.step, self.times = number, step, times

    def on_step(self, state):
        if state.step == self.step:
            for _ in range(self.times):
                signal.raise_signal(self.number)


@pytest.mark.parametrize(("number", "left"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_a_signal_finishes_the_step_saves_and_leaves(number, left, tmp_path, keyboard, capfd):
    before = signal.getsignal(number)
    with pytest.raises(left) as caught:
        quick(tmp_path / "run", graph=neighbors(), callbacks=[Signals(number, 2)], quiet=False)
    assert left is KeyboardInterrupt or caught.value.code == 143
    assert signal.getsignal(number) is before
    assert "step 2 of 9 is saved in" in capfd.readouterr().err
    run = TrainedRun.load(tmp_path / "run")
    assert (run.record["steps_done"], run.record["epochs_done"]) == (2, 0)
    assert run.embed(digits()).shape == (N, 16)
    assert equal(quick(run.path, resume=True), quick(tmp_path / "whole", graph=neighbors()))


def test_a_second_signal_leaves_at_once(tmp_path, keyboard):
    with pytest.raises(KeyboardInterrupt):
        quick(tmp_path / "run", callbacks=[Signals(signal.SIGINT, 2, times=2)])
    assert TrainedRun.load(tmp_path / "run").record["steps_done"] == 0
    assert quick(tmp_path / "run", resume=True).finished


def test_a_sum_of_gradients_is_never_saved_half(tmp_path, keyboard):
    with pytest.raises(KeyboardInterrupt):
        quick(tmp_path / "run", accumulate=2, callbacks=[Signals(signal.SIGINT, 1)])
    assert TrainedRun.load(tmp_path / "run").record["steps_done"] == 2


def test_settings_are_compared_as_json_holds_them(tmp_path):
    options = {"temperature": np.float32(0.25), "lr": np.float64(0.1)}
    quick(tmp_path, minutes=1e-9, **options)
    assert quick(tmp_path, resume=True, **options).settings.options["temperature"] == 0.25
