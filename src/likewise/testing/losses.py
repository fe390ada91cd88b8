"""What every loss promises."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.gradcheck import GradcheckError, gradcheck
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from likewise.errors import LikewiseError
from likewise.losses import Loss
from likewise.registry import options_of
from likewise.relation import Relation
from likewise.testing.batches import random_embeddings, random_relation, related
from likewise.testing.requiring import require


class Watch(TorchDispatchMode):
    """Remembers the largest tensor of any operation, in elements, and refuses operations that wait for the device."""

    WAITS = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "is_nonzero", "unique")

    def __init__(self) -> None:
        super().__init__()
        self.largest = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation."""
        name = func.overloadpacket.__name__
        if name in self.WAITS:
            raise AssertionError(f"{name} waits for the device")
        if name in ("index", "index_put", "index_put_") and any(
            isinstance(x, Tensor) and x.dtype == torch.bool for x in args[1]
        ):
            raise AssertionError("a boolean index waits for the device")
        out = func(*args, **(kwargs or {}))
        self.largest = max([self.largest, *(x.numel() for x in tree_leaves(out) if isinstance(x, Tensor))])
        return out


@dataclass(frozen=True)
class _Case:
    """A loss with its options, over batches with or without a queue."""

    loss: Callable[..., Any]
    options: dict[str, Any]
    queue: int

    def __call__(self, q: Tensor, k: Tensor | None, relation: Relation | None, queue: Tensor) -> Tensor:
        given = {"queue": queue} if self.queue else {}
        out: Tensor = self.loss(q, k, relation, **self.options, **given)
        return out


def check_loss(loss: Loss, /, *, queue: int = 0, zero_without_positives: bool = True, **options: Any) -> None:
    """Check what is demanded of any loss ``(q, k, relation)``, with these options.

    It is one number with a finite gradient, on zero rows and without positives too; the gradient is right; the order of
    the anchors does not matter; it is computed in float32, under autocast too; zero weights are as no graph; a relation
    that is searched late is as one that is there; nothing waits for the device.

    Args:
        loss: a function or a module.
        queue: the length of a queue that is given to it as ``queue=``.
        zero_without_positives: whether nothing is left of it where no pair is positive.
        options: of the loss.

    Raises:
        AssertionError: one of these does not hold.
    """
    case = _Case(loss, options, queue)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*has no use for pairs known to be different.*")
        for check in (_value, _zeros, _order, _gradient, _precision, _waiting, _no_edges, _late):
            check(case)
        _no_positives(case, zero_without_positives)
        _refusals(case)


def _same(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, rtol=1e-5, atol=1e-6)


def _value(case: _Case) -> None:
    for views in (1, 2, 3):
        relation = random_relation(0, views, queue=case.queue)
        q, k, queue = random_embeddings(0, views, queue=case.queue)
        value = case(q.requires_grad_(), k, relation, queue)
        require(isinstance(value, Tensor) and value.ndim == 0, f"a loss is one number, got {value!r}.")
        require(bool(value.isfinite()), f"the loss of {views} views is {value.item()}.")
        value.backward()
        require(q.grad is not None and bool(q.grad.isfinite().all()), f"the gradient for {views} views is not finite.")


def _zeros(case: _Case) -> None:
    relation, (q, k, queue) = random_relation(6, queue=case.queue), random_embeddings(6, queue=case.queue)
    q[0, 1] = 0
    case(q.requires_grad_(), k, relation, queue).backward()
    require(q.grad is not None and bool(q.grad.isfinite().all()), "a row of zeros gives a gradient that is not finite.")


def _order(case: _Case) -> None:
    generator = torch.Generator().manual_seed(3)
    attract, apart = (torch.rand(6, 6, generator=generator) for _ in range(2))
    full = (attract + attract.T, apart + apart.T)
    ids, queue_ids = torch.randint(6, (2, 5), generator=generator), torch.randint(6, (case.queue,), generator=generator)
    q, k, queue = random_embeddings(3, batch=5, queue=case.queue)
    order, shuffled = torch.randperm(5, generator=generator), torch.randperm(case.queue, generator=generator)
    before = case(q, k, related(ids, queue_ids, *full), queue)
    after = case(q[:, order], k[:, order], related(ids[:, order], queue_ids[shuffled], *full), queue[shuffled])
    require(_same(before, after), f"the order of the anchors matters: {before.item()} and {after.item()}.")


