"""A new run that begins with the weights of another."""

import pytest
import torch
from tests.training.cases import digits, neighbors, quick, weights

from likewise.errors import LikewiseError
from likewise.training import watching


@pytest.fixture
def first(tmp_path):
    return quick(tmp_path / "first", graph=neighbors(), method="moco", queue=40)


def test_a_finished_run_is_prolonged_with_a_schedule_of_its_own(first, tmp_path):
    still = quick(tmp_path / "still", graph=neighbors(), method="moco", queue=40, lr=0.0, epochs=1, start_from=first)
    before, after = weights(first), weights(still)
    parameters = [name for name in before if name.endswith("weight") and not name.startswith("target")]
    assert parameters
    assert all(torch.equal(before[name], after[name]) for name in parameters)
    assert still.record["started_from"] == {"run": str(first.path), "step": 9, "weights": "all"}
    assert f"started from {first.path}" in repr(still)
    assert still.record["steps_done"] == 3


@pytest.mark.parametrize("kept", [1, 3])
def test_a_run_that_kept_an_earlier_epoch_is_gone_on_with_from_that_one(kept, tmp_path, monkeypatch):
    """Heads are kept of the last step alone, so an encoder of an earlier epoch begins with new ones."""
    monkeypatch.setattr(watching, "measure", lambda learner, watch: {"rankme": float(learner.epochs_done == kept)})
    first = quick(tmp_path / "first", graph=neighbors(), keep="rankme")
    assert first.record["kept"]["epoch"] == kept
    run = quick(tmp_path / "run", graph=neighbors(), lr=0.0, epochs=1, start_from=first)
    what = {1: "encoder", 3: "all"}[kept]
    assert run.record["started_from"] == {"run": str(first.path), "step": 3 * kept, "weights": what}
    before, last, after = dict(first.encoder().named_parameters()), weights(first), weights(run)
    assert all(torch.equal(value, after[f"encoder.{name}"]) for name, value in before.items())
    assert torch.equal(after["encoder.0.weight"], last["encoder.0.weight"]) == (kept == 3)
    assert torch.equal(after["projector.0.weight"], last["projector.0.weight"]) == (kept == 3)


def test_another_method_takes_the_encoder(first, tmp_path):
    run = quick(tmp_path / "byol", method="byol", lr=0.0, epochs=1, start_from=first.path)
    assert run.record["started_from"]["weights"] == "encoder"
    before, after = weights(first), weights(run)
    assert torch.equal(before["encoder.0.weight"], after["encoder.0.weight"])
    assert torch.equal(before["encoder.0.weight"], after["target.0.0.weight"])


def test_a_run_of_another_encoder_or_none_is_refused(first, tmp_path):
    with pytest.raises(LikewiseError, match="is another one: start with the same encoder="):
        quick(tmp_path / "wide", width=8, start_from=first)
    with pytest.raises(LikewiseError, match="there is no run at"):
        quick(tmp_path / "none", start_from=tmp_path / "nowhere")
    assert not (tmp_path / "wide").exists()


def test_a_started_run_resumes_without_the_first(first, tmp_path):
    options = {"method": "moco", "queue": 40, "graph": neighbors()}
    whole = quick(tmp_path / "whole", start_from=first, **options)
    part = quick(tmp_path / "part", start_from=first, minutes=0, **options)
    resumed = quick(part.path, resume=True, **options)
    one, two = weights(whole), weights(resumed)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert resumed.record["started_from"] == whole.record["started_from"]


def test_frozen_parts_stay_as_they_are(first, tmp_path):
    run = quick(tmp_path / "run", digits(), neighbors(), method="byol", start_from=first, freeze=["0", "1"], epochs=2)
    before, after = weights(first), weights(run)
    frozen = [name for name in before if name.startswith(("encoder.0.", "encoder.1."))]
    assert len(frozen) == 6  # a convolution, and a norm with its statistics
    assert all(torch.equal(before[name], after[name]) for name in frozen)
    assert not torch.equal(before["encoder.3.weight"], after["encoder.3.weight"])
    assert torch.equal(after["target.0.1.running_mean"], before["encoder.1.running_mean"])
