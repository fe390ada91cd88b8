"""Small worlds to ask about."""

from __future__ import annotations

import numpy as np

from likewise.active import Guided, LabelOracle
from likewise.answers import AnswerStore
from likewise.keys import Keys
from likewise.labelling import Engine
from likewise.space import Space


def blobs(classes: int = 4, each: int = 8, spread: float = 0.3, seed: int = 0) -> tuple[Space, np.ndarray]:
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(classes), each)
    x = 4 * np.eye(classes)[y] + spread * random.standard_normal((len(y), classes))
    order = random.permutation(len(y))
    return Space(x[order], "euclidean"), y[order]


def make_engine(path, space: Space, budget: int = 200, **options) -> Engine:
    store = AnswerStore(path, Keys.of(range(space.n)))
    make = options.pop("make", lambda: Guided(space))
    return Engine(store, make, budget, **options)


def answer(engine: Engine, oracle: LabelOracle, who: str, count: int, kind: str = "pair", ahead: int = 3) -> int:
    """Let somebody answer so many questions; how many there were."""
    given = 0
    while given < count:
        questions = engine.ask(who, ahead, kind=kind)
        if not questions:
            assert engine.planner.catch_up(30)
            questions = engine.ask(who, ahead, kind=kind)
        if not questions:
            break
        first = questions[0]
        engine.tell(who, first.id, oracle.ask(first).values, ms=900)
        given += 1
    return given
