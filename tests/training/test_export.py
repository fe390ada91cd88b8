import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import timm
import torch
from safetensors.torch import load_file
from tests.training.cases import N, digits, quick
from torch import nn

from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.methods import EncoderSpec, build_encoder
from likewise.training import TrainedRun, embed, export_encoder, load_encoder, write_embeddings
from likewise.training.files import save_weights


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return quick(tmp_path_factory.mktemp("runs") / "run", epochs=1)


def test_an_exported_encoder_gives_equal_features(run, tmp_path):
    path = export_encoder(run, tmp_path / "new" / "encoder.safetensors")
    encoder, normalize = load_encoder(path)
    assert not encoder.training
    np.testing.assert_array_equal(embed(encoder, digits(), normalize), run.embed(digits()))
    described = json.loads(path.with_suffix(".json").read_text())
    assert described["encoder"]["name"] == "conv3"
    assert described["timm"] is None


def test_an_encoder_of_timm_keeps_its_names(tmp_path, run):
    net, spec = build_encoder("resnet18", (3, 65, 65))
    save_weights(net, tmp_path / "encoder.safetensors")
    record = {**run.record, "encoder": spec.as_json()}
    path = export_encoder(TrainedRun(tmp_path, record), tmp_path / "out.safetensors")
    again = timm.create_model(json.loads(path.with_suffix(".json").read_text())["timm"], num_classes=0)
    again.load_state_dict(load_file(path))
    x = torch.randn(2, 3, 65, 65)
    with torch.no_grad():
        assert torch.equal(again.eval()(x), net.eval()(x))


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(64, 64)
        self.two = nn.Linear(64, 64)
        self.two.weight = self.one.weight

    def forward(self, x):
        return self.two(self.one(x.flatten(1)))


def test_modules_with_shared_weights_are_kept_and_loaded(tmp_path):
    run = quick(tmp_path / "run", encoder=Tied(), epochs=1, method="simclr")
    path = export_encoder(run, tmp_path / "tied.safetensors", Tied())
    encoder, normalize = load_encoder(path, Tied())
    np.testing.assert_array_equal(embed(encoder, digits(), normalize), run.embed(digits(), module=Tied()))


def test_embeddings_are_written_as_arrays_and_as_tables(run, tmp_path):
    features, samples = run.embed(digits()), digits()
    assert np.array_equal(np.load(write_embeddings(tmp_path / "a" / "x.npy", samples.keys, features)), features)
    table = pq.read_table(write_embeddings(tmp_path / "x.parquet", samples.keys, features))
    assert table["key"].to_pylist() == samples.keys.values.tolist()
    np.testing.assert_array_equal(np.array(table["embedding"].to_pylist(), np.float32), features)


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda run, to: export_encoder(run, to / "x.pt"), "exported as .safetensors, got 'x.pt'"),
        (lambda run, to: export_encoder(TrainedRun(to, run.record), to / "x.safetensors"), "no trained encoder at"),
        (lambda run, to: load_encoder(to / "nothing.safetensors"), "is not the description of an exported encoder"),
        (lambda run, to: write_embeddings(to / "x.csv", Keys.of("ab"), np.zeros((2, 3))), "as .npy or .parquet"),
        (lambda run, to: write_embeddings(to / "x.npy", Keys.of("abc"), np.zeros((2, 3))), "as many keys, got 3"),
        (
            lambda run, to: write_embeddings(to / "f" / "x.npy", Keys.of("ab"), np.zeros((2, 3))),
            r"could not write .*x.npy: ",
        ),
        (lambda run, to: export_encoder(run, to / "f" / "x.safetensors"), "could not write"),
        (lambda run, to: TrainedRun.load(to), "no run at"),
        (lambda run, to: run.embed(digits(channels=3)), r"trained on samples of shape \(1, 8, 8\)"),
    ],
)
def test_what_cannot_be_done_is_one_clear_sentence(act, sentence, run, tmp_path):
    (tmp_path / "f").write_text("")
    with pytest.raises(LikewiseError, match=sentence):
        act(run, tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is not the record of a run"),
        ('{"format": "other"}', "is not the record of a run"),
        ('{"format": "likewise-run", "version": 9}', "has version 9, this likewise reads 2"),
    ],
)
def test_strange_records_are_refused(text, sentence, tmp_path):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(LikewiseError, match=sentence):
        TrainedRun.load(tmp_path)


def test_weights_of_another_encoder_are_refused(run):
    record = {**run.record, "encoder": EncoderSpec("conv3", (1, 8, 8), options={"width": 8}).as_json()}
    with pytest.raises(LikewiseError, match=r"do not fit this encoder: .*size mismatch"):
        TrainedRun(run.path, record).encoder()
    assert len(digits()) == N


def test_features_do_not_depend_on_the_batch(run):
    encoder = run.encoder()
    some = torch.tensor([5, 2, 90])
    whole = embed(encoder, digits(), run.normalize, batch_size=7)
    np.testing.assert_allclose(embed(encoder, digits(), run.normalize, ids=some), whole[some], rtol=1e-5, atol=1e-6)
    assert whole.dtype == np.float32
