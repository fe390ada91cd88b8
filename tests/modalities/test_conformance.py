"""All built-in kinds of data keep what every kind promises."""

import numpy as np
import pytest

from likewise.modalities import MODALITIES, make_modality, modality_of
from likewise.testing import check_modality

WORDS = np.array(["red", "green", "blue", "round", "square", "small", "large", "old", "new"])
TEXTS = np.array([" ".join(np.random.default_rng(row).choice(WORDS, 4)) for row in range(12)])


@pytest.mark.parametrize("name", MODALITIES.builtin)
def test_built_in_kinds_of_data(name):
    check_modality(MODALITIES[name], TEXTS if name == "text" else None)


def test_kinds_read_from_other_arrays():
    check_modality(make_modality("image"), np.random.default_rng(0).random((9, 16, 20)))
    check_modality(make_modality("series"), np.random.default_rng(0).standard_normal((9, 30)))
    check_modality(make_modality("text", {"dim": 64}), TEXTS.astype(object))


def test_the_kind_of_a_shape():
    assert [modality_of(shape).name for shape in ((5,), (2, 5), (3, 5, 5))] == ["vector", "series", "image"]
