import numpy as np
import pytest
import torch

import likewise as lw
from likewise.data import open_samples
from likewise.errors import LikewiseError
from likewise.show import Pictures

TEXTS = ["where is my card", "my card is where", "book a table for two", "book a tables for two"]


def test_strings_become_vectors_and_are_shown(tmp_path):
    samples = open_samples(TEXTS, labels=[0, 0, 1, 1])
    assert (samples.kind, samples.shape, repr(samples).splitlines()[0]) == (
        "text",
        (1024,),
        "4 texts of 1024, in memory (0.0 MiB)",
    )
    torch.testing.assert_close(samples.storage.norm(dim=1), torch.ones(4))
    assert lw.neighbors(lw.priors.pixels(samples), 1).diagnose(samples.labels).labels.purity == 1
    assert Pictures(samples).card(2)["text"] == TEXTS[2]
    assert open_samples(np.array(TEXTS)).fingerprint == samples.fingerprint
    streamed = open_samples(np.array(TEXTS), modality="text", resident=False)
    assert torch.equal(streamed.read([2, 0]), samples.read([2, 0]))


def test_tables_of_texts(tmp_path):
    rows = "".join(f"{text},{row},{row % 2}\n" for row, text in enumerate(TEXTS))
    (tmp_path / "t.csv").write_text(f"sentence,age,label\n{rows}")
    samples = open_samples(tmp_path / "t.csv", modality="text")
    assert samples.fingerprint == open_samples(TEXTS).fingerprint
    assert (list(samples.columns), samples.labels.tolist()) == (["text", "age", "label"], [0, 1, 0, 1])
    assert open_samples(tmp_path / "t.csv").kind == "vector"
    small = open_samples(tmp_path / "t.csv", modality="text", modality_options={"column": "sentence", "dim": 9})
    assert small.shape == (9,)
    with pytest.raises(LikewiseError, match="unknown column of texts 'words'"):
        open_samples(tmp_path / "t.csv", modality="text", modality_options={"column": "words"})


@pytest.mark.parametrize(
    ("source", "options", "sentence"),
    [
        (np.array(["a", None, "b"], dtype=object), {}, "row 1 has no text"),
        (["a", "  "], {}, "row 1 has no text"),
        (np.eye(3), {}, r"texts are strings \[n\], got float64 \[3, 3\]"),
        (TEXTS, {"modality_options": {"dim": 0}}, "dim is the number of entries"),
        (np.array(TEXTS), {"size": 3}, "size and channels are for images"),
    ],
)
def test_bad_texts_are_named(source, options, sentence):
    with pytest.raises(LikewiseError, match=sentence):
        open_samples(source, modality="text", **options)
