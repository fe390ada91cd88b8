import numpy as np
import pytest
from PIL import Image
from tests.data.files import write_tiff

from likewise.data import open_samples, pixels
from likewise.errors import LikewiseError


@pytest.fixture
def scans(tmp_path, monkeypatch):
    """A picture that Pillow takes for a bomb, and two small ones."""
    for name, side in (("a", 8), ("b", 100), ("c", 9)):
        Image.new("1", (side, side), 1).save(tmp_path / f"{name}.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    return tmp_path


def test_large_scans_are_read_up_to_a_limit_of_our_own(scans):
    assert open_samples(scans, size=8).storage.unique().tolist() == [255]
    assert Image.MAX_IMAGE_PIXELS == 1000  # others still rely on it
    options = {"modality": "image", "modality_options": {"limit": 9000}, "size": 8}
    with pytest.raises(LikewiseError, match=r"b\.png: it has 100 x 100 pixels, more than 9,000 .* tiles.*limit=10000"):
        open_samples(scans, **options)
    assert open_samples(scans, unreadable="skip", **options).keys.values.tolist() == ["a.png", "c.png"]


def test_large_pictures_are_decoded_alone_to_the_same_pixels(scans, monkeypatch):
    before = open_samples(scans, size=8, workers=3).storage
    monkeypatch.setattr(pixels, "LARGE", 10)
    assert np.array_equal(open_samples(scans, size=8, workers=3).storage, before)


def test_a_tiff_of_many_bands_leads_to_an_array(tmp_path):
    for row in range(2):
        write_tiff(tmp_path / f"{row}.tif", np.zeros((8, 8, 6), np.uint8), photometric=1)
    with pytest.raises(LikewiseError, match=r"0\.tif: Pillow does not read this kind of TIFF.*np\.save"):
        open_samples(tmp_path)
