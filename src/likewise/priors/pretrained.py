"""The features of a pretrained network as a prior."""

from __future__ import annotations

import difflib
import os
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from likewise.arrays import fingerprint
from likewise.data import Samples
from likewise.errors import LikewiseError
from likewise.priors.cache import Folder, cached
from likewise.priors.encoding import encode
from likewise.randomness import seed_of
from likewise.space import Space


def timm(
    name: str,
    samples: Samples,
    *,
    checkpoint: str | os.PathLike[str] | None = None,
    pretrained: bool = True,
    size: int | None = None,
    batch_size: int = 64,
    device: torch.device | str | None = None,
    seed: int = 0,
    cache: Folder | None = None,
) -> Space:
    """The pooled features [n, d] of a timm network, compared by cosine; cached on disk by content.

    Images are scaled (bicubic, the whole image) to the network's input and normalised by the mean and standard
    deviation that it was trained with. An interrupted call continues where it stopped.

    Args:
        name: a timm model, as "resnet50" or "vit_small_patch14_dinov2.lvd142m".
        samples: images; grey ones are repeated where the network wants colour.
        checkpoint: local weights, ".safetensors", or ".pth" without pickled objects; nothing is downloaded then.
        pretrained: False with no checkpoint gives random weights, a control.
        size: side of the input in pixels; None takes the size that the network was trained at. Kept in ``info``.
        batch_size: images at once.
        device: where to compute; None takes a GPU if there is one.
        seed: of random weights.
        cache: folder for finished spaces; None is the default of ``cache_folder``.

    Raises:
        LikewiseError: vectors instead of images, an unknown model, weights that cannot be fetched or do not fit.
    """
    if not samples.modality.pictures:
        raise LikewiseError(f"priors.timm needs images, the samples are of kind {samples.kind!r}: try priors.pca.")
    model = _model(name, checkpoint, pretrained, size, seed)
    prepare = Prepare(model.pretrained_cfg, size)
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    weights = fingerprint(*(part for key, w in model.state_dict().items() for part in (key, _bytes(w))))

    def make(folder: Path) -> Space:
        rows = encode(model, samples, prepare=prepare, batch_size=batch_size, device=device, folder=folder)
        source = "random" if not (pretrained or checkpoint) else Path(checkpoint).name if checkpoint else "pretrained"
        info = {"prior": "timm", "model": name, "weights": source, "weights_hash": weights}
        return Space(rows, "cosine", name, info=info | {"size": list(prepare.size), "samples": samples.fingerprint})

    return cached(samples, (name, weights, str(prepare), device.type), make, cache)


class Prepare:
    """uint8 images [b, C, H, W] as a network with this configuration takes them."""

    def __init__(self, config: dict[str, Any], size: int | None) -> None:
        self.channels, *own = config["input_size"]
        self.size = tuple(own) if size is None else (size, size)
        self.mean, self.std = config["mean"], config["std"]

    def __call__(self, batch: Tensor) -> Tensor:
        """Scaled and normalised float32 [b, channels, *size]."""
        x = batch.float().div_(255)
        if x.shape[1] == 1 != self.channels:
            x = x.expand(-1, self.channels, -1, -1)
        if tuple(x.shape[2:]) != self.size:
            x = nn.functional.interpolate(x, size=self.size, mode="bicubic", antialias=True).clamp_(0, 1)
        mean, std = (x.new_tensor(values).view(1, -1, 1, 1) for values in (self.mean, self.std))
        return (x - mean) / std

    def __str__(self) -> str:
        return f"{self.channels} {self.size} {self.mean} {self.std}"


def _model(name: str, checkpoint: Any, pretrained: bool, size: int | None, seed: int) -> Any:
    import timm as models

    base = name.split(".")[0]
    if ":" not in name and not models.is_model(base):
        near = difflib.get_close_matches(base, models.list_models(), n=3)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "timm.list_models() lists them."
        raise LikewiseError(f"unknown timm model {name!r}: {hint}")
    fetch = pretrained and checkpoint is None
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on tags and aliases
        torch.manual_seed(seed_of(seed, "timm"))
        try:
            model = _create(models, name, fetch, size)
        except Exception as error:  # timm, hub and network libraries each raise their own
            if not fetch:
                raise LikewiseError(f"timm cannot build {name!r} at size {size}: {error}") from error
            reason = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
            raise LikewiseError(
                f"the pretrained weights of {name!r} could not be loaded ({reason}): connect to the network once, or "
                "give checkpoint= a local file."
            ) from error
    if checkpoint is not None:
        _load(model, Path(checkpoint))
    return model


def _create(models: Any, name: str, fetch: bool, size: int | None) -> Any:
    """The network without its classifier; only some (transformers) must be told their input size."""
    if size is not None:
        try:
            return models.create_model(name, pretrained=fetch, num_classes=0, img_size=size)
        except TypeError:
            pass
    return models.create_model(name, pretrained=fetch, num_classes=0)


def _load(model: Any, path: Path) -> None:
    """Weights of a local file; those of the classifier, which the model lacks, may be left over."""
    from timm.models import load_checkpoint

    if not path.is_file():
        raise LikewiseError(f"there is no checkpoint {path}.")
    try:
        result = load_checkpoint(model, str(path), strict=False, weights_only=True)
    except Exception as error:  # pickle, safetensors and torch each raise their own
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise LikewiseError(
            f"{path} cannot be loaded ({reason}): it must be .safetensors, or .pth that holds tensors only."
        ) from error
    if result is not None and result.missing_keys:
        lost = result.missing_keys
        raise LikewiseError(f"{path} does not fit the model: it lacks {len(lost)} weights, the first is {lost[0]!r}.")


def _bytes(weight: Tensor) -> Any:
    return weight.detach().cpu().contiguous().view(torch.uint8 if weight.ndim else weight.dtype).numpy()
