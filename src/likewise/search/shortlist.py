"""The columns that may hold the largest products of a row, found by one maximum over strided groups.

The c largest numbers of a row lie in the c groups with the largest maxima, so that a cheap maximum replaces a top-k
over all columns (the idea of Chern et al. 2022, arXiv 2206.14286); a bound on the columns left out comes with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

GROUP = 16  # columns that share one maximum
LOWEST = float("-inf")


@dataclass(frozen=True)
class Sizes:
    """How the work is cut: rows of a block, columns of a product, columns held at a time, candidates beyond k."""

    rows: int = 512
    tile: int = 8192
    span: int = 1 << 16
    spare: int = 12


@dataclass(frozen=True)
class Board:
    """Room for the products of one block of rows with one span of columns, kept from block to block.

    Fresh memory for each block would cost more in page faults than the products themselves.
    """

    products: Tensor  # [tiles, b, tile]
    maxima: Tensor  # [b, tiles, tile / GROUP]

    @classmethod
    def of(cls, rows: int, base: Tensor, sizes: Sizes) -> Board:
        """Room for ``rows`` rows against a base [n, p]."""
        tile = min(sizes.tile, -(-len(base) // GROUP) * GROUP)
        tiles = -(-min(len(base), sizes.span) // tile)
        return cls(base.new_empty((tiles, rows, tile)), base.new_empty((rows, tiles, tile // GROUP)))

    def fill(self, queries: Tensor, own: Tensor, base: Tensor) -> None:
        """Multiply, strike out each row's own column and all beyond the last, and take the maxima."""
        tiles, rows, tile = self.products.shape
        every = torch.arange(rows, device=own.device)
        for t in range(tiles):
            products, columns = self.products[t], base[t * tile : (t + 1) * tile]
            products[:, len(columns) :] = LOWEST
            if len(columns):
                torch.mm(queries, columns.T, out=products[:, : len(columns)])
                at = own - t * tile
                inside, at = (at >= 0) & (at < len(columns)), at.clamp(0, len(columns) - 1)
                products[every, at] = products[every, at].masked_fill(inside, LOWEST)
            torch.amax(products.view(rows, GROUP, -1), 1, out=self.maxima[:, t])

    def members(self, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """The columns of the ``count`` best groups: values and columns [b, ..], and the best of the rest [b]."""
        _, rows, tile = self.products.shape
        maxima, groups = self.maxima.flatten(1), tile // GROUP
        top, chosen = maxima.topk(min(count + 1, maxima.shape[1]))
        rest = top[:, -1] if maxima.shape[1] > count else torch.full_like(top[:, 0], LOWEST)
        t, group = chosen[:, :count] // groups, chosen[:, :count] % groups
        member = torch.arange(GROUP, device=chosen.device) * groups
        row = torch.arange(rows, device=chosen.device)[:, None]
        places = ((t * rows + row) * tile + group)[:, :, None] + member
        columns = (t * tile + group)[:, :, None] + member
        values = self.products.view(-1).index_select(0, places.view(-1))  # several times faster than indexing
        return values.view(rows, -1), columns.view(rows, -1), rest


def shortlist(queries: Tensor, own: Tensor, base: Tensor, count: int, board: Board, span: int) -> tuple[Tensor, Tensor]:
    """About the ``count`` largest products of each row: columns [b, c] (-1: none), and a bound on all others [b]."""
    values, columns = queries.new_empty((len(queries), 0)), own.new_empty((len(queries), 0))
    unseen = queries.new_full((len(queries),), LOWEST)
    for start in range(0, len(base), span):
        board.fill(queries, own - start, base[start : start + span])
        more, places, rest = board.members(count)
        values, columns = torch.cat([values, more], 1), torch.cat([columns, places + start], 1)
        unseen = torch.maximum(unseen, rest)
        if values.shape[1] > count:
            values, order = values.topk(count + 1)
            unseen = torch.maximum(unseen, values[:, -1])
            values, columns = values[:, :-1], columns.gather(1, order[:, :-1])
    return columns.masked_fill(values == LOWEST, -1), unseen
