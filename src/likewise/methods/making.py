"""Methods by name, of one's own, or of a loss alone, with heads that may be replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from likewise.errors import LikewiseError
from likewise.losses import LOSSES, Loss
from likewise.methods.heads import hidden_width, mlp_head
from likewise.methods.joint_embedding import JointEmbedding
from likewise.methods.modes import evaluation
from likewise.methods.own_loss import OwnLoss
from likewise.registry import Registry, call_with, options_of, qualified_name, require_options

METHODS: Registry[Callable[..., JointEmbedding]] = Registry(
    "method",
    {
        "barlow": "likewise.methods.decorrelating:barlow_twins",
        "byol": "likewise.methods.predicting:bootstrap",
        "moco": "likewise.methods.contrasting:moco",
        "nnclr": "likewise.methods.contrasting:nnclr",
        "sigreg": "likewise.methods.gaussian:gaussian_regularization",
        "simclr": "likewise.methods.contrasting:simclr",
        "simsiam": "likewise.methods.predicting:siamese",
        "spectral": "likewise.methods.contrasting:spectral_contrastive",
        "supcon": "likewise.methods.contrasting:supcon",
        "vicreg": "likewise.methods.decorrelating:variance_covariance",
    },
    group="likewise.methods",
)
"""Methods by name, each a function ``(encoder, features, n, **options)`` that gives a ``JointEmbedding``."""

Method = str | Callable[..., JointEmbedding] | JointEmbedding
Head = nn.Module | Callable[[int], nn.Module]
HEAD_OPTIONS = ("hidden", "dim")
"""Of the projector that a loss alone gets."""


def make_method(
    method: Method | None,
    encoder: nn.Module | None,
    features: int,
    n: int,
    *,
    loss: str | Loss | nn.Module | None = None,
    projector: Head | None = None,
    predictor: Head | None = None,
    options: Mapping[str, Any] | None = None,
) -> JointEmbedding:
    """A method over an encoder of ``features`` outputs, for n samples.

    Args:
        method: a registered name, a function ``(encoder, features, n, **options)`` that gives a ``JointEmbedding``, or
            one that is ready. None: SimCLR, or with ``loss`` that loss of the projections.
        encoder: samples to features ``[b, F]``; None for a method that is ready.
        features: F.
        n: the number of samples, of which a queue holds at most half.
        loss: a registered name, any function ``(q, k, relation)`` that gives a scalar, or a module whose parameters are
            then trained and saved with the method. It gets SimCLR's projector (options ``hidden`` and ``dim``), and
            predictions q ``[V, B, D]`` that are their own targets: k is q, which losses of this library know as None.
        projector: features to embeddings, a module or a function of F that makes one; in place of the method's.
        predictor: embeddings to predictions, a module or a function of the embeddings' width that makes one; in place
            of the method's, which must have targets of their own (a momentum copy, or a stop-gradient).
        options: of the method, or of the loss.

    Raises:
        LikewiseError: a name, an option or a combination does not fit, or the heads do not fit each other.
    """
    options = dict(options or {})
    if isinstance(method, JointEmbedding):
        return _ready(method, encoder, given={"loss": loss, "projector": projector, "predictor": predictor} | options)
    if encoder is None:
        raise LikewiseError("a method needs an encoder, unless it is a JointEmbedding that has one.")
    if loss is not None:
        if method is not None:
            raise LikewiseError(
                f"the method {_label(method)} has a loss of its own: give method= or loss=, not both (a loss alone "
                "gets SimCLR's projector)."
            )
        factory: Callable[..., JointEmbedding] = partial(_of_loss, loss)
        label = "the loss " + _label(loss)
    else:
        factory = _factory("simclr" if method is None else method)
        label = "the method " + _label("simclr" if method is None else method)
    return _assembled(factory, label, (encoder, features, n), projector, predictor, options)


def build_method(name: str, encoder: nn.Module, features: int, n: int, **options: Any) -> JointEmbedding:
    """A method by name over an encoder of ``features`` outputs, for n samples; options as the method has them.

    Raises:
        LikewiseError: no such method, or it has no such option.
    """
    return make_method(name, encoder, features, n, options=options)


def method_options(method: Method | None = None, loss: str | Loss | nn.Module | None = None) -> list[str]:
    """The options of a method, or of a loss alone and its projector.

    Raises:
        LikewiseError: no such method or loss.
    """
    if isinstance(method, JointEmbedding):
        return []
    if loss is None:
        return options_of(_factory("simclr" if method is None else method))
    own = [] if isinstance(loss, nn.Module) else options_of(LOSSES[loss] if isinstance(loss, str) else loss)
    return [*(name for name in own if name != "queue"), *HEAD_OPTIONS]


def _ready(method: JointEmbedding, encoder: nn.Module | None, given: Mapping[str, Any]) -> JointEmbedding:
    besides = [f"{name}=" for name, value in given.items() if value is not None]
    if encoder is not None and encoder is not method.encoder:
        besides.insert(0, "encoder=")
    if besides:
        raise LikewiseError(
            f"the method is ready, with an encoder, heads and a loss of its own: leave {', '.join(besides)} out, or "
            "give a function that makes the method."
        )
    return method


def _factory(method: str | Callable[..., JointEmbedding]) -> Callable[..., JointEmbedding]:
    if isinstance(method, str):
        return METHODS[method]
    if isinstance(method, nn.Module) or not callable(method):
        raise LikewiseError(
            f"a method is a name, a function (encoder, features, n) or a JointEmbedding, got {_label(method)}."
        )
    return method


def _of_loss(
    loss: str | Loss | nn.Module,
    encoder: nn.Module,
    features: int,
    n: int,
    *,
    hidden: int | None = None,
    dim: int = 256,
    **options: Any,
) -> JointEmbedding:
    """A loss of the projections, with SimCLR's projector."""
    del n
    function: Any = LOSSES[loss] if isinstance(loss, str) else loss
    if not callable(function):
        raise LikewiseError(f"a loss is a name, a function (q, k, relation) or a module, got {function!r}.")
    if isinstance(function, nn.Module):
        if options:
            raise LikewiseError(f"{', '.join(options)}: the loss {_label(loss)} is made already, with its options.")
        objective = OwnLoss(function)
    else:
        require_options(function, f"the loss {_label(loss)}", options)
        objective = OwnLoss(function, options)
    return JointEmbedding(encoder, mlp_head([features, hidden or hidden_width(features), dim]), objective)


