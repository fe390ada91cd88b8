"""``likewise ask`` and ``likewise audit``: answer questions about your samples, and say what a graph is worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from likewise.cli.options import (
    ALIKE,
    MORE,
    PAGE,
    SAMPLES,
    Json,
    PriorName,
    Seed,
    emit,
    load_space,
    option,
    tell,
)
from likewise.cli.page import Served, ask_on_page
from likewise.cli.samples import AS_IT_IS, Data, Opening, with_samples
from likewise.errors import LikewiseError

if TYPE_CHECKING:
    from likewise.active import Oracle, Progress
    from likewise.data import Samples
    from likewise.space import Space

EVERY = 10


@with_samples
def ask(
    data: Data,
    opening: Opening = AS_IT_IS,
    prior: PriorName = "pixels",
    budget: Annotated[int, option(ALIKE, "How many judgements to give in all; each tile of a screen is one.")] = 300,
    tiles: Annotated[int, option(ALIKE, "Samples on a screen beside the first; 0 asks about pairs.", min=0)] = 0,
    strategy: Annotated[
        str, option(ALIKE, "What to ask: ours, random, nearest, uncertain, ward, cobras, or one of a package.")
    ] = "ours",
    by: Annotated[str | None, option(ALIKE, "Let a metadata column answer instead of you.")] = None,
    simulate: Annotated[bool, option(ALIKE, "Let the labels answer, to see what asking would bring.")] = False,
    neighbors: Annotated[int, option(ALIKE, "Also join so many near samples, weighted as answers say.", min=0)] = 0,
    expected: Annotated[
        float | None,
        option(ALIKE, "Also join samples never asked about to the group they are in with this probability, say 0.5."),
    ] = None,
    store: Annotated[
        Path | None,
        option(
            MORE,
            "Where answers are kept; asked again, it goes on there. Default: answers.db, or simulated.db where nobody "
            "is asked.",
        ),
    ] = None,
    out: Annotated[Path, option(MORE, "Where to write the graph, a folder.")] = Path("asked"),
    who: Annotated[str, option(MORE, "Your name, where several people answer.")] = "me",
    patient: Annotated[bool, option(MORE, "Go on even when answers change nothing any more.")] = False,
    page: Annotated[bool, option(PAGE, "Ask in the browser; several people can answer at once.", "--page")] = False,
    repeats: Annotated[float, option(PAGE, "Share of questions that are asked twice, to measure agreement.")] = 0.05,
    port: Annotated[int, option(PAGE, "Where the page listens; 0 takes a free port.", min=0, max=65535)] = 0,
    network: Annotated[bool, option(PAGE, "Let others on the network in, by a secret link.", "--network")] = False,
    browser: Annotated[bool, option(PAGE, "Open the browser.", "--browser/--no-browser")] = True,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Answer "are these two alike?" and get a graph: Positive Active Learning.

    Press y, n, u (unsure), s (skip), b (take the last answer back), q (stop). Every answer is kept at once. With --page
    the questions come up in the browser.

    Example: likewise ask photos/ --prior timm:vit_small_patch14_dinov2 --budget 300 --page
    """
    from likewise.graph.storage import require_free

    _require_person(page, by, simulate)
    require_free(out)
    store = store or Path("simulated.db" if simulate or by is not None else "answers.db")
    samples = opening.samples(data)
    space = load_space(prior, samples, seed=seed)
    shared: dict[str, Any] = {
        "budget": budget, "tiles": tiles, "strategy": strategy, "neighbors": neighbors, "expected": expected,
        "patient": patient, "who": who, "seed": seed, "store": store,
    }  # fmt: skip
    if page:
        asked = Served(**shared, repeats=repeats, out=out, port=port, network=network, browser=browser)
        ask_on_page(samples, space, data, asked, as_json=as_json)
    else:
        _ask_here(samples, space, _oracle(samples, by, simulate, who), out, as_json=as_json, **shared)


