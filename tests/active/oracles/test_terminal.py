import io

import numpy as np
import pytest

from likewise.active import Stop, TerminalOracle, Undo
from likewise.answers import Question
from likewise.data import open_samples
from likewise.keys import Keys


def oracle(*lines, samples=None, keys=None):
    left = iter(lines)
    out = io.StringIO()
    return TerminalOracle(samples, keys=keys, read=lambda: next(left), out=out), out


@pytest.mark.parametrize(
    ("line", "value"), [("y", "alike"), ("n", "different"), ("u", "unsure"), (" YES ", "alike"), ("no", "different")]
)
def test_letters_of_a_pair(line, value):
    person, _ = oracle(line)
    answer = person.ask(Question.pair(0, 1))
    assert answer.values == (value,)
    assert answer.ms >= 0


def test_numbers_tick_the_tiles_of_a_grid():
    person, _ = oracle("1, 3", "", "a", "u")
    question = Question.grid(9, [5, 6, 7])
    assert person.ask(question).values == ("alike", "unticked", "alike")
    assert person.ask(question).values == ("unticked",) * 3
    assert person.ask(question).values == ("alike",) * 3
    assert person.ask(question).values == ("unsure",) * 3


def test_what_cannot_be_read_is_asked_again():
    person, out = oracle("maybe", "4", "2")
    assert person.ask(Question.grid(9, [5, 6, 7])).values == ("unticked", "alike", "unticked")
    assert out.getvalue().count("Please answer") == 2


def test_skip_undo_and_quit():
    person, _ = oracle("s", "undo", "b", "q", "quit")
    assert person.ask(Question.pair(0, 1)) is None
    for raised in (Undo, Undo, Stop, Stop):
        with pytest.raises(raised):
            person.ask(Question.pair(0, 1))


def test_the_end_of_the_input_is_the_end():
    def closed():
        raise EOFError

    with pytest.raises(Stop):
        TerminalOracle(read=closed, out=io.StringIO()).ask(Question.pair(0, 1))


def test_it_shows_keys_values_and_metadata_but_no_label():
    samples = open_samples(
        np.arange(24.0).reshape(2, 12), columns={"place": ["here", "there"], "label": ["secret", "x"]}
    )
    person, out = oracle("y", samples=samples)
    person.ask(Question.pair(0, 1))
    assert "place: there" in out.getvalue()
    assert "[0 1 2 3 4 5 6 7 ...]" in out.getvalue()
    assert "secret" not in out.getvalue()


def test_it_sketches_images_and_knows_bare_keys():
    dark_and_light = np.stack([np.zeros((4, 4), np.uint8), np.full((4, 4), 255, np.uint8)])
    person, out = oracle("y", samples=open_samples(dark_and_light))
    person.ask(Question.pair(0, 1))
    assert "@@@@@@@@" in out.getvalue()
    person, out = oracle("y", keys=Keys.of(["a.png", "b.png"]))
    person.ask(Question.pair(0, 1))
    assert "b.png" in out.getvalue()


def test_two_small_pictures_stand_side_by_side_and_wide_texts_below_each_other():
    images = np.zeros((2, 4, 4), np.uint8)
    images[0, :, 0] = images[1, :, 3] = 255
    person, out = oracle("y", samples=open_samples(images, keys=["left", "right"]))
    person.ask(Question.pair(0, 1))
    lines = out.getvalue().splitlines()
    assert "left" in lines[1]
    assert "right" in lines[1]
    assert lines[2].count("@@") == 2
    long = Keys.of(["a" * 80, "b" * 80])
    person, out = oracle("y", keys=long)
    person.ask(Question.pair(0, 1))
    assert out.getvalue().splitlines()[1:3] == ["a" * 80, "b" * 80]
