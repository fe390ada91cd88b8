"""``likewise graph``: say who is alike, and see what that is worth."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from likewise.cli.options import (
    ALIKE,
    MORE,
    Json,
    PriorName,
    Seed,
    emit,
    load_space,
    option,
    tell,
)
from likewise.cli.samples import AS_IT_IS, Data, Opening, with_samples
from likewise.errors import LikewiseError

if TYPE_CHECKING:
    from likewise.data import Samples
    from likewise.graph import SimilarityGraph

Neighbors = Annotated[int | None, option(ALIKE, "GPS-SSL: the so many nearest samples in the prior are alike.")]
Band = Annotated[
    str | None,
    option(ALIKE, "SPPS: pairs whose cosine similarity lies in LOW:HIGH are alike, such as 0.97:0.99; 'auto' chooses."),
]
Same = Annotated[
    list[str] | None,
    option(ALIKE, "Samples that agree in this metadata column are alike; COLUMN:TOLERANCE for numbers. Repeatable."),
]
Pairs = Annotated[Path | None, option(ALIKE, "A table of pairs: a, b and alike (yes or no) or weight.")]
PairsBy = Annotated[
    Literal["key", "position"],
    option(ALIKE, "What a and b of --pairs hold: keys, as they are written, or positions (rows, from 0)."),
]
Answers = Annotated[
    Path | None, option(ALIKE, "A store of answers that `likewise ask` kept: what people said is alike, or different.")
]
Calibrate = Annotated[
    bool, option(ALIKE, "Weigh --neighbors by how likely --answers make them to be alike.", "--calibrate")
]
FromLabels = Annotated[bool, option(ALIKE, "Samples of one label are alike.", "--use-labels")]
Sources = Annotated[
    list[str] | None,
    option(ALIKE, "A source by name, such as one that an installed package adds. Repeatable.", "--source"),
]
Mix = Annotated[
    float | None,
    option(ALIKE, "Draw a partner from the graph with this probability, else the sample itself. Default: always."),
]


def build_graph(
    samples: Samples,
    *,
    prior: str,
    neighbors: int | None,
    band: str | None,
    same: list[str] | None,
    pairs: Path | None,
    answers: Path | None,
    calibrate: bool,
    use_labels: bool,
    mix: float | None,
    seed: int,
    source: list[str] | None = None,
    pairs_by: Literal["key", "position"] = "key",
) -> SimilarityGraph | None:
    """The union of the sources that a command names; None where it names none."""
    from likewise import graph as room
    from likewise import sources

    if calibrate and (answers is None or neighbors is None):
        raise LikewiseError("--calibrate weighs neighbours by answers: give both --neighbors and --answers.")
    graphs: list[SimilarityGraph] = []
    if neighbors is not None or band is not None:
        space = load_space(prior, samples, seed=seed)
        if neighbors is not None:
            graphs.append(sources.neighbors(space, neighbors, calibrated=answers if calibrate else None))
        if band is not None:
            graphs.append(sources.band(space, *_band(band), seed=seed))
    for column in same or []:
        name, _, tolerance = column.partition(":")
        width = _number(tolerance, "the tolerance of --same") if tolerance else None
        graphs.append(sources.same(samples[name], tolerance=width, name=name))
    if pairs is not None:
        graphs.append(sources.pairs(pairs, samples, by=pairs_by))
    if answers is not None:
        graphs.append(sources.answered(answers, samples))
    if use_labels:
        if samples.labels is None:
            raise LikewiseError("--use-labels needs labels: name their column with --labels.")
        graphs.append(sources.labels(samples.labels, unlabelled=-1))
    graphs += [_of_source(name, samples, prior, seed) for name in source or []]
    if not graphs:
        return None
    found = room.union_of(graphs).with_keys(samples.keys)
    return found if mix is None else room.mix(room.SimilarityGraph.none(len(samples), samples.keys), found, mix)


def _of_source(name: str, samples: Samples, prior: str, seed: int) -> SimilarityGraph:
    """The graph of a source by name, which is given the samples, the space, or both: what its parameters are called."""
    from likewise.graph import SimilarityGraph
    from likewise.sources import SOURCES

    if ":" in name and name not in SOURCES:
        raise LikewiseError(f"--source takes a name alone, got {name!r}: a command cannot give a source options.")
    asked = inspect.signature(SOURCES[name]).parameters.values()
    required = [p.name for p in asked if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if further := [parameter for parameter in required if parameter not in ("samples", "space")]:
        raise LikewiseError(
            f"the source {name!r} asks for {', '.join(further)}, but a command has samples and space to give: see "
            "whether it has an option of its own in --help."
        )
    given: dict[str, Any] = {"samples": samples} if "samples" in required else {}
    if "space" in required:
        given["space"] = load_space(prior, samples, seed=seed)
    made = SOURCES[name](**given)
    if not isinstance(made, SimilarityGraph):
        raise LikewiseError(f"the source {name!r} must give a SimilarityGraph, got a {type(made).__name__}.")
    return made


def _band(text: str) -> tuple[float | Literal["auto"], float | None]:
    if text == "auto":
        return "auto", None
    low, colon, high = text.partition(":")
    if not colon:
        raise LikewiseError(f"--band takes LOW:HIGH, such as 0.97:0.99, or auto, got {text!r}.")
    return _number(low, "--band"), _number(high, "--band")


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise LikewiseError(f"{what} must be a number, got {text!r}.") from None


@with_samples
def graph(
    data: Data,
    opening: Opening = AS_IT_IS,
    prior: PriorName = "pixels",
    neighbors: Neighbors = None,
    band: Band = None,
    same: Same = None,
    pairs: Pairs = None,
    pairs_by: PairsBy = "key",
    answers: Answers = None,
    calibrate: Calibrate = False,
    use_labels: FromLabels = False,
    source: Sources = None,
    mix: Mix = None,
    out: Annotated[Path, option(MORE, "The folder to write the graph to.")] = Path("graph"),
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Make a similarity graph: who is alike, from a prior, metadata, pairs, answers or labels, all of them joined.

    Where labels are known, they tell how pure the graph is; they enter it only with --use-labels.

    Example: likewise graph photos/ --prior space.npz --neighbors 5 --same patient --columns meta.csv --out graph
    """
    samples = opening.samples(data)
    made = build_graph(
        samples,
        prior=prior,
        neighbors=neighbors,
        band=band,
        same=same,
        pairs=pairs,
        answers=answers,
        calibrate=calibrate,
        use_labels=use_labels,
        mix=mix,
        seed=seed,
        source=source,
        pairs_by=pairs_by,
    )
    if made is None:
        raise LikewiseError(
            "say who is alike: --neighbors 5, --band auto, --same COLUMN, --pairs FILE, --use-labels or --source NAME."
        )
    replaced = (out / "manifest.json").is_file()
    made.save(out)
    found = made.diagnose(samples.label_names)
    emit({**asdict(found), "path": str(out)}, str(found), as_json=as_json, samples=samples)
    tell(f"written to {out}" + (", in place of the graph that was there" if replaced else ""))
