import pickle

import numpy as np
import pytest
import torch

from likewise.data import open_samples

PIXELS = np.random.default_rng(0).integers(0, 256, (2000, 8, 9, 3), dtype=np.uint8)
VIEWS = {
    "whole": lambda x: x,
    "part": lambda x: x[500:],
    "backwards": lambda x: x[::-3],
    "plain": np.asarray,
    "channels": lambda x: x.transpose(0, 3, 1, 2)[100:],
}


@pytest.fixture
def mapped(tmp_path):
    np.save(tmp_path / "x.npy", PIXELS)
    return np.load(tmp_path / "x.npy", mmap_mode="r")


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_a_worker_is_told_of_a_maps_file_not_sent_its_content(view, mapped):
    samples = open_samples(view(mapped), resident=False)
    sent = pickle.dumps(samples)
    assert len(sent) < 2000
    ids = [0, 7, len(samples) - 1]
    received = pickle.loads(sent)
    assert torch.equal(received.read(ids), samples.read(ids))
    assert len(pickle.dumps(received)) < 2000


def test_what_a_file_does_not_hold_is_sent(mapped, tmp_path):
    for array in (PIXELS.copy(), np.load(tmp_path / "x.npy", mmap_mode="c")):
        array[0] = 3
        received = pickle.loads(pickle.dumps(open_samples(array, resident=False)))
        assert (received.read([0]) == 3).all()
    (tmp_path / "x.npy").unlink()
    received = pickle.loads(pickle.dumps(open_samples(mapped, resident=False)))
    assert torch.equal(received.read([5]), open_samples(PIXELS).read([5]))
