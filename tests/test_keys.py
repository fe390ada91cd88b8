import pickle

import numpy as np
import pytest

from likewise.errors import LikewiseError
from likewise.keys import Keys


def test_positions_find_each_of_the_others_keys():
    here, other = Keys.of(["a/1.png", "b", "é"]), Keys.of(["é", "nowhere", "a/1.png"])
    assert here.positions(other).tolist() == [2, -1, 0]
    assert here.positions(other).dtype == np.int64


def test_hash_depends_on_content_and_order_and_survives_pickling():
    keys = Keys.of(["a", "b"])
    assert keys == Keys.of(["a", "b"])
    assert keys == pickle.loads(pickle.dumps(keys))
    assert keys != Keys.of(["b", "a"])
    assert Keys.of(["ab", "c"]).hash != Keys.of(["a", "bc"]).hash
    assert len({keys, Keys.of(["a", "b"])}) == 1


def test_repeated_key_is_named():
    with pytest.raises(LikewiseError, match="key 'b' occurs twice, at rows 1 and 3"):
        Keys.of(["a", "b", "c", "b", "a"])


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (["a", "x", "c"], "row 1 is 'x', expected 'b'"),
        (["a", "b"], "it lacks 'c' .it has 2 keys, expected 3"),
        (["a", "b", "c", "d"], "it adds 'd'"),
    ],
)
def test_require_same_names_the_first_difference(other, message):
    keys = Keys.of(["a", "b", "c"])
    keys.require_same(Keys.of(["a", "b", "c"]), "the graph")
    with pytest.raises(LikewiseError, match=f"keys of the graph differ: {message}.*graph.align"):
        keys.require_same(Keys.of(other), "the graph")


def test_keys_that_differ_in_their_composition_are_the_same():
    composed, decomposed = "M\u00fcller", "Mu\u0308ller"
    assert Keys.of([decomposed, "b"]).positions(Keys.of(["b", composed])).tolist() == [1, 0]
    both = Keys.of([decomposed, composed])
    assert both.positions(both).tolist() == [0, 1]
