from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.priors import encoding
from likewise.priors import timm as timm_prior

NAME = "resnet10t"


@pytest.fixture
def images():
    return open_samples(np.random.default_rng(0).integers(0, 256, (12, 20, 20, 3), dtype=np.uint8))


def network(**options):
    import timm

    torch.manual_seed(3)
    return timm.create_model(NAME, pretrained=False, **options)


def prior(images, tmp_path, **options):
    return timm_prior(NAME, images, device="cpu", cache=tmp_path / "cache", size=32, **options)


def test_features_of_a_local_checkpoint(images, tmp_path):
    model = network()
    save_file(model.state_dict(), tmp_path / "a.safetensors")
    torch.save(model.state_dict(), tmp_path / "b.pth")
    torch.save({"state_dict": {f"module.{k}": v for k, v in model.state_dict().items()}}, tmp_path / "c.pth")
    space = prior(images, tmp_path, checkpoint=tmp_path / "a.safetensors")
    x = images.read(np.arange(12)).float() / 255
    x = torch.nn.functional.interpolate(x, size=(32, 32), mode="bicubic", antialias=True).clamp(0, 1)
    mean, std = (torch.tensor(model.pretrained_cfg[key]).view(3, 1, 1) for key in ("mean", "std"))
    with torch.no_grad():
        want = model.eval().forward_head(model.forward_features((x - mean) / std), pre_logits=True)
    np.testing.assert_allclose(space.array, want.numpy(), rtol=1e-4, atol=1e-5)
    assert (space.metric, space.info["size"], space.info["weights"]) == ("cosine", [32, 32], "a.safetensors")
    assert space.keys == images.keys
    for name in ("b.pth", "c.pth"):
        assert prior(images, tmp_path, checkpoint=tmp_path / name).fingerprint == space.fingerprint


def test_cache_by_samples_weights_and_size(images, tmp_path, monkeypatch):
    first = prior(images, tmp_path, pretrained=False)
    with monkeypatch.context() as patch:
        patch.setattr("likewise.priors.pretrained.encode", None)  # a second call must not compute anything
        assert prior(images, tmp_path, pretrained=False).fingerprint == first.fingerprint
    assert prior(images, tmp_path, pretrained=False, seed=1).fingerprint != first.fingerprint
    assert prior(images.subset([1, 0]), tmp_path, pretrained=False).n == 2
    assert len(list((tmp_path / "cache" / "spaces").iterdir())) == 3


def test_interrupted_and_resumed(images, tmp_path, monkeypatch):
    whole = prior(images, tmp_path / "whole", pretrained=False, batch_size=4)
    monkeypatch.setattr(encoding, "BLOCK", 4)
    read, calls = type(images).read, []

    def failing(self, ids):
        if len(ids) == 4:
            calls.append(1)
            if len(calls) == 3:
                raise KeyboardInterrupt
        return read(self, ids)

    assert images.fingerprint
    assert images.keys
    monkeypatch.setattr(type(images), "read", failing)
    with pytest.raises(KeyboardInterrupt):
        prior(images, tmp_path, pretrained=False, batch_size=4)
    resumed = prior(images, tmp_path, pretrained=False, batch_size=4)
    assert len(calls) == 4  # two blocks, the interruption, and only the last block again
    np.testing.assert_allclose(resumed.array, whole.array, rtol=1e-5, atol=1e-6)


def test_default_size_grey_images_and_transformers(images, tmp_path):
    grey = open_samples(np.random.default_rng(0).integers(0, 256, (2, 9, 9), dtype=np.uint8))
    space = timm_prior(NAME, grey, pretrained=False, device="cpu", cache=tmp_path)
    assert space.info["size"] == list(network().pretrained_cfg["input_size"][1:])
    name = "vit_tiny_patch16_224"
    small = timm_prior(name, images, pretrained=False, size=32, device="cpu", cache=tmp_path)
    assert small.array.shape == (12, 192)


def test_bad_input(images, tmp_path, monkeypatch):
    with pytest.raises(LikewiseError, match="did you mean 'resnet50'"):
        timm_prior("resnt50", images)
    with pytest.raises(LikewiseError, match="needs images"):
        timm_prior(NAME, open_samples(np.eye(3)))
    with pytest.raises(LikewiseError, match="there is no checkpoint"):
        prior(images, tmp_path, checkpoint=tmp_path / "none.pth")
    torch.save({"model": torch.nn.Linear(2, 2)}, tmp_path / "pickled.pth")
    with pytest.raises(LikewiseError, match="holds tensors only"):
        prior(images, tmp_path, checkpoint=tmp_path / "pickled.pth")
    save_file({"conv1.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(LikewiseError, match=r"other.safetensors (cannot be loaded|does not fit)"):
        prior(images, tmp_path, checkpoint=tmp_path / "other.safetensors")


def test_without_a_network_the_way_out_is_named(images, tmp_path, monkeypatch):
    def unreachable(*_, **__):
        raise ConnectionError("no route to host\nmore")

    monkeypatch.setattr("timm.create_model", unreachable)
    with pytest.raises(LikewiseError, match=r"no route to host\): connect to the network once, or give checkpoint="):
        prior(images, tmp_path)
