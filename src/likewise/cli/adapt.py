"""``likewise adapt``: bend a prior towards a graph, in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from likewise.cli.graph import Answers, FromLabels, Pairs, Same, build_graph
from likewise.cli.options import (
    ALIKE,
    MORE,
    Json,
    PriorName,
    Seed,
    emit,
    load_space,
    option,
    require_suffix,
    tell,
)
from likewise.cli.samples import AS_IT_IS, Data, Opening, with_samples
from likewise.errors import LikewiseError

if TYPE_CHECKING:
    from likewise.data import Samples
    from likewise.graph import SimilarityGraph
    from likewise.space import Space

HOW = "How far to bend"
FITTED = ("pca", "autoencoder", "scaled")
"""Priors whose rows depend on all the samples that they are made of."""


@with_samples
def adapt(
    data: Data,
    opening: Opening = AS_IT_IS,
    prior: PriorName = "pixels",
    graph: Annotated[Path | None, option(ALIKE, "A graph that `likewise graph` or `likewise ask` wrote.")] = None,
    answers: Answers = None,
    same: Same = None,
    pairs: Pairs = None,
    use_labels: FromLabels = False,
    weight: Annotated[
        float | None, option(HOW, "Share of the graph's directions in the similarity, in [0, 1). Default: chosen.")
    ] = None,
    kernel: Annotated[int, option(HOW, "So many landmarks of a Gaussian kernel; 0: linear.", min=0)] = 0,
    check: Annotated[
        Path | None, option(HOW, "A graph that judges whether it helps, and chooses nothing. Default: folds.")
    ] = None,
    use: Annotated[
        Path | None, option(HOW, "Apply a map that was made before to these samples, and choose nothing.", "--map")
    ] = None,
    out: Annotated[Path, option(MORE, "Where to write the adapted space (.npz); its map stands beside it.")] = Path(
        "adapted.npz"
    ),
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Bend a prior towards what you know to be alike: answers, groups, metadata, a few labels. No network is trained.

    What it gains is measured on samples that chose nothing; where the gain is not sure, the prior stays as it is. The
    space that is written is a prior like any other: `likewise graph photos/ --prior adapted.npz --neighbors 5`.

    Example: likewise adapt photos/ --prior timm:resnet50 --answers answers.sqlite --out adapted.npz
    """
    require_suffix(out, [".npz"], "spaces")
    wanted = {"--answers": answers, "--same": same, "--pairs": pairs, "--use-labels": use_labels}
    named = [name for name, value in {"--graph": graph, **wanted}.items() if value]
    if use is not None and (named or check is not None):
        raise LikewiseError(f"--map applies what was chosen before: leave out {', '.join(named) or '--check'}.")
    if graph is not None and len(named) > 1:
        raise LikewiseError(f"give --graph, or the sources of one ({', '.join(wanted)}), not both.")
    if use is None and not named:
        raise LikewiseError("say who is alike: --graph, --answers, --same COLUMN, --pairs FILE or --use-labels.")
    samples = opening.samples(data)
    space = load_space(prior, samples, seed=seed)
    if use is not None:
        made, facts = _applied(space, use)
    else:
        known = _graph(samples, graph, answers=answers, same=same, pairs=pairs, use_labels=use_labels, seed=seed)
        judged = None if check is None else _load(check, samples)
        made, facts = _adapted(space, known, out, weight=weight, kernel=kernel, check=judged, seed=seed)
    made.save(out)
    emit({**facts, "path": str(out)}, f"{made}\n{facts['verdict']}", as_json=as_json, samples=samples)
    tell(f"written to {out}")


def _load(path: Path, samples: Samples) -> SimilarityGraph:
    from likewise.graph import SimilarityGraph

    return SimilarityGraph.load(path, samples)


def _graph(samples: Samples, path: Path | None, **sources: Any) -> SimilarityGraph:
    if path is not None:
        return _load(path, samples)
    others: dict[str, Any] = {"prior": "", "neighbors": None, "band": None, "calibrate": False, "mix": None}
    made = build_graph(samples, **others, **sources)
    assert made is not None
    return made


def _adapted(space: Space, graph: SimilarityGraph, out: Path, **options: Any) -> tuple[Space, dict[str, Any]]:
    from likewise.adaptation import adapt, save_map

    found = adapt(space, graph, **options)
    beside = out.with_suffix(".map.npz")
    save_map(found.map, beside)
    return found.space, {**found.facts, "map": str(beside)}


def _applied(space: Space, path: Path) -> tuple[Space, dict[str, Any]]:
    from likewise.adaptation import Adapted, load_map

    found = load_map(path)
    if space.name.startswith(FITTED):
        raise LikewiseError(
            f"the prior {space.name!r} is fitted to the samples that it is given, so a map made on others does not "
            "hold for it: adapt all samples in one space, or take a prior that is not fitted (pixels, timm)."
        )
    if found.prior != space.name:
        raise LikewiseError(f"the map in {path} is of the prior {found.prior!r}, these samples have {space.name!r}.")
    if found.metric != space.metric:
        raise LikewiseError(f"the map in {path} is of a prior with the {found.metric} metric, this has {space.metric}.")
    facts = {"weight": found.weight, "verdict": f"mapped as {path} has it."}
    return Adapted.of(space, found, facts).space, facts
