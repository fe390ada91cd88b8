"""A loss of the user's as the objective of a method."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from likewise.errors import LikewiseError
from likewise.losses import LOSSES, LossModule
from likewise.methods.queue import Queue
from likewise.registry import qualified_name
from likewise.relation import Relation


class OwnLoss(nn.Module):
    """A loss ``(q, k, relation)`` as an objective, a module so that parameters of the loss belong to the method.

    Losses of this library are given k as it is, where None means q; others are given q in its place.

    Args:
        loss: a function or a module.
        options: with which a function is called.

    Raises:
        LikewiseError: it cannot be called with q, k and a relation.
    """

    def __init__(self, loss: Callable[..., Tensor] | nn.Module, options: Mapping[str, Any] | None = None):
        super().__init__()
        self.loss, self.options = loss, dict(options or {})
        self.takes_none = isinstance(loss, LossModule) or any(loss is LOSSES[name] for name in LOSSES.builtin)
        called = loss.forward if isinstance(loss, nn.Module) else loss
        try:
            inspect.signature(called).bind(None, None, None, **self.options)
        except TypeError as error:
            raise LikewiseError(
                f"a loss is called as loss(q, k, relation), which {qualified_name(loss)} does not take: {error}."
            ) from None

    def forward(self, q: Tensor, k: Tensor | None, relation: Relation, queue: Queue | None) -> Tensor:
        """The loss, refused unless it is one number with a gradient."""
        del queue
        k = q if k is None and not self.takes_none else k
        return self._checked(self.loss(q, k, relation, **self.options), trained=q.requires_grad)

    def _checked(self, value: Any, *, trained: bool) -> Tensor:
        name = qualified_name(self.loss)
        if not isinstance(value, Tensor) or value.ndim or not value.is_floating_point():
            got = f"{value.dtype} {list(value.shape)}" if isinstance(value, Tensor) else f"a {type(value).__name__}"
            raise LikewiseError(f"a loss is one number, a tensor of shape []: {name} gave {got}.")
        if trained and not value.requires_grad:
            raise LikewiseError(f"the loss {name} has no gradient: compute it from q without detaching it.")
        return value
