"""Encoders that give more than one tensor: which of them are the features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, nn

from likewise.errors import LikewiseError

Output = str | int | Callable[[Any], Tensor]
"""A key or attribute, an index, or a function of what the net gives."""


class SelectedOutput(nn.Module):
    """A net of which one output counts; its weights are saved under the net's own names.

    Neither this module nor ``torch.compile`` adds to the names in a state dict, so that weights go back into the bare
    net.

    Args:
        net: any module, compiled or not.
        output: a key or attribute, an index, or a function of what the net gives; None: all of it.
    """

    def __init__(self, net: nn.Module, output: Output | None):
        super().__init__()
        self.net, self.output = net, output
        self.register_load_state_dict_pre_hook(_into_the_net)

    @property
    def bare(self) -> nn.Module:
        """The net itself, without what ``torch.compile`` puts around it."""
        bare: nn.Module = getattr(self.net, "_orig_mod", self.net)
        return bare

    def forward(self, *inputs: Any) -> Any:
        """What was selected of the net's output."""
        return selected(self.net(*inputs), self.output)

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """The net's own state, under its own names."""
        return self.bare.state_dict(*args, **kwargs)


def _into_the_net(module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """Give the entries of a state dict the names that loading goes by, those of the modules inside."""
    inside = "net." if getattr(module, "bare", None) is getattr(module, "net", None) else "net._orig_mod."
    for key in [key for key in state if key.startswith(prefix)]:
        state[prefix + inside + key.removeprefix(prefix)] = state.pop(key)


def select_output(net: nn.Module, output: Output | None) -> nn.Module:
    """The net, giving what ``output`` names; the net as it is where nothing is named and it is not compiled.

    What ``DataParallel`` puts around a net is left out: the loop says where it runs.
    """
    net = unwrapped(net)
    if output is None and (isinstance(net, SelectedOutput) or not hasattr(net, "_orig_mod")):
        return net
    return SelectedOutput(net.net if isinstance(net, SelectedOutput) else net, output)


def unwrapped(net: nn.Module) -> nn.Module:
    """The net that ``DataParallel`` or ``DistributedDataParallel`` holds, which would rename its weights."""
    while isinstance(net, nn.DataParallel | nn.parallel.DistributedDataParallel):
        net = net.module
    return net


def selected(given: Any, output: Output | None) -> Any:
    """A part of what a net gave.

    >>> selected({"out": 1, "aux": 2}, "out"), selected((3, 4), 1), selected((3, 4), max)
    (1, 4, 4)

    Raises:
        LikewiseError: there is no such part.
    """
    if output is None:
        return given
    if callable(output):
        return output(given)
    if isinstance(output, str) and not isinstance(given, Mapping) and hasattr(given, output):
        return getattr(given, output)
    try:
        return given[output]
    except (KeyError, IndexError, TypeError):
        raise LikewiseError(f"the encoder gives no output {output!r}, but {in_words(given)}.") from None


def in_words(given: Any) -> str:
    """What a net gave, for an error.

    >>> in_words({"out": 1, "aux": 2}), in_words((1, 2)), in_words("text")
    ('a dict with out, aux', 'a tuple of 2', 'a str')
    """
    if isinstance(given, Tensor):
        return f"shape {tuple(given.shape)}"
    kind = type(given).__name__
    if isinstance(given, Mapping):
        return f"a {kind} with {', '.join(map(str, given))}"
    return f"a {kind} of {len(given)}" if isinstance(given, tuple | list) else f"a {kind}"
