"""Parts of the user's: what may be given, how a run of them is used, and what is refused by a sentence."""

from collections import OrderedDict
from functools import partial

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tests.training.cases import IMAGES, N, digits, equal, neighbors, quick
from torch import nn

import likewise as lw
from likewise.errors import LikewiseError
from likewise.methods import build_encoder, build_method
from likewise.training import Callback, TrainedRun, embed, load_encoder

OWN = {"encoder": "conv3", "width": 4, "epochs": 1, "batch_size": 32, "quiet": True, "hidden": 16, "dim": 8}


class Dictionary(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 12))

    def forward(self, x):
        return OrderedDict(features=self.body(x), size=x.shape)


@pytest.mark.parametrize("output", ["features", lambda given: given["features"]])
def test_an_encoder_of_several_outputs_serves_after_training_too(output, tmp_path):
    samples, net = digits(labels=True), Dictionary()
    run = lw.fit(samples, **{**OWN, "encoder": net, "width": 0}, output=output, freeze=[], out=tmp_path / "run")
    features = run.embed(samples)
    assert features.shape == (N, 12)
    assert 0 <= run.evaluate(samples, samples, metrics=["knn"])["knn"] <= 1
    run.export(tmp_path / "encoder.safetensors")
    if isinstance(output, str):
        np.testing.assert_array_equal(TrainedRun.load(run.path).embed(samples, module=Dictionary()), features)
        again, normalize = load_encoder(tmp_path / "encoder.safetensors", Dictionary())
        with torch.no_grad():
            found = again(normalize(samples.read(np.arange(N)).float() / 255))
        np.testing.assert_allclose(found, features, atol=1e-4)


def test_parts_of_a_wrapped_encoder_freeze_by_their_own_names(tmp_path):
    net = Dictionary()
    with pytest.raises(LikewiseError, match="takes the whole encoder"):
        quick(tmp_path / "run", encoder=net, output="features", freeze=["body"])
    frozen = nn.Sequential(OrderedDict(flat=nn.Flatten(), first=nn.Linear(64, 8), second=nn.Linear(8, 8)))
    before = frozen.first.weight.detach().clone()
    quick(tmp_path / "two", encoder=frozen, freeze="first", epochs=1)
    assert torch.equal(frozen.first.weight, before)
    assert frozen.first.weight.requires_grad  # as before


def test_runs_keep_an_encoder_each_though_they_trained_one_module(tmp_path):
    samples, net = lw.open(IMAGES.reshape(N, 64)), nn.Linear(64, 8)
    options = {**OWN, "encoder": net, "width": 0}
    first = lw.fit(samples, **options, out=tmp_path / "one")
    features = first.embed(samples)
    lw.fit(samples, **options, out=tmp_path / "two")
    np.testing.assert_array_equal(first.embed(samples), features)


def bare():
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 8), nn.BatchNorm1d(8))


def compiled():
    return torch.compile(bare(), backend="eager")


@pytest.mark.parametrize("method", ["simclr", "byol"])
def test_a_compiled_encoder_trains_as_the_bare_one_and_its_weights_fit_into_that(method, tmp_path):
    samples, net = digits(labels=True), compiled()
    options = {**OWN, "method": method, "width": 0, "keep": "rankme"}
    run = lw.fit(samples, **{**options, "encoder": net}, out=tmp_path / "compiled")
    features = run.embed(samples)
    np.testing.assert_allclose(
        features, lw.fit(samples, **{**options, "encoder": bare()}, out=tmp_path / "bare").embed(samples), atol=1e-5
    )
    exported = run.export(tmp_path / "encoder.safetensors")
    for path in (run.path / "encoder.safetensors", exported):
        bare().load_state_dict(load_file(path))
    for module in (bare(), compiled()):
        encoder, normalize = load_encoder(exported, module)
        np.testing.assert_array_equal(embed(encoder, samples, normalize), features)
        np.testing.assert_array_equal(TrainedRun.load(run.path).embed(samples, module=module), features)


