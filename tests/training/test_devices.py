"""Runs of any precision stand beside each other, and beside accelerators of the user's."""

import copy
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState, PartialState
from tests.training.cases import QUICK, digits, equal, neighbors, quick

from likewise.errors import LikewiseError
from likewise.methods import build_encoder, build_method
from likewise.training import devices, train

STATES = (PartialState, AcceleratorState, GradientState)


def clear():
    for state in STATES:
        state._shared_state.clear()


def test_two_runs_of_different_precision_in_one_process(tmp_path):
    clear()
    for precision in ("bf16", "float32", "bf16"):
        run = quick(tmp_path / f"{precision}{len(list(tmp_path.iterdir()))}", precision=precision, epochs=1)
        assert run.record["precision"] == precision
    assert not any(state._shared_state for state in STATES)


def test_a_run_inside_an_accelerator_of_yours_leaves_it_as_it_was(tmp_path):
    clear()
    alone = quick(tmp_path / "alone", graph=neighbors(), epochs=1)
    try:
        yours = Accelerator(cpu=True, mixed_precision="bf16", gradient_accumulation_steps=4)
        model, optimizer = torch.nn.Linear(2, 2), None
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        model, optimizer = yours.prepare(model, optimizer)
        before = [dict(state._shared_state) for state in STATES]
        inside = quick(tmp_path / "inside", graph=neighbors(), epochs=1)
        assert equal(alone, inside)
        assert [dict(state._shared_state) for state in STATES] == before
        assert yours.mixed_precision == "bf16"
        with yours.accumulate(model):
            yours.backward(model(torch.ones(3, 2)).sum())
            optimizer.step()
    finally:
        clear()


def test_a_ready_method_is_left_as_it_was_and_trains_again(tmp_path):
    samples = digits()
    net, spec = build_encoder("conv3", samples.shape, width=4)
    method = build_method("simclr", net, spec.features, len(samples), hidden=16, dim=8)
    before = set(vars(method))
    options = {"encoder": None, "width": 0, "method": method, "precision": "bf16", "epochs": 1}
    options = {name: value for name, value in {**QUICK, **options}.items() if name not in ("hidden", "dim")}
    start = copy.deepcopy(method.state_dict())
    one = train(samples, out=tmp_path / "one", **options)
    assert set(vars(method)) == before
    method.load_state_dict(start)
    two = train(samples, out=tmp_path / "two", **options)
    assert equal(one, two)
    with pytest.raises(LikewiseError, match="the method is ready, with an encoder"):
        train(samples, out=tmp_path / "three", **options | {"projector": torch.nn.Identity()})


def test_the_environment_does_not_say_how_gradients_are_summed(tmp_path, monkeypatch):
    runs = [quick(tmp_path / f"plain-{many}", accumulate=many, epochs=1) for many in (1, 2)]
    monkeypatch.setenv("ACCELERATE_GRADIENT_ACCUMULATION_STEPS", "4")
    asked = [quick(tmp_path / f"asked-{many}", accumulate=many, epochs=1) for many in (1, 2)]
    assert all(equal(one, two) for one, two in zip(runs, asked, strict=True))
    assert not equal(*asked)


class Amid:
    """Does something once, between two steps of a run."""

    def __init__(self, work):
        self.work, self.found = work, None

    def on_step(self, state):
        if state.step == 2:
            self.found = self.work()


def in_a_thread(work):
    """What the work gives, or the error that it ends with, in a thread of its own."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        return done.exception() or done.result()


def test_while_one_thread_trains_another_is_refused(tmp_path):
    alone = quick(tmp_path / "alone", graph=neighbors())
    amid = Amid(lambda: in_a_thread(lambda: quick(tmp_path / "other", precision="bf16")))
    assert equal(alone, quick(tmp_path / "run", graph=neighbors(), callbacks=[amid]))
    assert isinstance(amid.found, LikewiseError)
    assert "another thread of this process trains" in str(amid.found)
    assert not (tmp_path / "other").exists()
    assert equal(alone, in_a_thread(lambda: quick(tmp_path / "afterwards", graph=neighbors())))


def test_a_thread_that_is_refused_leaves_random_numbers_to_the_one_that_trains(tmp_path, monkeypatch):
    states = []

    class Taken:
        def acquire(self, blocking):
            states.append(torch.get_rng_state())
            return False

    monkeypatch.setattr(devices, "_LOCK", Taken())
    torch.manual_seed(3)
    before = torch.get_rng_state()
    with pytest.raises(LikewiseError, match="another thread of this process trains"):
        quick(tmp_path / "run")
    assert len(states) == 1
    assert torch.equal(states[0], before)


def test_a_run_may_train_another_on_its_way(tmp_path):
    outer = quick(tmp_path / "outer", graph=neighbors())
    inner = quick(tmp_path / "inner", method="byol", precision="bf16")
    amid = Amid(lambda: quick(tmp_path / "inside", method="byol", precision="bf16"))
    assert equal(outer, quick(tmp_path / "around", graph=neighbors(), callbacks=[amid]))
    assert equal(inner, amid.found)


BLOCKED = ("rich", "typer", "jinja2", "matplotlib", "lightning", "starlette", "uvicorn", "datasets", "pandas", "faiss")
SCRIPT = f"""
import sys
class Hides:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, *where):
        return None if name.split(".")[0] in {BLOCKED} else self.finder.find_spec(name, *where)
    def __getattr__(self, name):
        return getattr(self.finder, name)
sys.meta_path = [Hides(finder) for finder in sys.meta_path]
import numpy as np, likewise as lw
x = np.random.default_rng(0).random((60, 8, 8)).astype("float32")
samples = lw.open(x, labels=np.arange(60) % 3)
space = lw.priors.pca(samples, 8)
graph = lw.neighbors(space, k=3) | lw.same(np.arange(60) % 20)
graph.diagnose(samples.labels)
run = lw.fit(samples, graph, encoder="conv3", width=4, epochs=2, batch_size=16, out=sys.argv[1])
print(run.evaluate(samples, samples))
run.export(sys.argv[1] + "/encoder.safetensors")
assert not {{*{BLOCKED}}} & {{name.split(".")[0] for name in sys.modules}}
"""


def test_the_core_trains_without_what_only_commands_and_reports_need(tmp_path):
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path / "run")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