def _assembled(
    factory: Callable[..., JointEmbedding],
    label: str,
    over: tuple[nn.Module, int, int],
    projector: Head | None,
    predictor: Head | None,
    options: dict[str, Any],
) -> JointEmbedding:
    """The factory's method, with the heads given in place of its own."""
    features = over[1]
    if projector is not None:
        projector = _head(projector, features, "projector")
        width = _width(projector, features, "the projector", "features")
        if options.get("dim", width) != width:
            raise LikewiseError(f"dim={options['dim']}, but the projector given has {width} outputs: leave dim= out.")
        if "dim" in options_of(factory):
            options["dim"] = width
    made: Any = call_with(factory, label, options, *over)
    if not isinstance(made, JointEmbedding):
        raise LikewiseError(f"{label} must give a JointEmbedding, got a {type(made).__name__}.")
    if predictor is not None and made.target is None and not made.stop_gradient:
        raise LikewiseError(
            f"{label} compares predictions with each other, so that a predictor is a part of the projector: leave "
            "predictor= out, or take a method with targets of their own (byol, simsiam, moco, nnclr)."
        )
    width = _width(made.projector if projector is None else projector, features, "the projector", "features")
    made.replace_heads(projector, None if predictor is None else _head(predictor, width, "predictor"))
    _check_widths(made, label, width)
    return made


def _head(given: Head, width: int, what: str) -> nn.Module:
    made = given if isinstance(given, nn.Module) else given(width) if callable(given) else given
    if not isinstance(made, nn.Module):
        raise LikewiseError(f"a {what} is a module, or a function of a width that makes one, got {made!r}.")
    return made


def _check_widths(method: JointEmbedding, label: str, width: int) -> None:
    """Refuse predictions and queues of another width than the embeddings'."""
    if method.predictor is not None:
        out = _width(method.predictor, width, "the predictor", "embeddings")
        if out != width:
            raise LikewiseError(f"the predictor gives {out} numbers, but {label} compares them with {width}.")
    if method.queue is not None and method.queue.keys.shape[1] != width:
        raise LikewiseError(
            f"the queue of {label} holds keys of width {method.queue.keys.shape[1]}, but the projector gives {width}."
        )


def _width(head: nn.Module, inputs: int, what: str, of: str) -> int:
    """How many numbers a head gives, found by trying it."""
    like = next(head.parameters(), torch.zeros(()))
    try:
        with torch.no_grad(), evaluation(head):
            out = head(torch.zeros(2, inputs, device=like.device))
    except (RuntimeError, ValueError, TypeError, AssertionError, IndexError) as error:
        raise LikewiseError(f"{what} does not take {inputs} {of}: {error}") from None
    if not isinstance(out, Tensor) or out.ndim != 2 or len(out) != 2:
        got = list(out.shape) if isinstance(out, Tensor) else f"a {type(out).__name__}"
        raise LikewiseError(f"{what} must give one vector a sample, got {got} for 2 samples.")
    return out.shape[1]


def _label(part: object) -> str:
    return repr(part) if isinstance(part, str | int | float) else qualified_name(part)
