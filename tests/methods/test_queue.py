from collections import deque

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.methods.cases import make, step

from likewise.errors import LikewiseError
from likewise.methods import Queue
from likewise.methods.queue import queue_length


@given(st.integers(1, 9), st.lists(st.integers(0, 14), max_size=8))
def test_a_queue_is_a_deque(length, pushes):
    queue, slow = Queue(length, 3), deque(maxlen=length)
    for number, count in enumerate(pushes):
        ids = torch.arange(count) + 100 * number
        keys = torch.randn(count, 3, generator=torch.Generator().manual_seed(number))
        queue.push(keys, ids)
        slow.extend(zip(ids.tolist(), torch.nn.functional.normalize(keys, dim=1).tolist(), strict=True))
    place = int(queue.next)
    order = [(place + at) % length for at in range(length)]  # oldest first
    kept = [at for at in order if queue.ids[at] >= 0]
    assert queue.ids[kept].tolist() == [name for name, _ in slow]
    assert queue.keys[kept].tolist() == [key for _, key in slow]
    assert queue.filled == (len(slow) == length)


def test_a_queue_goes_on_where_its_state_says():
    queue, again = Queue(5, 2), Queue(5, 2)
    queue.push(torch.randn(3, 2), torch.arange(3))
    again.load_state_dict(queue.state_dict())
    for one in (queue, again):
        one.push(torch.ones(4, 2), torch.arange(10, 14))
    assert set(queue.state_dict()) == {"keys", "ids", "next"}
    assert all(torch.equal(queue.state_dict()[name], value) for name, value in again.state_dict().items())


def test_nearest_is_the_most_similar_key():
    torch.manual_seed(0)
    queue, z = Queue(20, 4), torch.randn(7, 4)
    keys = torch.randn(20, 4) * torch.rand(20, 1)
    queue.push(keys, torch.arange(20))
    found = queue.nearest(z)
    for row, vector in enumerate(z):
        best = max(keys, key=lambda key: float(torch.cosine_similarity(key, vector, dim=0)))
        torch.testing.assert_close(found[row], best / best.norm())


def test_pushed_keys_carry_no_gradient():
    queue = Queue(4, 2)
    queue.push(torch.ones(2, 2, requires_grad=True), torch.arange(2))
    assert not queue.keys.requires_grad


def test_a_queue_longer_than_half_of_the_samples_is_refused():
    with pytest.raises(LikewiseError, match=r"a queue of 11 is longer than half of the 20 samples.*at most 10"):
        Queue(11, 2, n=20)
    with pytest.raises(LikewiseError, match="at least 1"):
        Queue(0, 2)
    assert [queue_length(None, 100, n) for n in (1, 50, 1000)] == [1, 25, 100]
    assert queue_length(7, 100, 1000) == 7


def test_mocos_relation_spans_the_queue():
    method = make("moco")
    loss, q, k = step(method)
    rows = torch.nn.functional.normalize(q.flatten(0, 1), dim=1)
    targets = torch.nn.functional.normalize(k.flatten(0, 1), dim=1)
    batch = len(rows) // 2
    total = 0.0
    for row in range(len(rows)):
        positive = rows[row] @ targets[(row + batch) % len(rows)] / 0.2
        negatives = rows[row] @ method.queue.keys.T / 0.2
        total += torch.logsumexp(torch.cat([positive[None], negatives]), 0) - positive
    torch.testing.assert_close(loss, total / len(rows))


def test_moco_leaves_the_anchors_own_earlier_keys_out():
    method = make("moco")
    before = float(step(method)[0].detach())
    method.queue.ids[:8] = torch.arange(8)
    assert float(step(method)[0].detach()) < before


def test_nnclr_contrasts_neighbours_with_predictions():
    method = make("nnclr")
    loss, q, k = step(method)
    found = method.queue.nearest(k.flatten(0, 1)).view_as(k)
    one = torch.nn.functional.normalize(q, dim=2)
    scores = [found[0] @ one[1].T / 0.2, found[1] @ one[0].T / 0.2]
    wanted = sum(torch.nn.functional.cross_entropy(s, torch.arange(len(s))) for s in scores) / 2
    torch.testing.assert_close(loss, wanted)


def test_mixed_precision_finds_the_same_key():
    queue, z = Queue(200, 16), 5 + torch.randn(50, 16, generator=torch.Generator().manual_seed(1))
    queue.push(5 + torch.randn(200, 16, generator=torch.Generator().manual_seed(0)), torch.arange(200))
    with torch.autocast("cpu", torch.bfloat16):
        rough = queue.nearest(z)
    assert torch.equal(rough, queue.nearest(z))
