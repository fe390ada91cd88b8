"""Who is bound, alike, apart and the same in one batch: all that a loss ever sees of a similarity graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Channels = tuple[Tensor | None, Tensor | None]
"""Attraction and difference ``[R, C]``; None where a channel is empty."""


class Relation:
    """How the rows of a batch relate to its columns (the batch again, then perhaps a queue).

    A batch of V views of B anchors is flattened view by view: view v of anchor b is row ``v * B + b``, and column
    ``v * B + b`` is the same view (of q or of k). Columns from ``V * B`` on belong to a queue.

    This one is made of tensors; ``Relation.of_ids`` makes one that computes a tensor when it is first read, so that a
    graph is searched only for a loss that asks who else of the batch is alike or different.

    Args:
        bound: bool ``[R, C]``, views of one anchor, drawn together; never a view with itself.
        same: bool ``[R, C]``, the same sample id (the diagonal included).
        attract: float32 ``[R, C]`` in [0, inf), how alike the graph says they are; None where nothing is.
        apart: float32 ``[R, C]`` in [0, inf), how surely they are different; None where nothing is.
        views: V, the number of views.
        row_ids: int64 ``[R]``, the sample of each row; None where no ids are known.
        col_ids: int64 ``[C]``, the sample of each column; None where no ids are known.
    """

    def __init__(
        self,
        bound: Tensor,
        same: Tensor,
        attract: Tensor | None = None,
        apart: Tensor | None = None,
        views: int = 2,
        row_ids: Tensor | None = None,
        col_ids: Tensor | None = None,
    ):
        self._bound, self._same, self._attract, self._apart = bound, same, attract, apart
        self.views, self.row_ids, self.col_ids = views, row_ids, col_ids

    # -- making ------------------------------------------------------------------------------------------------

    @staticmethod
    def bind(
        views: int, batch: int, queue: int = 0, *, star: bool = False, device: torch.device | str = "cpu"
    ) -> Tensor:
        """``bound`` for V views of B anchors and a queue: all views of a column, or a star around view 0."""
        row = torch.arange(views * batch, device=device)
        col = torch.arange(views * batch + queue, device=device)
        anchor = (row[:, None] % batch) == (col[None, :] % batch)
        bound = anchor & (row[:, None] != col[None, :]) & (col < views * batch)
        if star:
            bound &= (row[:, None] < batch) | (col[None, :] < batch)
        return bound

    @staticmethod
    def instances(views: int, batch: int, queue: int = 0, *, device: torch.device | str = "cpu") -> Relation:
        """The relation of the empty graph with unique ids: every sample is alike its own views and nothing else.

        >>> Relation.instances(2, 2).bound.int().tolist()
        [[0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]]
        """
        bound = Relation.bind(views, batch, queue, device=device)
        same = bound.clone()
        same.diagonal().fill_(True)
        return Relation(bound, same, views=views)

    @staticmethod
    def of_ids(
        row_ids: Tensor,
        col_ids: Tensor,
        views: int,
        search: Callable[[], Channels],
        *,
        has_apart: bool,
        star: bool = False,
    ) -> Relation:
        """The relation of a batch of samples that computes nothing before it is read, and each tensor once.

        Args:
            row_ids: int64 ``[V * B]``, the batch view by view.
            col_ids: int64 ``[V * B + M]``, the batch and a queue.
            views: V.
            search: finds (attract, apart) of all rows with all columns.
            has_apart: whether any difference is known at all, which is answered without a search.
            star: whether views are bound to the anchor's own alone, instead of all to each other.
        """
        return _RelationOfIds(row_ids, col_ids, views, search, has_apart, star)

    def to(self, device: torch.device | str) -> Relation:
        """The same relation on another device."""
        attract, apart = _moved(self._attract, device), _moved(self._apart, device)
        row_ids, col_ids = _moved(self.row_ids, device), _moved(self.col_ids, device)
        return Relation(self._bound.to(device), self._same.to(device), attract, apart, self.views, row_ids, col_ids)

    # -- reading -----------------------------------------------------------------------------------------------

    @property
    def bound(self) -> Tensor:
        """Bool ``[R, C]``: views of one anchor, drawn together; never a view with itself."""
        return self._bound

    @property
    def same(self) -> Tensor:
        """Bool ``[R, C]``: the same sample id (the diagonal included)."""
        return self._same

    @property
    def attract(self) -> Tensor | None:
        """``[R, C]`` in [0, inf), how alike the graph says they are; None where nothing is."""
        return self._attract

    @property
    def apart(self) -> Tensor | None:
        """``[R, C]`` in [0, inf), how surely they are different; None where nothing is."""
        return self._apart

    @property
    def has_apart(self) -> bool:
        """Whether ``apart`` is there, known without computing it; its values may still be 0 in this batch."""
        return self._apart is not None

    @property
    def bound_views(self) -> Tensor:
        """``bound`` by anchor, bool ``[V, V, B]``: whether views v and w of anchor b are bound.

        It holds all of ``bound``, which joins views of one anchor only, at a cost of V^2 B instead of (V B)^2.
        """
        by_view = (self.views, self.batch)
        return self._bound[:, : self.shape[0]].reshape(*by_view, *by_view).diagonal(dim1=1, dim2=3)

    @property
    def shape(self) -> tuple[int, int]:
        """(R, C), the numbers of rows and columns."""
        return self._bound.shape[0], self._bound.shape[1]

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return self._bound.device

    @property
    def batch(self) -> int:
        """B, the number of anchors."""
        return self.shape[0] // self.views

    def __repr__(self) -> str:
        queue = self.shape[1] - self.shape[0]
        return f"Relation({self.views} views of {self.batch} anchors{f', queue of {queue}' if queue else ''})"

    def __reduce__(self) -> tuple[Any, ...]:
        tensors = (self.bound, self.same, self.attract, self.apart)
        return Relation, (*tensors, self.views, self.row_ids, self.col_ids)


class _RelationOfIds(Relation):
    """The relation of known samples: what is read is computed from their ids, or searched for, and kept."""

    row_ids: Tensor
    col_ids: Tensor

    def __init__(
        self,
        row_ids: Tensor,
        col_ids: Tensor,
        views: int,
        search: Callable[[], Channels],
        has_apart: bool,
        star: bool,
    ):
        self.row_ids, self.col_ids, self.views = row_ids, col_ids, views
        self._search, self._has_apart, self._star = search, has_apart, star
        self._made: dict[str, Tensor] = {}
        self._found: Channels | None = None

    def to(self, device: torch.device | str) -> Relation:
        """The same relation on another device, what is searched for being moved when it was found."""
        if torch.device(device) == self.device:
            return self

        def search() -> Channels:
            attract, apart = self._channels()
            return _moved(attract, device), _moved(apart, device)

        ids = self.row_ids.to(device), self.col_ids.to(device)
        return Relation.of_ids(*ids, self.views, search, has_apart=self._has_apart, star=self._star)

    def _channels(self) -> Channels:
        if self._found is None:
            self._found = self._search()
        return self._found

    @property
    def bound(self) -> Tensor:
        """Bool ``[R, C]``: views of one anchor, drawn together; never a view with itself."""
        if "bound" not in self._made:
            rows, cols = self.shape
            queue = cols - rows
            self._made["bound"] = self.bind(self.views, self.batch, queue, star=self._star, device=self.device)
        return self._made["bound"]

    @property
    def same(self) -> Tensor:
        """Bool ``[R, C]``: the same sample id (the diagonal included)."""
        if "same" not in self._made:
            self._made["same"] = self.row_ids[:, None] == self.col_ids[None, :]
        return self._made["same"]

    @property
    def attract(self) -> Tensor | None:
        """``[R, C]`` in [0, inf), how alike the graph says they are; None where nothing is."""
        return self._channels()[0]

    @property
    def apart(self) -> Tensor | None:
        """``[R, C]`` in [0, inf), how surely they are different; None where nothing is."""
        return self._channels()[1] if self._has_apart else None

    @property
    def has_apart(self) -> bool:
        """Whether ``apart`` is there, known without computing it; its values may still be 0 in this batch."""
        return self._has_apart

    @property
    def bound_views(self) -> Tensor:
        """``bound`` by anchor, bool ``[V, V, B]``: whether views v and w of anchor b are bound."""
        view = torch.arange(self.views, device=self.device)
        joined = view[:, None] != view
        if self._star:
            joined &= (view[:, None] == 0) | (view == 0)
        return joined[:, :, None].expand(-1, -1, self.batch)

    @property
    def shape(self) -> tuple[int, int]:
        """(R, C), the numbers of rows and columns."""
        return len(self.row_ids), len(self.col_ids)

    @property
    def device(self) -> torch.device:
        """Where the tensors are."""
        return self.row_ids.device


def _moved(tensor: Tensor | None, device: torch.device | str) -> Tensor | None:
    return None if tensor is None else tensor.to(device)