def _ask_here(
    samples: Samples,
    space: Space,
    oracle: Oracle,
    out: Path,
    *,
    budget: int,
    store: Path,
    as_json: bool,
    **options: Any,
) -> None:
    """Ask in the terminal, or whoever else answers, then write the graph and say what it is worth."""
    from likewise.active import ask as run
    from likewise.answers import AnswerStore

    reported: list[Progress] = []

    def report(progress: Progress) -> None:
        if not reported or progress.spent // EVERY > reported[-1].spent // EVERY or progress.spent == budget:
            tell(str(progress))
        reported.append(progress)

    graph = run(samples, space, budget, oracle=oracle, store=store, report=report, **options)
    with AnswerStore(store, samples.keys) as kept:
        answers = sum(len(answer.values) for answer in kept.answers())
    if not answers:
        raise LikewiseError("nothing was answered: no graph was written.")
    graph.save(out)
    result: dict[str, Any] = {"answers": answers, "store": str(store), "path": str(out)}
    emit(result, str(graph.diagnose(samples.label_names)), as_json=as_json, samples=samples)
    tell(f"answers kept in {store}, graph written to {out}")


@with_samples
def audit(
    graph: Annotated[Path, typer.Argument(metavar="GRAPH", help="The folder of a graph that likewise wrote.")],
    data: Annotated[str | None, option(SAMPLES, "The samples that the graph is about, to show them.", "--data")] = None,
    opening: Opening = AS_IT_IS,
    prior: Annotated[
        str | None, option(ALIKE, "The space that ranks the edges of a sample, as for `likewise graph`; needs --data.")
    ] = None,
    n: Annotated[int | None, option(ALIKE, "Edges to judge. Default: 200, all with --by-labels.", "--n")] = None,
    purity: Annotated[float, option(ALIKE, "The purity that every number of edges a row should keep.")] = 0.9,
    by_labels: Annotated[bool, option(ALIKE, "Let the labels of --data answer.")] = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Say how pure a graph is, by rank and distance, before anyone trains on it.

    Example: likewise audit graph/ --data photos/ --prior space.npz
    """
    from likewise.active import TerminalOracle
    from likewise.active import audit as run
    from likewise.graph import SimilarityGraph

    samples = None if data is None else opening.samples(data)
    found = SimilarityGraph.load(graph, samples)
    oracle: Any = TerminalOracle(samples, keys=found.keys)
    if by_labels:
        oracle = None if samples is None else samples.label_names
        if oracle is None:
            raise LikewiseError("--by-labels needs --data with labels.")
    if prior is not None and samples is None:
        raise LikewiseError("--prior ranks the edges of --data: give both.")
    space = None if prior is None or samples is None else load_space(prior, samples, seed=seed)
    result = run(found, oracle, n, space=space, purity=purity, seed=seed)
    low, high = result.interval
    facts = {"purity": result.purity, "low": low, "high": high, "largest_k": result.largest, "sure": result.sure}
    emit(facts, str(result), as_json=as_json)


def _require_person(page: bool, by: str | None, simulate: bool) -> None:
    """Refuse a page on which nobody would answer, and one that cannot be served, before any work is done."""
    if page and (by is not None or simulate):
        raise LikewiseError("--page asks people: leave --by and --simulate out.")
    if page:
        from likewise.web import require_web

        require_web()


def _oracle(samples: Samples, by: str | None, simulate: bool, who: str) -> Oracle:
    from likewise.active import ColumnOracle, LabelOracle, TerminalOracle

    if by is not None and simulate:
        raise LikewiseError("--by and --simulate are two ways to answer: choose one.")
    if by is not None:
        return ColumnOracle(samples, by)
    if simulate:
        if samples.labels is None:
            raise LikewiseError("--simulate needs labels: name their column with --labels.")
        return LabelOracle(samples.labels)
    return TerminalOracle(samples, who=who)