def test_a_compiled_encoder_serves_after_training_and_goes_on(tmp_path):
    net, options = compiled(), {"width": 0, "graph": neighbors()}
    whole = quick(tmp_path / "whole", encoder=net, **options)
    kept, x = bare(), torch.randn(5, 1, 8, 8)
    kept.load_state_dict(load_file(whole.path / "encoder.safetensors"))
    assert torch.equal(net.eval()(x), kept.eval()(x))
    part = quick(tmp_path / "part", encoder=compiled(), minutes=0, **options)
    assert equal(quick(part.path, encoder=compiled(), resume=True, **options), whole)
    assert equal(quick(tmp_path / "bare", encoder=bare(), **options), whole)


def test_a_run_of_a_ready_method_embeds(tmp_path):
    samples = digits()
    net, spec = build_encoder("conv3", samples.shape, width=4)
    method = build_method("simclr", net, spec.features, N, hidden=16, dim=8)
    run = lw.fit(samples, method=method, epochs=1, batch_size=32, quiet=True, out=tmp_path / "run")
    assert run.embed(samples).shape == (N, 16)


def test_numbers_of_numpy_in_optimizer_and_schedule_resume(tmp_path):
    parts = {"optimizer": partial(torch.optim.Adam, lr=np.float64(1e-3))}
    parts["schedule"] = lambda step, total: np.cos(np.pi / 2 * step / total)
    whole = quick(tmp_path / "whole", **parts)
    part = quick(tmp_path / "part", minutes=0, **parts)
    assert equal(quick(part.path, resume=True, **parts), whole)
    with pytest.raises(LikewiseError, match=r"started with optimizer = partial\(torch.optim.adam.Adam, lr="):
        quick(tmp_path / "part", resume=True, **{**parts, "optimizer": partial(torch.optim.Adam, lr=1e-2)})


def test_what_a_checkpoint_cannot_hold_is_said_before_training(tmp_path):
    def scheduler(optimizer):
        return torch.optim.lr_scheduler.LambdaLR(optimizer, Kept())

    class Kept:
        def __init__(self):
            self.inside = nn.Linear(1, 1)

        def __call__(self, step):
            return 1.0

    with pytest.raises(LikewiseError, match="keeps objects that a checkpoint cannot hold"):
        quick(tmp_path / "run", schedule=scheduler)
    assert not (tmp_path / "run").exists()


def test_an_error_after_an_epoch_keeps_what_was_written(tmp_path):
    class Breaks:
        def on_epoch(self, state):
            if state.epoch == 2:
                raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        quick(tmp_path / "run", graph=neighbors(), callbacks=[Breaks()])
    assert len(TrainedRun.load(tmp_path / "run").metrics()) == 1
    assert equal(quick(tmp_path / "run", resume=True), quick(tmp_path / "whole", graph=neighbors()))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"encoder": nn.Linear}, "an encoder is a name or a module"),
        ({"encoder": 3}, "an encoder is a name or a module, got 3"),
        ({"loss": 3, "method": None}, "loss= takes a name, a function or a module, got 3"),
        ({"options": 3}, "options= takes options by name, got 3"),
        ({"freeze": None}, "freeze= takes names of the encoder's parts, got None"),
        ({"callbacks": object()}, "callbacks= takes a list of them"),
        ({"callbacks": [Callback]}, "a class: give Callback"),
        ({"temperature": "a"}, "the temperature must be a number greater than 0, got 'a'"),
        ({"schedule": torch.optim.lr_scheduler.StepLR}, "schedule= must be a function of"),
        ({"schedule": torch.optim.lr_scheduler.ReduceLROnPlateau}, "schedule= must be a function of"),
        ({"optimizer": torch.optim.Adam, "lr": 0.1}, "lr= belongs to optimizers by name"),
        ({"encoder": nn.Flatten(), "pretrained": True}, "pretrained= belongs to encoders by name"),
    ],
)
def test_what_is_no_part_is_one_sentence(options, sentence, tmp_path):
    with pytest.raises(LikewiseError, match=sentence):
        quick(tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["epoch", "loss", "a,b"])
def test_a_callback_cannot_write_what_is_measured(name, tmp_path):
    class Logs:
        def on_step(self, state):
            state.log(**{name: 1.0})

    with pytest.raises(LikewiseError, match=f"a callback cannot log '{name}'"):
        quick(tmp_path / "run", callbacks=[Logs()])
