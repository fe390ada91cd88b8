import pytest
import torch
from torch import nn

from likewise.methods.heads import hidden_width, mlp_head


@pytest.mark.parametrize("last_norm", [False, True])
def test_a_head_normalises_between_layers_and_at_its_end_if_asked(last_norm):
    head = mlp_head([4, 6, 5], last_norm=last_norm, affine=False)
    kinds = [type(layer) for layer in head]
    assert kinds == [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Linear] + [nn.BatchNorm1d] * last_norm
    assert [layer.bias is not None for layer in head if isinstance(layer, nn.Linear)] == [False, not last_norm]
    out = head(torch.randn(50, 4))
    assert out.shape == (50, 5)
    if last_norm:
        assert head[-1].weight is None
        torch.testing.assert_close(out.mean(0), torch.zeros(5), atol=1e-5, rtol=0)


def test_hidden_layers_follow_the_width_of_the_encoder():
    assert [hidden_width(width) for width in (8, 128, 511, 512, 2048)] == [32, 512, 2044, 2048, 2048]
    assert hidden_width(2048, 4096) == 4096
