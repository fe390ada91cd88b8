"""What the pages are about: an engine, the pictures of its samples, and what the commands add; or a graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from likewise.graph import SimilarityGraph
from likewise.labelling.engine import Engine
from likewise.show import GraphView, Pictures
from likewise.web.background import BackgroundTask

MANY = 100
"""Contradictions are counted up to so many."""


@dataclass
class AskContext:
    """All that the asking pages need.

    Attributes:
        engine: asks and keeps.
        pictures: what is shown of each sample.
        title: what the samples are called.
        who: the annotator, before somebody gives a name.
        screens: whether to begin with grids.
        graph: makes the graph of the answers so far; None: the engine's.
        out: where ``save`` writes the graph; None where it is kept in memory alone.
        train: trains an encoder on the answers so far and writes a report, telling each step; gives back the report's
            file. None where training is not offered.
        training: the training that is under way.
    """

    engine: Engine
    pictures: Pictures
    title: str = "samples"
    who: str = "me"
    screens: bool = False
    graph: Callable[[], SimilarityGraph] | None = None
    out: Path | None = None
    train: Callable[[Callable[[str], None]], Path] | None = None
    training: BackgroundTask = field(default_factory=BackgroundTask)
    base: ClassVar[str] = "base.html"

    def graph_now(self) -> SimilarityGraph:
        """The graph of the answers so far."""
        return self.engine.graph() if self.graph is None else self.graph()

    @property
    def conflicts(self) -> int:
        """How many contradictions are open."""
        return len(self.engine.state.contradictions(MANY))


@dataclass(frozen=True)
class ViewContext:
    """All that the viewing pages need: what is shown of a graph."""

    view: GraphView
    who: ClassVar[str] = ""
    conflicts: ClassVar[int] = 0
    base: ClassVar[str] = "view_base.html"
