"""Encoders of which one output counts, and encoders that are registered."""

import copy
import json
from collections import OrderedDict
from types import SimpleNamespace

import pytest
import torch
from torch import nn

import likewise as lw
from likewise.errors import LikewiseError
from likewise.methods import ENCODERS, EncoderSpec, build_encoder, build_method, select_output


class Net(nn.Module):
    """Gives its features packed in one way or another."""

    def __init__(self, pack):
        super().__init__()
        self.body, self.pack = nn.Linear(4, 3), pack

    def forward(self, x):
        return self.pack(self.body(x))


PACKS = {
    "dict": (lambda z: {"aux": z[:, :1], "out": z}, "out"),
    "ordered": (lambda z: OrderedDict(out=z), "out"),
    "tuple": (lambda z: (z[:, :1], z), 1),
    "last": (lambda z: [z[:, :1], z], -1),
    "attribute": (lambda z: SimpleNamespace(pooled=z), "pooled"),
    "function": (lambda z: (z[:, :, None].expand(-1, -1, 5),), lambda out: out[0].mean(2)),
}


@pytest.mark.parametrize("kind", PACKS)
def test_one_output_counts_and_weights_keep_the_nets_own_names(kind):
    pack, output = PACKS[kind]
    net = Net(pack)
    module, spec = build_encoder(net, (4,), output=output)
    x = torch.randn(5, 4)
    torch.testing.assert_close(module(x), net.body(x))
    assert (spec.name, spec.features, spec.module) == ("module", 3, "tests.methods.test_outputs.Net")
    assert spec.output == (None if kind == "function" else output)
    assert EncoderSpec.from_json(json.loads(json.dumps(spec.as_json()))) == spec
    assert [*module.state_dict()] == ["body.weight", "body.bias"]
    assert len([*module.parameters()]) == 2


def compiled(net):
    return torch.compile(net, backend="eager")


@pytest.mark.parametrize(
    "wrap", [lambda net: net, compiled, nn.DataParallel], ids=["plain", "compiled", "DataParallel"]
)
def test_weights_go_from_and_to_the_bare_net(wrap):
    bare, other = Net(lambda z: {"out": z}), Net(lambda z: {"out": z})
    module, _ = build_encoder(wrap(bare), (4,), output="out")
    other.load_state_dict(module.state_dict())
    assert torch.equal(other.body.weight, bare.body.weight)
    fresh, _ = build_encoder(wrap(Net(lambda z: {"out": z})), (4,), output="out")
    fresh.load_state_dict(bare.state_dict())
    x = torch.randn(5, 4)
    torch.testing.assert_close(fresh(x), module(x))
    with pytest.raises(RuntimeError, match=r"Unexpected key.*strange"):
        fresh.load_state_dict({**bare.state_dict(), "strange": torch.zeros(1)})
    with pytest.raises(RuntimeError, match=r"Missing key.*body\.bias"):
        fresh.load_state_dict({"body.weight": bare.body.weight})


@pytest.mark.parametrize("output", ["out", None])
def test_data_parallel_adds_nothing_to_names(output):
    net = Net(lambda z: {"out": z}) if output else nn.Sequential(nn.Linear(4, 3))
    module, spec = build_encoder(nn.DataParallel(net), (4,), output=output)
    assert [*module.state_dict()] == [*net.state_dict()]
    assert spec.module == build_encoder(net, (4,), output=output)[1].module


@pytest.mark.parametrize("output", ["out", None])
def test_compiling_adds_nothing_to_names(output):
    net = Net(lambda z: {"out": z}) if output else nn.Sequential(nn.Linear(4, 3))
    module, spec = build_encoder(compiled(net), (4,), output=output)
    assert [*module.state_dict()] == [*net.state_dict()]
    assert spec.module == ("tests.methods.test_outputs.Net" if output else "torch.nn.modules.container.Sequential")


@pytest.mark.parametrize(
    "wrap", [lambda net: net, compiled, nn.DataParallel], ids=["plain", "compiled", "DataParallel"]
)
def test_inside_a_method_too_names_are_the_nets_own(wrap):
    def method():
        module, spec = build_encoder(wrap(Net(lambda z: (z,))), (4,), output=0)
        return build_method("byol", module, spec.features, 20, dim=3)

    one, two = method(), method()
    names = [name for name in one.state_dict() if name.startswith(("encoder.", "target.0."))]
    assert names == ["encoder.body.weight", "encoder.body.bias", "target.0.body.weight", "target.0.body.bias"]
    two.load_state_dict(one.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    q, k = copy.deepcopy(two)([torch.randn(6, 4), torch.randn(6, 4)])
    assert q.shape == k.shape == (2, 6, 3)


def test_selecting_twice_selects_once():
    net = Net(lambda z: {"out": z})
    module = select_output(net, "out")
    assert select_output(module, None) is module
    assert select_output(module, "out").net is net
    assert select_output(net, None) is net


def test_a_named_encoder_with_an_output_is_built_again(monkeypatch):
    monkeypatch.setattr(ENCODERS, "_own", {})

    @lw.register("encoder")
    def packed(shape, *, width=3, bias=True):
        net = Net(lambda z: {"out": z})
        net.body = nn.Linear(shape[0], width, bias=bias)
        return net

    module, spec = build_encoder("packed", (4,), output="out", width=6)
    assert (spec.features, spec.options, spec.output) == (6, {"width": 6, "bias": True}, "out")
    again, same = build_encoder(EncoderSpec.from_json(json.loads(json.dumps(spec.as_json()))), (4,))
    assert same == spec
    again.load_state_dict(module.state_dict())
    x = torch.randn(2, 4)
    assert torch.equal(again(x), module(x))
    assert build_encoder("packed", (4,), output="out", options={"bias": False})[1].options["bias"] is False
    assert build_encoder("packed", (4,), output=lambda out: out["out"])[1].name == "module"


@pytest.mark.parametrize(
    ("encoder", "options", "sentence"),
    [
        (Net(lambda z: {"aux": z}), {"output": "out"}, "gives no output 'out', but a dict with aux"),
        (Net(lambda z: (z,)), {"output": 2}, "gives no output 2, but a tuple of 1"),
        (Net(lambda z: z), {"output": "out"}, r"gives no output 'out', but shape \(2, 3\)"),
        (Net(lambda z: {"out": z}), {}, "got a dict with out for 2 samples: say with output= which"),
        (Net(lambda z: (z[..., None],)), {"output": 0}, r"got shape \(2, 3, 1\)"),
        ("mlp", {"options": {"widht": 3}}, "unknown option of the encoder 'mlp' 'widht': did you mean 'width'"),
        ("number", {}, "the encoder 'number' must give a torch module, got a int"),
    ],
)
def test_what_an_encoder_does_not_give_is_refused(encoder, options, sentence, monkeypatch):
    monkeypatch.setattr(ENCODERS, "_own", {"number": lambda shape: 3})
    with pytest.raises(LikewiseError, match=sentence):
        build_encoder(encoder, (4,), **options)


def test_options_of_a_timm_encoder_are_timms():
    module, spec = build_encoder("resnet18", (3, 32, 32), options={"block_args": {}, "drop_rate": 0.25})
    assert (spec.features, spec.options["drop_rate"], module.drop_rate) == (512, 0.25, 0.25)
    with pytest.raises(LikewiseError, match=r"timm could not build 'resnet18' .*widht"):
        build_encoder("resnet18", (3, 32, 32), options={"widht": 3})
