"""Callbacks of the user's look on, log and stop."""

import pytest
import torch
from tests.training.cases import digits, equal, neighbors, quick

from likewise.errors import LikewiseError
from likewise.training import Callback


class Notebook(Callback):
    """Writes down when it was called, and with what."""

    def __init__(self):
        self.calls = []

    def on_start(self, state):
        self.calls.append(("start", state.step, state.epoch))

    def on_step(self, state):
        self.calls.append(("step", state.step, state.epoch))
        assert state.loss.ndim == 0

    def on_epoch(self, state):
        self.calls.append(("epoch", state.step, state.epoch))
        assert {"loss", "images_per_second"} <= state.metrics.keys()

    def on_end(self, state):
        self.calls.append(("end", state.step, state.epoch))


def test_hooks_are_called_in_their_order(tmp_path):
    seen = Notebook()
    quick(tmp_path / "run", epochs=2, callbacks=[seen])
    steps = [[("step", 3 * e + s, (3 * e + s) // 3) for s in (1, 2, 3)] + [("epoch", 3 * e + 3, e + 1)] for e in (0, 1)]
    assert seen.calls == [("start", 0, 0), *steps[0], *steps[1], ("end", 6, 2)]


def test_a_resumed_run_starts_where_it_stands(tmp_path):
    quick(tmp_path / "run", minutes=0)
    seen = Notebook()
    quick(tmp_path / "run", callbacks=[seen], resume=True)
    assert (seen.calls[0], seen.calls[-1]) == (("start", 1, 0), ("end", 9, 3))


class Logs:
    """Logs the norm of a weight; needs no base class."""

    def on_step(self, state):
        state.log(norm=next(state.encoder.parameters()).detach().norm())

    def on_epoch(self, state):
        state.log(twice=2 * state.metrics["loss"])


def test_logged_numbers_stand_in_the_rows_of_metrics(tmp_path):
    run = quick(tmp_path / "run", callbacks=[Logs()])
    rows = run.metrics()
    assert [row["twice"] for row in rows] == pytest.approx([2 * row["loss"] for row in rows], rel=1e-5)
    assert rows[-1]["norm"] == pytest.approx(float(next(run.encoder().parameters()).detach().norm()), rel=1e-4)


class StopsAt:
    def __init__(self, step):
        self.step = step

    def on_step(self, state):
        if state.step == self.step:
            state.stop()


def test_a_callback_may_stop_the_run_which_then_goes_on(tmp_path):
    part = quick(tmp_path / "part", graph=neighbors(), callbacks=[StopsAt(4)])
    assert (part.record["steps_done"], part.finished) == (4, False)
    assert equal(quick(part.path, resume=True), quick(tmp_path / "whole", graph=neighbors()))


def test_what_has_no_hook_is_refused(tmp_path):
    with pytest.raises(LikewiseError, match=r"at least one of the methods on_start, .*; object has none"):
        quick(tmp_path / "run", callbacks=[object()])
    assert not (tmp_path / "run").exists()


def test_callbacks_see_what_is_trained(tmp_path):
    samples, graph = digits(), neighbors()
    seen = {}

    class Looks:
        def on_end(self, state):
            seen.update(samples=state.samples, n=state.graph.n, method=state.method, steps=state.steps)
            assert state.settings.epochs == 1

    quick(tmp_path / "run", samples, graph, epochs=1, callbacks=[Looks()])
    assert seen["samples"] is samples
    assert (seen["n"], seen["steps"]) == (graph.n, 3)
    assert isinstance(seen["method"], torch.nn.Module)
