import pytest
import torch
from torch import nn

from likewise.errors import LikewiseError
from likewise.methods import build_encoder


@pytest.mark.parametrize("steps", [1, 2, 7, 100])
def test_conv1d_gives_four_times_its_width(steps):
    net, spec = build_encoder(None, (3, steps), width=8)
    assert (spec.name, spec.features, spec.options) == ("conv1d", 32, {"width": 8})
    assert net.eval()(torch.randn(2, 3, steps)).shape == (2, 32)


def test_conv1d_sees_the_order_of_time_and_not_where_it_stands():
    torch.manual_seed(0)
    net = build_encoder("conv1d", (1, 64))[0].eval()
    bump = torch.zeros(1, 1, 64)
    bump[..., 20:24] = torch.tensor([1.0, 2.0, 3.0, 4.0])
    with torch.no_grad():
        torch.testing.assert_close(net(bump), net(bump.roll(16, -1)))
        assert not torch.allclose(net(bump), net(bump.flip(-1)))
    assert sum(isinstance(part, nn.BatchNorm1d) for part in net) == 3


def test_conv1d_takes_nothing_but_series():
    with pytest.raises(LikewiseError, match=r"'conv1d' takes series \(C, T\), and these samples have the shape \(5,\)"):
        build_encoder("conv1d", (5,))
