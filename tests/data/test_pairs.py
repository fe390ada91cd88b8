import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from likewise.data import PairDataset, open_samples
from likewise.errors import LikewiseError


class AnyOther:
    """Draws uniformly among all samples."""

    n = 40

    def draw(self, ids, generator=None):
        return torch.randint(0, self.n, ids.shape, generator=generator)


def offset(x, view, generator):
    return x + 1000 * view


@pytest.fixture
def samples():
    return open_samples(np.arange(40, dtype=np.float32)[:, None])


def epoch_of(loader):
    return {int(i): int(j) for _, _, first, second in loader for i, j in zip(first, second, strict=True)}


def test_pairs_hold_their_samples_and_do_not_depend_on_workers(samples):
    pairs = PairDataset(samples, AnyOther(), seed=3)
    x_i, x_j, i, j = next(iter(DataLoader(pairs, batch_size=8, shuffle=True)))
    assert torch.equal(x_i, samples.read(i))
    assert torch.equal(x_j, samples.read(j))
    alone = {i: pairs[i][3] for i in range(40)}
    assert epoch_of(DataLoader(pairs, batch_size=7, shuffle=True)) == alone
    assert epoch_of(DataLoader(pairs, batch_size=16, num_workers=2)) == alone


def test_running_workers_see_a_new_epoch(samples):
    pairs = PairDataset(samples, AnyOther())
    loader = DataLoader(pairs, batch_size=8, num_workers=1, persistent_workers=True)
    epochs = []
    for epoch in (0, 1, 0):
        pairs.set_epoch(epoch)
        epochs.append(epoch_of(loader))
    assert epochs[0] != epochs[1]
    assert epochs[0] == epochs[2]


def test_views_are_applied_to_each_side(samples):
    x_i, x_j, i, j = next(iter(DataLoader(PairDataset(samples, AnyOther(), views=offset), batch_size=8)))
    assert torch.equal(x_i[:, 0], i.float())
    assert torch.equal(x_j[:, 0], j.float() + 1000)


def test_graph_of_another_size(samples):
    with pytest.raises(LikewiseError, match="graph has 40 samples, but there are 39"):
        PairDataset(samples.subset(np.arange(39)), AnyOther())
