"""How samples look."""

import io

import numpy as np
import pytest
from PIL import Image

import likewise
from likewise.cli.page import originals
from likewise.errors import LikewiseError
from likewise.page import Pictures


def opened(shown):
    return Image.open(io.BytesIO(shown[0]))


def test_large_images_are_shown_from_their_files_and_made_once(tmp_path):
    for place, size in enumerate([(900, 600), (2400, 1200)]):
        Image.new("RGB", size, (200, 30 * place, 10)).save(tmp_path / f"{place}.png")
    samples = likewise.open(tmp_path, size=32, resident=False)
    pictures = Pictures(samples)
    assert pictures.card(0)["name"] == "0.png"
    assert opened(pictures.picture(0)).size == (256, 171)
    assert opened(pictures.picture(1, large=True)).size == (1600, 800)
    assert pictures.picture(0) is pictures.picture(0)
    small = likewise.open(tmp_path, size=32)
    assert opened(Pictures(small).picture(1, large=True)).size == (32, 32)
    assert opened(Pictures(small, originals=originals(str(tmp_path), small)).picture(1, large=True)).size == (1600, 800)
    subset = Pictures(samples.subset([1]))
    assert subset.card(0)["name"] == "1.png"
    assert opened(subset.picture(0, large=True)).size == (1600, 800)


def test_vectors_are_plots_and_columns_are_facts():
    samples = likewise.open(np.random.default_rng(0).standard_normal((5, 7)), columns={"age": np.arange(5)})
    pictures = Pictures(samples)
    content, kind = pictures.picture(2)
    assert kind == "image/svg+xml"
    assert content.count(b"<rect") == 8
    card = pictures.card(2)
    assert (card["name"], card["facts"], card["text"]) == ("No. 2", [["age", "2"]], None)


def test_texts_and_unknown_things():
    samples = likewise.open(np.eye(3), columns={"text": np.array(["one", "<two>", "three"])})
    card = Pictures(samples).card(1)
    assert (card["text"], card["picture"]) == ("<two>", None)
    drawn = Pictures(samples, show=lambda row: Image.new("L", (10 + row, 10)))
    assert opened(drawn.picture(2)).size == (12, 10)
    said = Pictures(samples, show=lambda row: f"sample {row}")
    assert said.card(2)["text"] == "sample 2"
    with pytest.raises(LikewiseError, match="no picture"):
        said.picture(2)
    with pytest.raises(LikewiseError, match="no sample 3"):
        drawn.picture(3)


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path):
    for name, level in (("a", 9000), ("b", 40000)):
        Image.fromarray(np.full((12, 12), level, np.uint16)).save(tmp_path / f"{name}.png")
    pictures = Pictures(likewise.open(tmp_path))
    shown = [np.asarray(Image.open(io.BytesIO(pictures.picture(row)[0]))).mean() for row in (0, 1)]
    assert shown == pytest.approx([9000 / 257, 40000 / 257], abs=1)
