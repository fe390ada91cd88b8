import numpy as np
import pytest
from PIL import Image
from tests.data.files import write_tiff

from likewise.data import open_samples
from likewise.errors import LikewiseError


def flat(shade, mode="L", side=16):
    return Image.fromarray(np.full((side, side), shade, np.uint8)).convert(mode)


@pytest.fixture
def stacks(tmp_path):
    """A TIFF of three pages, an animation of three pictures, and one picture."""
    pages = [flat(50 * page) for page in range(3)]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    pages[0].save(tmp_path / "clip.gif", save_all=True, append_images=pages[1:])
    pages[2].save(tmp_path / "one.png")
    return tmp_path


def test_of_several_pages_the_first_is_used_and_it_is_said(stacks):
    samples = open_samples(stacks)
    assert samples.storage[:, 0, 0, 0].tolist() == [0, 100, 0]
    assert any(
        note.startswith("2 images have several pages or frames, 6 in all: the first is") for note in samples.notes
    )


@pytest.mark.parametrize("resident", [True, False])
def test_pages_as_samples_have_keys_of_their_own(stacks, resident):
    samples = open_samples(stacks, pages="samples", resident=resident)
    names = [*(f"clip.gif#{page}" for page in range(3)), "one.png", *(f"stack.tif#{page}" for page in range(3))]
    assert samples.keys.values.tolist() == names
    shades = dict(zip(samples.keys.values, samples.read(np.arange(7))[:, 0, 0, 0].tolist(), strict=True))
    assert [shades[f"stack.tif#{page}"] for page in range(3)] == [0, 50, 100]
    assert [shades[f"clip.gif#{page}"] for page in range(3)] == [0, 50, 100]
    assert samples["file"].tolist() == ["clip.gif"] * 3 + ["one.png"] + ["stack.tif"] * 3
    parts = samples.split(0.6, group="file")
    assert not set(parts[0]["file"]) & set(parts[1]["file"])


def test_pages_as_channels(stacks):
    with pytest.raises(LikewiseError, match="as many pages in each image, not 1 to 3"):
        open_samples(stacks, pages="channels")
    (stacks / "one.png").unlink()
    samples = open_samples(stacks, pages="channels", size=8)
    assert samples.shape == (3, 8, 8)
    assert samples.read([0, 1])[:, :, 4, 4].tolist() == [[0, 50, 100]] * 2
    with pytest.raises(LikewiseError, match="unknown choice for pages 'sample'"):
        open_samples(stacks, pages="sample")


def test_a_smaller_copy_in_a_tiff_is_no_page(tmp_path):
    for row in range(2):
        small = flat(9, side=4)
        small.encoderinfo = {"tiffinfo": {254: 1}}
        flat(100 * row).save(tmp_path / f"{row}.tif", save_all=True, append_images=[small])
    samples = open_samples(tmp_path, pages="samples")
    assert samples.keys.values.tolist() == ["0.tif", "1.tif"]
    assert samples.shape == (1, 16, 16)


@pytest.mark.parametrize("extra", [(2,), (0,)])
def test_a_fourth_band_of_a_tiff_is_no_transparency(tmp_path, extra):
    pixels = np.zeros((16, 16, 4), np.uint8)
    for row in range(2):
        pixels[:] = 100, 50, 25, 30 + row
        write_tiff(tmp_path / f"{row}.tif", pixels, extra=extra)
    samples = open_samples(tmp_path)
    assert samples.read([0])[0, :, 0, 0].tolist() == [100, 50, 25]
    assert "2 TIFF images have a band more, which is not used; channels=4 reads four" in samples.notes
    for size in (None, 8):
        assert open_samples(tmp_path, channels=4, size=size).read([1])[0, :, 4, 4].tolist() == [100, 50, 25, 31]


def test_ink_is_said_and_can_be_had(tmp_path):
    pixels = np.full((16, 16, 4), 40, np.uint8)
    for row in range(2):
        write_tiff(tmp_path / f"{row}.tif", pixels, photometric=5)
    samples = open_samples(tmp_path)
    assert samples.shape == (3, 16, 16)
    assert any("2 CMYK images turned to RGB" in note for note in samples.notes)
    assert open_samples(tmp_path, channels=4).read([0]).unique().tolist() == [40]
    Image.fromarray(pixels[..., :3]).save(tmp_path / "rgb.png")
    with pytest.raises(LikewiseError, match=r"rgb\.png: it has 3 bands, not 4"):
        open_samples(tmp_path, channels=4)


def test_transparent_pictures_are_said(tmp_path):
    for row in range(2):
        Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / f"{row}.png")
    samples = open_samples(tmp_path)
    assert samples.storage.unique().tolist() == [255]
    assert "2 images with transparent parts laid on white" in samples.notes