def _gradient(case: _Case) -> None:
    relation = random_relation(4, views=3, batch=3, queue=case.queue)
    q, k, queue = random_embeddings(4, views=3, batch=3, queue=case.queue)
    exact = case(q, k, relation, queue).dtype == torch.float64  # else it rounds, as in training
    eps, atol, rtol = (1e-6, 1e-5, 1e-3) if exact else (1e-2, 1e-2, 5e-2)
    try:
        gradcheck(lambda x: case(x, k, relation, queue), (q.requires_grad_(),), eps=eps, atol=atol, rtol=rtol)
    except GradcheckError as error:
        raise AssertionError(f"the gradient for q is not that of finite differences: {error}") from None


def _precision(case: _Case) -> None:
    relation = random_relation(7, batch=6, queue=case.queue)
    q, k, queue = random_embeddings(7, 2, 6, 8, case.queue, torch.float32)
    plain = case(q, k, relation, queue)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        require(torch.equal(plain, case(q, k, relation, queue)), "autocast changes the loss: compute it in float32.")
    for dtype in (torch.bfloat16, torch.float16):
        low = [x.to(dtype) for x in (q, k, queue)]
        value = case(low[0].requires_grad_(), low[1], relation, low[2])
        require(value.dtype == torch.float32, f"the loss of {dtype} is {value.dtype}: compute it in float32.")
        wide = case(low[0].detach().float(), low[1].float(), relation, low[2].float())
        require(torch.equal(value.detach(), wide), f"the loss of {dtype} is not that of the same numbers in float32.")
        value.backward()
        grad = low[0].grad
        require(grad is not None and bool(grad.isfinite().all()), f"the gradient for {dtype} is not finite.")


def _waiting(case: _Case) -> None:
    relation = random_relation(9, 3, 8, case.queue)
    q, k, queue = random_embeddings(9, 3, 8, 20, case.queue, torch.float32)
    with Watch():
        case(q.requires_grad_(), k, relation, queue).backward()


def _no_edges(case: _Case) -> None:
    q, k, queue = random_embeddings(12, queue=case.queue)
    empty, zeros = Relation.instances(2, 4, case.queue), torch.zeros(8, 8 + case.queue)
    idle = Relation(empty.bound, empty.same, zeros, zeros, 2)
    require(
        _same(case(q, k, idle, queue), case(q, k, empty, queue)),
        "weights of 0 are not as no graph: a pair is alike, or different, where its weight is above 0.",
    )


def _late(case: _Case) -> None:
    relation, (q, k, queue) = random_relation(13, queue=case.queue), random_embeddings(13, queue=case.queue)
    ids = torch.arange(8 + case.queue)
    late = Relation.of_ids(ids[:8], ids, 2, lambda: (relation.attract, relation.apart), has_apart=True)
    now = Relation(late.bound, late.same, relation.attract, relation.apart, 2)
    require(
        torch.equal(case(q, k, late, queue), case(q, k, now, queue)),
        "a relation that is searched when it is read gives another loss than one that is there.",
    )


def _no_positives(case: _Case, zero: bool) -> None:
    nothing, bare = torch.zeros(8, 8 + case.queue), torch.eye(8, 8 + case.queue).bool()
    for attract in (nothing, nothing + 1):
        if attract.any() and case.options.get("false_negatives", "ignore") == "attract":
            continue  # these are positives
        q, k, queue = random_embeddings(5, queue=case.queue)
        value = case(q.requires_grad_(), k, Relation(nothing.bool(), bare, attract, nothing, 2), queue)
        value.backward()
        grad = q.grad if q.grad is not None else torch.zeros(())
        require(bool(value.isfinite() and grad.isfinite().all()), "without a positive the loss or its gradient is NaN.")
        if zero:
            require(bool(value == 0 and (grad == 0).all()), f"without a positive the loss is {value.item()}, not 0.")


def _refusals(case: _Case) -> None:
    own = case.loss.forward if isinstance(case.loss, torch.nn.Module) else case.loss
    if "false_negatives" not in options_of(own):
        return
    relation, (q, k, queue) = random_relation(0, queue=case.queue), random_embeddings(0, queue=case.queue)
    given = {"queue": queue} if case.queue else {}
    try:
        own(q, k, relation, false_negatives="atract", **given)
    except LikewiseError as error:
        require("did you mean 'attract'" in str(error), f"the sentence on a misspelt option offers nothing: {error}")
    else:
        raise AssertionError("false_negatives='atract' is taken: refuse it with a LikewiseError.")
