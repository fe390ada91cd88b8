"""The record of a run: what it is, and whether another call is about the same run."""

from __future__ import annotations

from typing import Any

from likewise.arrays import fingerprint
from likewise.data import Samples, effective_anchors
from likewise.errors import LikewiseError
from likewise.graph import Groups, SimilarityGraph, tree
from likewise.methods import EncoderSpec
from likewise.settings import PARTS, Settings
from likewise.training.devices import true_precision
from likewise.training.files import plain
from likewise.training.plan import Plan
from likewise.training.run_folder import FORMAT, VERSION, TrainedRun
from likewise.training.surroundings import describe_surroundings
from likewise.views import Normalize

BEGINNING = {"steps_done": 0, "epochs_done": 0, "finished": False, "mined": 0, "kept": {}}
"""What a record says of progress before the first step."""


def describe_run(
    chosen: Settings,
    spec: EncoderSpec,
    training: Samples,
    normalize: Normalize,
    graph: SimilarityGraph | None,
    processes: int = 1,
) -> dict[str, Any]:
    """What makes a run this run: all that its weights depend on, but for the machine and its libraries."""
    described: dict[str, Any] = {
        "settings": chosen.as_json(),
        "encoder": spec.as_json(),
        "precision": true_precision(chosen),
        "processes": processes,
        "n": len(training),
        "samples": training.keys.hash,
        "mean": list(normalize.mean),
        "std": list(normalize.std),
    }
    if graph is not None:
        described["graph_fingerprint"] = fingerprint_of_graph(graph)
    return plain(described)


def new_record(described: dict[str, Any], graph: SimilarityGraph, plan: Plan) -> dict[str, Any]:
    """The record of a run that begins."""
    head = {"format": FORMAT, "version": VERSION}
    said = {"graph": repr(graph), "effective_anchors": effective_anchors(plan.batches, graph.n)}
    return {
        **head,
        **described,
        **said,
        "steps": plan.settings.epochs * len(plan),
        **describe_surroundings(),
        **BEGINNING,
    }


def require_same_run(before: TrainedRun, described: dict[str, Any]) -> None:
    """Refuse to go on with a run that was started otherwise.

    Raises:
        LikewiseError: names what differs, and how it was.
    """
    hidden = {"graph_fingerprint": "another graph (without graph= its own is taken)", "samples": "other samples"}
    for name, value in described.items():
        was = before.record[name]
        if was == value:
            continue
        if name in hidden:
            raise LikewiseError(f"the run in {before.path} was started with {hidden[name]}: resume it with the same.")
        if isinstance(value, dict):
            changed = [key for key in value if was.get(key) != value[key]]
            name = next((part for part in PARTS if part in changed and part != "method"), changed[0])
            was, value = was.get(name), value[name]
            if name in PARTS and was is not None and value is None:
                raise LikewiseError(f"the run in {before.path} was started with {name} = {was}: give it again.")
        raise LikewiseError(
            f"the run in {before.path} was started with {name} = {was}, not {value}: resume it so, or "
            "begin a new run in another folder."
        )


def fingerprint_of_graph(graph: SimilarityGraph) -> str:
    """Content hash of what a graph says and of how it draws."""
    return fingerprint(repr(graph), graph.self_weight, str(graph.vetoes), fingerprint_of_tree(graph.root))


def fingerprint_of_tree(node: tree.Node) -> str:
    """Content hash of terms and of how they are combined."""
    if isinstance(node, tree.Mixture):
        parts = [f"{share} {fingerprint_of_tree(part)}" for share, part in zip(node.shares, node.parts, strict=True)]
        return fingerprint("mixture", *parts, *node.weights)
    if isinstance(node, tree.Union):
        return fingerprint("union", *map(fingerprint_of_tree, node.parts))
    if isinstance(node, tree.Sum):
        return fingerprint("sum", *(f"{scale} {fingerprint_of_tree(part)}" for scale, part in node.parts))
    if isinstance(node, tree.Without):
        return fingerprint("without", fingerprint_of_tree(node.part), fingerprint_of_tree(node.drop))
    if isinstance(node, Groups):
        return fingerprint("groups", str(node.weight), node.codes, node.apart)
    return fingerprint("edges", str(node.different), node.indptr, node.indices, node.weights)
