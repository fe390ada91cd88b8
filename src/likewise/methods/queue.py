"""A queue of earlier keys that knows whose they are and survives a resume."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from likewise.errors import LikewiseError


class Queue(nn.Module):
    """The last M normalised keys with their sample ids, first in, first out (MoCo, arXiv 1911.05722).

    All buffers are persistent: a resumed run continues with the same queue. It must be filled before it is used.
    """

    keys: Tensor
    ids: Tensor
    next: Tensor

    def __init__(self, length: int, width: int, n: int | None = None):
        super().__init__()
        if length < 1:
            raise LikewiseError(f"a queue needs a length of at least 1, got {length}.")
        if n is not None and length > n // 2:
            raise LikewiseError(
                f"a queue of {length} is longer than half of the {n} samples: it would hold anchors again; "
                f"take at most {n // 2}."
            )
        self.register_buffer("keys", torch.zeros(length, width))
        self.register_buffer("ids", torch.full((length,), -1))
        self.register_buffer("next", torch.zeros((), dtype=torch.long))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def filled(self) -> bool:
        """Whether every place holds a key (this waits for the device)."""
        return bool((self.ids >= 0).all())

    @torch.no_grad()
    def push(self, keys: Tensor, ids: Tensor) -> None:
        """Add keys ``[b, D]`` of samples ``[b]``; of more than the queue holds, the last stay."""
        keys, ids = _everyone(keys.detach()), _everyone(ids)
        keys, ids = keys[-len(self) :], ids[-len(self) :]
        place = (self.next + torch.arange(len(ids), device=self.ids.device)) % len(self)
        self.keys[place] = nn.functional.normalize(keys.float(), dim=1)
        self.ids[place] = ids
        self.next.copy_((self.next + len(ids)) % len(self))

    @torch.no_grad()
    def nearest(self, z: Tensor) -> Tensor:
        """The key nearest to each row of z ``[b, D]`` by cosine similarity (NNCLR, arXiv 2104.14548), in float32."""
        with torch.autocast(z.device.type, enabled=False):  # many keys are near ties to narrower types
            similarity = nn.functional.normalize(z.float(), dim=1) @ self.keys.T
        return self.keys[similarity.argmax(1)].to(z.dtype)


def _everyone(values: Tensor) -> Tensor:
    """The values of all ranks, so that every rank's queue is the same."""
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return values
    gathered = [torch.empty_like(values) for _ in range(torch.distributed.get_world_size())]
    torch.distributed.all_gather(gathered, values.contiguous())
    return torch.cat(gathered)


def queue_length(asked: int | None, paper: int, n: int) -> int:
    """The length asked for, else the paper's, at most half of the samples."""
    return asked if asked is not None else max(1, min(paper, n // 2))
