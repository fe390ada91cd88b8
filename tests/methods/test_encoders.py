import json

import pytest
import torch
from torch import nn

from likewise.errors import LikewiseError
from likewise.methods import EncoderSpec, build_encoder
from likewise.methods.modes import evaluation


@pytest.mark.parametrize(
    ("name", "shape", "features", "stem"),
    [
        ("conv3", (1, 8, 8), 128, "native"),
        ("conv4", (3, 32, 32), 128, "native"),
        ("mlp", (10,), 256, "native"),
        ("mlp", (1, 4, 4), 256, "native"),
        ("resnet18", (3, 32, 32), 512, "cifar"),
        ("resnet18", (1, 64, 64), 512, "cifar"),
        ("resnet18", (3, 96, 96), 512, "native"),
        ("mobilenetv3_small_050", (3, 64, 64), 1024, "native"),
        ("vit_tiny_patch16_224", (3, 32, 32), 192, "native"),
    ],
)
def test_encoders_give_a_vector_a_sample_and_are_built_again_from_their_spec(name, shape, features, stem):
    module, spec = build_encoder(name, shape)
    again, same = build_encoder(EncoderSpec.from_json(json.loads(json.dumps(spec.as_json()))), shape)
    assert (spec.features, spec.stem, spec.shape) == (features, stem, shape)
    assert same == spec
    again.load_state_dict(module.state_dict())
    x = torch.randn(2, *shape)
    with torch.no_grad():
        one, two = module.eval()(x), again.eval()(x)
    assert one.shape == (2, features)
    assert torch.equal(one, two)


def test_the_cifar_stem_neither_strides_nor_pools():
    small, _ = build_encoder("resnet18", (3, 32, 32))
    assert (small.conv1.kernel_size, small.conv1.stride) == ((3, 3), (1, 1))
    assert isinstance(small.maxpool, nn.Identity)
    large, _ = build_encoder("resnet18", (3, 65, 65))
    assert (large.conv1.kernel_size, large.conv1.stride) == ((7, 7), (2, 2))


@pytest.mark.parametrize(("shape", "name"), [((3, 32, 32), "resnet18"), ((7,), "mlp")])
def test_without_a_name_the_kind_of_sample_decides(shape, name):
    assert build_encoder(None, shape)[1] == build_encoder(name, shape)[1]


def test_widths_are_those_asked_for():
    module, spec = build_encoder("conv3", (1, 8, 8), width=4)
    assert (spec.options["width"], spec.features, module(torch.zeros(2, 1, 8, 8)).shape[1]) == (4, 16, 16)
    assert build_encoder("mlp", (5,), width=9)[1].features == 9


class Frozen(nn.Module):
    """A user's encoder, part of which stays in evaluation mode, with an attribute that misleads."""

    num_features = 99

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Linear(6, 4), nn.BatchNorm1d(4).eval()

    def forward(self, x):
        return self.norm(self.first(x))


def test_an_own_module_serves_and_keeps_its_modes():
    module, spec = build_encoder(own := Frozen(), (6,))
    assert module is own
    assert (spec.name, spec.features) == ("module", 4)
    assert (own.training, own.first.training, own.norm.training) == (True, True, False)
    with pytest.raises(LikewiseError, match="a module of yours: build it yourself"):
        build_encoder(spec, (6,))


def test_modes_come_back_after_an_error():
    own = Frozen()
    with pytest.raises(RuntimeError), evaluation(own):
        own(torch.zeros(2, 7))
    assert (own.training, own.norm.training) == (True, False)


class Odd(nn.Module):
    def __init__(self, out):
        super().__init__()
        self.out = out

    def forward(self, x):
        return self.out(x)


@pytest.mark.parametrize(
    ("encoder", "shape", "sentence"),
    [
        ("resnet19", (3, 32, 32), "unknown encoder 'resnet19': did you mean 'resnet"),
        ("con3", (3, 32, 32), "unknown encoder 'con3': did you mean 'conv3'"),
        ("qqqqqqqqqq", (3, 32, 32), "Choose from conv1d, conv3, conv4, mlp, resnet18, resnet50, vit_small_patch16_224"),
        ("resnet18", (12,), "takes images, and these samples are vectors of 12: use 'mlp'"),
        ("conv3", (12,), "use 'mlp'"),
        (nn.Linear(5, 2), (6,), r"the encoder does not take samples of shape \(6,\)"),
        (Odd(lambda x: x), (3, 4, 4), r"one vector a sample, got shape \(2, 3, 4, 4\)"),
        (Odd(lambda x: (x, x)), (4,), "one vector a sample, got a tuple"),
        (Odd(lambda x: x.sum()), (4,), r"one vector a sample, got shape \(\)"),
    ],
)
def test_bad_encoders_are_one_clear_sentence(encoder, shape, sentence):
    with pytest.raises(LikewiseError, match=sentence) as error:
        build_encoder(encoder, shape)
    assert len(str(error.value)) < 400


def test_names_with_a_timm_tag_are_known():
    module, _ = build_encoder("resnet18.a1_in1k", (3, 32, 32))
    assert sum(p.numel() for p in module.parameters()) > 1e7
