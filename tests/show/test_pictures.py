"""How samples look."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import likewise
from likewise.cli.page import originals
from likewise.errors import LikewiseError
from likewise.modalities.bars import plot
from likewise.priors.plain import standardise
from likewise.show import HeldPictures, Pictures
from likewise.show.pictures import LARGE


def opened(shown):
    return Image.open(io.BytesIO(shown[0]))


def test_large_images_are_shown_from_their_files_and_made_once(tmp_path):
    for place, size in enumerate([(900, 600), (2400, 1200)]):
        Image.new("RGB", size, (200, 30 * place, 10)).save(tmp_path / f"{place}.png")
    samples = likewise.open(tmp_path, size=32, resident=False)
    pictures = Pictures(samples)
    assert pictures.card(0)["name"] == "0.png"
    assert opened(pictures.picture(0)).size == (256, 171)
    assert opened(pictures.picture(1, LARGE)).size == (1600, 800)
    assert pictures.picture(0) is pictures.picture(0)
    small = likewise.open(tmp_path, size=32)
    assert opened(Pictures(small).picture(1, LARGE)).size == (32, 32)
    assert opened(Pictures(small, originals=originals(str(tmp_path), small)).picture(1, LARGE)).size == (1600, 800)
    subset = Pictures(samples.subset([1]))
    assert subset.card(0)["name"] == "1.png"
    assert opened(subset.picture(0, LARGE)).size == (1600, 800)


def test_vectors_are_plots_and_columns_are_facts():
    samples = likewise.open(np.random.default_rng(0).standard_normal((5, 7)), columns={"age": np.arange(5)})
    pictures = Pictures(samples)
    content, kind = pictures.picture(2)
    assert kind == "image/svg+xml"
    assert content.count(b"M") == 1 + 7  # the line and the bars
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


def test_a_file_holds_pictures_that_are_small_enough():
    random = np.random.default_rng(0)
    photos = HeldPictures(likewise.open(random.integers(0, 256, (2, 300, 200, 3)).astype(np.uint8)))
    for side, bytes_ in ((None, 25_000), (64, 7000)):
        card = photos.card(1, side)
        head, _, content = card["picture"].partition(",")
        assert (head, card["large"]) == ("data:image/jpeg;base64", None)
        assert max(Image.open(io.BytesIO(base64.b64decode(content))).size) == (side or 128)
        assert len(card["picture"]) < bytes_


def test_a_small_image_is_held_as_it_is():
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    address = HeldPictures(likewise.open(images)).card(1, 64)["picture"]
    assert len(address) < 4500  # of noise, the worst case: a thousand of them are a few megabytes
    content = address.partition(",")[2]
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(content)))), images[1])


def test_bars_stand_above_and_below_their_line():
    drawn = plot(np.array([3.0, -1.5, 0.0, 40.0])).decode()
    up, down = re.findall('<path d="([^"]*)" fill', drawn)
    assert re.findall("M[0-9.]+ 50v([-0-9.]+)h", up) == ["-46", "-46"]
    assert re.findall("M[0-9.]+ 50v([-0-9.]+)h", down) == ["23", "0.3"]
    assert len(plot(np.random.default_rng(0).standard_normal(1000))) < 4000


def heights(svg):
    """The value of each bar from left to right, in standard deviations."""
    bars = re.findall(r"M([0-9.]+) 50v([-0-9.e]+)h[0-9.]+V50z", svg.decode())
    return [-float(tall) * 3 / 46 for _, tall in sorted(bars, key=lambda bar: float(bar[0]))]


def table(path, rows=50):
    x = np.random.default_rng(0).standard_normal((rows, 3)) * [1000, 1, 1e-3] + [5000, 0, 7]
    steady = np.full((rows, 1), 0.1)
    x = np.concatenate([x, steady], 1)
    x[0, 1] = 30
    lines = [",".join(map(repr, row)) + f",n{place},cat" for place, row in enumerate(x.tolist())]
    path.write_text("\n".join(["proline,hue,ash,steady,note,label", *lines]))
    return x


def test_columns_of_any_unit_are_drawn_by_how_they_vary(tmp_path):
    x = table(tmp_path / "t.csv")
    samples = likewise.open(tmp_path / "t.csv")
    expected = np.clip(standardise(x), -3, 3)
    pictures = Pictures(samples)
    for row in (0, 7, 49):
        np.testing.assert_allclose(heights(pictures.picture(row)[0]), expected[row], atol=0.03)
    few = HeldPictures(samples.subset([7, 0]))  # measured by all
    assert few.picture(0) == pictures.picture(7)
    vectors = likewise.open(x.astype(np.float32))
    assert Pictures(vectors).picture(7) == pictures.picture(7)
    assert Pictures(vectors).card(7)["facts"] == []


def test_a_row_of_a_table_is_told_by_names_and_values(tmp_path):
    x = table(tmp_path / "t.csv")
    samples = likewise.open(tmp_path / "t.csv")
    facts = Pictures(samples).card(7)["facts"]
    assert [name for name, _ in facts] == ["note", "proline", "hue", "ash", "steady"]
    assert [facts[0][1], facts[4][1]] == ["n7", "0.1"]
    assert [float(value) for _, value in facts[1:4]] == pytest.approx(x[7, :3], rel=0.006)
    subset = Pictures(samples.subset([7, 0]))
    assert subset.card(0)["facts"] == facts
    names = ",".join(f"c{place}" for place in range(25))
    np.savetxt(tmp_path / "wide.csv", np.eye(25), delimiter=",", header=names, comments="")
    assert Pictures(likewise.open(tmp_path / "wide.csv")).card(0)["facts"] == []


def test_vectors_are_measured_once(monkeypatch):
    samples = likewise.open(np.random.default_rng(0).standard_normal((100, 300)).astype(np.float32))
    pictures = Pictures(samples)
    rows = []
    read = type(samples).read
    monkeypatch.setattr(type(samples), "read", lambda self, ids: rows.append(len(ids)) or read(self, ids))
    for row in (3, 4, 3):
        assert len(heights(pictures.picture(row)[0])) == 128
    assert rows == [100, 1, 1]
