"""The options of training as a command has them: made of ``Settings`` and ``Execution``, or read from a file."""

from __future__ import annotations

import inspect
import json
import tomllib
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from likewise.cli.options import MORE, option
from likewise.errors import LikewiseError
from likewise.fit_options import FitOptions
from likewise.settings import Execution, Settings

if TYPE_CHECKING:
    from likewise.training import TrainedRun

OBJECTS = ("callbacks", "encoder_options", "options", "predictor", "projector", "remine_with")
"""What no command line can give, or gives with --set."""

METHOD = "Options of the method"
HELP = {
    "against": "What each row is contrasted with: batch, cross or queue.",
    "beta": "Extra weight of a known difference in the denominator.",
    "covariance": "Weight of the covariances (vicreg).",
    "denominator": "Of a positive: all (of its row) or its own.",
    "dim": "Outputs of the projector.",
    "false_negatives": "What is alike in a batch without being drawn: negative, ignore or attract.",
    "form": "Positives outside (outer) or inside (inner) the logarithm.",
    "hidden": "Width of the heads' hidden layers.",
    "invariance": "Weight of the distance of positives (vicreg).",
    "margin": "Up to which distance known differences are pushed apart (vicreg).",
    "momentum": "Of the momentum encoder, at the start (moco, byol).",
    "offdiagonal": "Weight of correlations between dimensions (barlow).",
    "queue": "Length of the queue (moco, nnclr).",
    "radius": "Largest squared norm of an embedding (spectral).",
    "repel": "Weight of known differences (vicreg, spectral).",
    "scale": "Of the whole loss (barlow).",
    "temperature": "Of the contrastive methods.",
    "slices": "Directions along which embeddings are to look Gaussian (sigreg).",
    "target": "Of the pull: centre (of the views) or partners (sigreg).",
    "variance": "Weight of the deviation of each dimension (vicreg).",
    "weight": "Of looking Gaussian, the rest being the pull (sigreg).",
}

Config = Annotated[
    Path | None,
    option(MORE, "Take options from a file: TOML (name = value), or a run's run.json, which repeats that run."),
]
Override = Annotated[
    list[str] | None,
    option(MORE, "Any option as NAME=VALUE, in place of what the file says. Repeatable.", "--set"),
]


FILES = {"config": Config, "override": Override}
KEYWORD = inspect.Parameter.KEYWORD_ONLY


