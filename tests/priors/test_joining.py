import numpy as np
import pytest

from likewise.errors import LikewiseError
from likewise.keys import Keys
from likewise.priors import joined
from likewise.priors.joining import parts_of
from likewise.space import Space

rng = np.random.default_rng(0)
KEYS = Keys.of(map(str, range(30)))


def spaces():
    far = Space(rng.standard_normal((30, 5)) * 900 + 1e5, "euclidean", "far", KEYS, {"samples": "abc"})
    return [Space(rng.standard_normal((30, 3)), "cosine", "near"), far]


def test_the_similarity_is_the_weighted_mean_of_those_of_the_blocks():
    first, second = (Space(rng.standard_normal((30, 3)), "cosine", name) for name in "ab")
    both = joined([first, second], [3, 1]).normalized
    expected = (3 * first.normalized @ first.normalized.T + second.normalized @ second.normalized.T) / 4
    np.testing.assert_allclose(both @ both.T, expected, atol=1e-5)


def test_blocks_weigh_alike_whatever_their_units_and_origin():
    space = joined(spaces())
    assert (space.metric, space.d, space.name) == ("cosine", 8, "near + far")
    lengths = [np.linalg.norm(space.array[:, part], axis=1).mean() for part in (slice(3), slice(3, 8))]
    np.testing.assert_allclose(lengths, 1, rtol=1e-5)
    np.testing.assert_allclose(space.array[:, 3:].mean(0), 0, atol=1e-6)
    assert (space.keys, space.info["samples"]) == (KEYS, "abc")
    assert joined(spaces(), [1, 0.5]).name == "near + far * 0.5"


def test_what_does_not_belong_together_is_refused():
    first, second = spaces()
    for given, weights, said in (
        ([], None, "needs spaces"),
        ([first], [0], "positive weight"),
        ([first, second], [1], "positive weight"),
        ([first, Space(np.eye(4))], None, "'near' has 30 rows and 'space' 4"),
        ([second, Space(np.eye(30), keys=Keys.of(range(1, 31)))], None, "the keys of space 'space' differ"),
    ):
        with pytest.raises(LikewiseError, match=said):
            joined(given, weights)


def test_sums_are_read_with_their_weights():
    assert parts_of("pixels + timm:vit_small*0.5") == [("pixels", 1.0), ("timm:vit_small", 0.5)]
    for wrong in ("pixels+", "color*x", "color*-1", "*2", "color*inf"):
        with pytest.raises(LikewiseError, match=r"a sum of priors is NAME\+NAME"):
            parts_of(wrong)
