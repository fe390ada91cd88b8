"""Answers as columns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from likewise.answers import Answer, Judgements, Question


@st.composite
def answers(draw):
    anchor = draw(st.integers(0, 5))
    tiles = draw(st.lists(st.integers(6, 15), min_size=1, max_size=4, unique=True))
    question = Question.pair(anchor, tiles[0]) if len(tiles) == 1 else Question.grid(anchor, tiles)
    values = st.sampled_from(["alike", "different", "unsure"])
    said = draw(st.lists(values, min_size=len(question.tiles), max_size=len(question.tiles)))
    return Answer(question, tuple(said), draw(st.sampled_from(["ann", "bob", "cleo"])))


@given(st.lists(answers(), max_size=6), st.lists(answers(), max_size=6))
def test_followed_by_is_the_columns_of_one_list(earlier, later):
    found = Judgements.of(earlier).followed_by(Judgements.of(later))
    expected = Judgements.of([*earlier, *later])
    assert found.annotators == expected.annotators
    for name in ("a", "b", "value", "grid", "who", "answer"):
        column, wanted = getattr(found, name), getattr(expected, name)
        np.testing.assert_array_equal(column, wanted)
        assert column.dtype == wanted.dtype