def with_settings(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each setting of training, filled from the command line, --set and --config.

    Args:
        command: takes what was chosen as ``**chosen``, and as ``earlier`` the run whose run.json was given, or None.
    """
    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.kind is not p.VAR_KEYWORD]
    shown = [p for p in own if p.name != "earlier"]
    names = {p.name for p in shown}
    made = [_parameter(name, *about) for name, about in _settings().items() if name not in names]
    files = [inspect.Parameter(name, KEYWORD, default=None, annotation=kind) for name, kind in FILES.items()]
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)

    @wraps(command)
    def filled(context: typer.Context, config: Path | None, override: list[str] | None, **given: Any) -> None:
        file, earlier = read_config(config)
        further = {**file, **dict(map(_override, override or []))}
        mine = {p.name: given[p.name] for p in shown}
        for parameter in shown:
            source = context.get_parameter_source(parameter.name)
            if parameter.name in further:
                value = further.pop(parameter.name)
                if source is not None and source.name == "DEFAULT":
                    mine[parameter.name] = _converted(parameter, value)
        explicit = {p.name: given[p.name] for p in made if given[p.name] not in (None, [])}
        if str(explicit.get("output", "")).lstrip("-").isdecimal():
            explicit["output"] = int(explicit["output"])
        command(**mine, earlier=earlier, **{**further, **explicit})

    signature = [context, *(p for p in shown if p.default is p.empty), *(p for p in shown if p.default is not p.empty)]
    filled.__signature__ = inspect.Signature([*signature, *files, *made])  # type: ignore[attr-defined]  # read by inspect
    filled.__annotations__ = {}
    return filled


def read_config(path: Path | None) -> tuple[dict[str, Any], TrainedRun | None]:
    """The options in a file, and where it is a run's run.json that run.

    Raises:
        LikewiseError: there is no such file, or it is neither TOML nor JSON.
    """
    if path is None:
        return {}, None
    try:
        text = path.read_text(encoding="utf-8")
        found: Any = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise LikewiseError(f"cannot read {path}: {error.strerror}.") from None
    except ValueError as error:  # of both formats, and of other encodings
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise LikewiseError(f"{path} is not {kind}: {error}.") from None
    if not isinstance(found, dict):
        raise LikewiseError(f"{path} must hold options by name, got a {type(found).__name__}.")
    if found.get("format") == "likewise-run":
        from likewise.training import TrainedRun

        begun = {"start_from": found["started_from"]["run"]} if "started_from" in found else {}
        return {**found["settings"], **begun}, TrainedRun(path.parent, found)
    return {name.replace("-", "_"): value for name, value in found.items()}, None


def _settings() -> dict[str, tuple[str, str, str]]:
    """Of each option its type as it is written, its help and its heading."""
    found = {
        one.name: (str(one.type), one.metadata["help"] + _default(one.name, one.default), one.metadata["heading"])
        for kind in (Settings, Execution)
        for one in fields(kind)
        if one.name not in OBJECTS
    }
    others = {name: str(getattr(kind, "__forward_arg__", kind)) for name, kind in FitOptions.__annotations__.items()}
    of_methods = {
        name: (kind, HELP.get(name, "See the method.") + " Default: the method's.", METHOD)
        for name, kind in others.items()
        if name not in found and name not in OBJECTS
    }
    return {**found, **of_methods}


def _default(name: str, value: Any) -> str:
    shown = name not in ("batch_size", "width", "remine", "resume", "quiet") and not isinstance(value, tuple | bool)
    return f" [default: {value}]" if shown and value is not None and isinstance(value, str | int | float) else ""


def _parameter(name: str, kind: str, text: str, heading: str) -> inspect.Parameter:
    """An option of a command; None where it was not given."""
    flag = f"--{name.replace('_', '-')}"
    if kind == "bool":
        annotation: Any = Annotated[bool | None, option(heading, text, f"{flag}/--no-{flag[2:]}", show_default=False)]
    else:
        annotation = Annotated[_plain_type(kind) | None, option(heading, text, flag, show_default=False)]
    return inspect.Parameter(name, KEYWORD, default=None, annotation=annotation)


def _plain_type(kind: str) -> Any:
    """What a command line reads for a type as it is written."""
    words = kind.replace("|", " ").split()
    if "Sequence[str]" in kind or kind == "Any":
        return list[str] if "Sequence" in kind else str
    return int if "int" in words and "str" not in words else float if "float" in words else str


def _override(text: str) -> tuple[str, Any]:
    """The name and the value of NAME=VALUE; the value as TOML reads it, else the words themselves."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise LikewiseError(f"--set takes NAME=VALUE, got {text!r}.")
    try:
        read: Any = tomllib.loads(f"value = {value.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        read = value.strip()
    return name.strip().replace("-", "_"), read


def _converted(parameter: inspect.Parameter, value: Any) -> Any:
    """A value from a file for one of the command's own options, as the command line would give it.

    Raises:
        LikewiseError: it is of another type.
    """
    wanted = get_args(parameter.annotation)[0]
    kinds = [kind for kind in get_args(wanted) or (wanted,) if kind is not type(None)]
    kind = kinds[0]
    if kind is Path and isinstance(value, str):
        return Path(value)
    if kind == list[str]:
        return [str(one) for one in value] if isinstance(value, list) else [str(value)]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise LikewiseError(f"{parameter.name} must be of type {kind.__name__}, got {value!r}.")
    return value
