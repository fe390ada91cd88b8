"""The losses as modules, for configuration files and for losses with parameters of their own."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from likewise.errors import LikewiseError
from likewise.losses.correlation import barlow
from likewise.losses.covariance import vicreg
from likewise.losses.factorization import spectral
from likewise.losses.gaussianity import sigreg
from likewise.losses.info_nce import contrastive
from likewise.losses.predictive import byol, simsiam
from likewise.registry import require_options
from likewise.relation import Relation

LEAST_TEMPERATURE = 0.01
"""A learned temperature stays above this, as in CLIP."""


class LossModule(nn.Module):
    """A loss with its options, as a module: ``module(q, k, relation)``.

    Subclasses name their ``function``; their signature is its options.

    Args:
        options: of the function.

    Raises:
        LikewiseError: the function has no such option.
    """

    function: ClassVar[Callable[..., Tensor]]

    def __init__(self, **options: Any):
        super().__init__()
        require_options(self.function, type(self).__name__, options)
        self.options = options

    def __init_subclass__(cls) -> None:
        """Give the class the signature of its options, which help and configuration systems read."""
        super().__init_subclass__()
        own = [p for p in inspect.signature(cls.__init__).parameters.values() if p.kind is p.KEYWORD_ONLY]
        of_function = inspect.signature(cls.function).parameters.values()
        options = [p for p in of_function if p.kind is p.KEYWORD_ONLY and p.name != "queue"]
        cls.__signature__ = inspect.Signature([*options, *own])  # type: ignore[attr-defined]  # read by inspect

    def forward(self, q: Tensor, k: Tensor | None = None, relation: Relation | None = None) -> Tensor:
        """The loss of predictions q ``[V, B, D]`` and targets k (None: q) under a relation (None: the empty graph)."""
        return self.function(q, k, relation, **self.options)

    def extra_repr(self) -> str:
        """The options that were given."""
        return ", ".join(f"{name}={value!r}" for name, value in self.options.items())


class Contrastive(LossModule):
    """``likewise.losses.contrastive`` as a module, whose temperature may be learned.

    Args:
        learn_temperature: whether the temperature is a parameter, ``exp(-log_scale)``, as in CLIP (arXiv 2103.00020):
            it starts at ``temperature`` and stays above 0.01.
        options: of ``likewise.losses.contrastive``, but for the queue, which is given at each call.

    Raises:
        LikewiseError: there is no such option, or the first temperature of a learned one is no number above 0.01.
    """

    function = staticmethod(contrastive)
    log_scale: nn.Parameter | None

    def __init__(self, *, learn_temperature: bool = False, **options: Any):
        if "queue" in options:
            raise LikewiseError("a queue changes with every step: give it when Contrastive is called, queue=keys.")
        super().__init__(**options)
        self.log_scale = None
        if learn_temperature:
            first = self.options.pop("temperature", 0.2)
            if isinstance(first, Tensor) or not first > LEAST_TEMPERATURE:
                raise LikewiseError(f"a temperature to learn starts at a number above 0.01, got {first}.")
            self.log_scale = nn.Parameter(torch.tensor(-math.log(first)))

    @property
    def temperature(self) -> float | Tensor:
        """The temperature, a tensor with a gradient where it is learned."""
        if self.log_scale is None:
            fixed: float | Tensor = self.options.get("temperature", 0.2)
            return fixed
        with torch.no_grad():
            self.log_scale.clamp_(max=-math.log(LEAST_TEMPERATURE))
        return (-self.log_scale).exp()

    def forward(
        self,
        q: Tensor,
        k: Tensor | None = None,
        relation: Relation | None = None,
        queue: Tensor | None = None,
    ) -> Tensor:
        """The loss of q ``[V, B, D]`` and k (None: q) under a relation, perhaps over a queue ``[M, D]`` too."""
        return contrastive(q, k, relation, queue=queue, **{**self.options, "temperature": self.temperature})

    def extra_repr(self) -> str:
        """The options that were given, and the temperature where it is learned."""
        if self.log_scale is None:
            return super().extra_repr()
        now = math.exp(-float(self.log_scale.detach()))
        return ", ".join(filter(None, [super().extra_repr(), f"learn_temperature=True, temperature={now:.3g}"]))


class SIGReg(LossModule):
    """``likewise.losses.sigreg`` as a module."""

    function = staticmethod(sigreg)


class VICReg(LossModule):
    """``likewise.losses.vicreg`` as a module."""

    function = staticmethod(vicreg)


class BarlowTwins(LossModule):
    """``likewise.losses.barlow`` as a module."""

    function = staticmethod(barlow)


class Spectral(LossModule):
    """``likewise.losses.spectral`` as a module."""

    function = staticmethod(spectral)


class BYOL(LossModule):
    """``likewise.losses.byol`` as a module."""

    function = staticmethod(byol)


class SimSiam(LossModule):
    """``likewise.losses.simsiam`` as a module."""

    function = staticmethod(simsiam)
