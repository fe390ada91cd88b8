"""What every method promises."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn

from likewise.graph import SimilarityGraph
from likewise.methods import JointEmbedding
from likewise.testing.requiring import require

SAMPLES, ANCHORS, FEATURES = 64, 8, 6
SEED = 0
"""Of what a method or a loss draws at random in a step."""


def small_encoder() -> nn.Module:
    """An encoder ``[b, 4, 4] -> [b, 6]``."""
    return nn.Sequential(nn.Flatten(), nn.Linear(16, FEATURES), nn.BatchNorm1d(FEATURES))


def small_batch(views: int = 2) -> tuple[list[Tensor], Tensor]:
    """V views ``[8, 4, 4]`` and their ids ``[V, 8]``; always the same."""
    generator = torch.Generator().manual_seed(1)
    ids = torch.arange(views * ANCHORS).view(views, ANCHORS)
    return [torch.randn(ANCHORS, 4, 4, generator=generator) for _ in range(views)], ids


def small_step(
    method: JointEmbedding, views: int = 2, graph: SimilarityGraph | None = None
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Loss, predictions and targets of that batch, with equal random numbers each time; by default without a graph."""
    x, ids = small_batch(views)
    graph = SimilarityGraph.none(SAMPLES) if graph is None else graph
    queue_ids = method.queue.ids if method.queue is not None and method.queue_columns else None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        q, k = method(x)
        return method.loss(q, k, graph.relation(ids, queue_ids)), q, k


def filled(method: JointEmbedding) -> JointEmbedding:
    """The method, its queue filled with random keys of samples that are not in the batch."""
    if method.queue is not None:
        generator, length = torch.Generator().manual_seed(2), len(method.queue)
        keys = torch.randn(length, method.queue.keys.shape[1], generator=generator)
        method.queue.push(keys, SAMPLES - 1 - torch.arange(length) % (SAMPLES // 4))
    return method


def check_method(factory: Callable[[nn.Module, int, int], JointEmbedding]) -> None:
    """Check what is demanded of any method.

    Steps make its loss smaller, with two views and three; gradients reach all that is trained and nothing else;
    nothing flows through targets; in half precision its loss is float32; its state is complete; and a push into its
    queue between forward and backward does no harm.

    Args:
        factory: makes the method of (encoder, features, number of samples).

    Raises:
        AssertionError: one of these does not hold.
    """

    def make() -> JointEmbedding:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            made = factory(small_encoder(), FEATURES, SAMPLES)
        require(isinstance(made, JointEmbedding), f"a method is a JointEmbedding, got a {type(made).__name__}.")
        return filled(made)

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*has no use for pairs known to be different.*")
        for check in (_learns, _gradients, _precision, _state, _push):
            check(make)


def _learns(make: Callable[[], JointEmbedding]) -> None:
    for views in (2, 3):
        method = make()
        optimizer = torch.optim.SGD([parameter for _, parameter in method.trainable()], lr=0.02)
        first, q, _ = small_step(method, views)
        require(first.ndim == 0, f"the loss is one number, got shape {list(first.shape)}.")
        require(q.shape[:2] == (views, ANCHORS), f"predictions are [V, B, D], got {list(q.shape)}.")
        for _ in range(5):
            optimizer.zero_grad()
            small_step(method, views)[0].backward()
            optimizer.step()
        before, after = float(first.detach()), float(small_step(method, views)[0].detach())
        require(after < before, f"five steps with {views} views take the loss from {before:.4g} to {after:.4g}.")


def _gradients(make: Callable[[], JointEmbedding]) -> None:
    method = make()
    loss, _, k = small_step(method)
    loss.backward()
    bare = {name for name, parameter in method.named_parameters() if parameter.grad is None}
    missed = [name for name, _ in method.trainable() if name in bare]
    require(not missed, f"no gradient reaches {', '.join(missed)}.")
    fixed = [name for name, parameter in method.named_parameters() if not parameter.requires_grad]
    require(bare == set(fixed), f"a gradient reaches {', '.join(sorted(set(fixed) - bare))}, which nothing trains.")
    require(k is None or not k.requires_grad, "gradients flow through the targets.")


def _precision(make: Callable[[], JointEmbedding]) -> None:
    method = make()
    with torch.autocast("cpu", torch.bfloat16):
        loss, _, _ = small_step(method)
    require(loss.dtype == torch.float32, f"under autocast the loss is {loss.dtype}: compute it in float32.")
    loss.backward()
    broken = [name for name, p in method.trainable() if p.grad is None or not p.grad.isfinite().all()]
    require(not broken, f"under autocast the gradients of {', '.join(broken)} are missing or not finite.")


def _state(make: Callable[[], JointEmbedding]) -> None:
    method, other = make(), make()
    loss, _, k = small_step(method)
    loss.backward()
    torch.optim.SGD([parameter for _, parameter in method.trainable()], lr=0.1).step()
    if k is not None:
        method.remember(k, small_batch()[1])
    method.follow(0.5)
    other.load_state_dict(method.state_dict())
    for again in (other, copy.deepcopy(method)):
        one, two = (float(small_step(each)[0].detach()) for each in (copy.deepcopy(method), again))
        require(one == two, f"with the same state the loss is {two}, not {one}: the state dict leaves something out.")


def _push(make: Callable[[], JointEmbedding]) -> None:
    method, same = make(), make()
    loss, q, k = small_step(method)
    method.remember(q if k is None else k, small_batch()[1])
    loss.backward()
    small_step(same)[0].backward()
    for (name, one), (_, two) in zip(method.trainable(), same.trainable(), strict=True):
        equal = one.grad is not None and two.grad is not None and torch.equal(one.grad, two.grad)
        require(equal, f"a push into the queue before backward changes the gradient of {name}.")
