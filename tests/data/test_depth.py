import numpy as np
import pytest
from PIL import Image
from tests.data.files import ramp, write_png, write_tiff

from likewise.data import open_samples
from likewise.errors import LikewiseError

rng = np.random.default_rng(0)


def scaled(values, low, high):
    return np.rint((values.astype(float) - low).clip(0, high - low) * 255 / (high - low))


def test_twelve_bits_keep_their_levels_and_it_is_said(tmp_path):
    arrays = [rng.integers(0, 4096, (64, 64)).astype(np.uint16) for _ in range(4)]
    for row, array in enumerate(arrays):
        Image.fromarray(array).save(tmp_path / f"{row}.png")
    samples = open_samples(tmp_path)
    low, high = np.percentile(np.stack(arrays), [0.1, 99.9])
    assert np.abs(samples.storage[:, 0].numpy() - scaled(np.stack(arrays), low, high)).max() <= 1
    assert len(samples.storage.unique()) == 256
    (note,) = samples.notes
    assert note.startswith("4 images of more than 8 bits scaled to 8 (")
    assert "99.8 % of their values; range= sets others" in note


@pytest.mark.parametrize(
    "given", [{"range": (1000, 3000)}, {"modality": "image", "modality_options": {"range": "1000,3000"}}]
)
def test_a_range_is_taken_as_given(tmp_path, given):
    values = np.linspace(0, 4000, 100).reshape(10, 10).astype(np.uint16)
    for row in range(2):
        Image.fromarray(values).save(tmp_path / f"{row}.tif")
    samples = open_samples(tmp_path, **given)
    assert np.array_equal(samples.storage[0, 0], scaled(values, 1000, 3000))
    assert "2 images of more than 8 bits scaled to 8 (1000 becomes 0 and 3000 becomes 255)" in samples.notes


def test_values_far_from_zero_and_floats(tmp_path):
    offset = rng.integers(-1000, 2000, (2, 40, 40)) + 32768  # as signed values are often stored
    for row, array in enumerate(offset):
        Image.fromarray(array.astype(np.uint16)).save(tmp_path / f"{row}.png")
    assert len(open_samples(tmp_path).storage.unique()) > 250
    floats = tmp_path / "floats"
    floats.mkdir()
    for row in range(2):
        Image.fromarray(rng.normal(300, 5, (40, 40)).astype(np.float32)).save(floats / f"{row}.tif")
    assert len(open_samples(floats).storage.unique()) > 200
    unit = rng.random((40, 40)).astype(np.float32)
    for row in range(2):
        Image.fromarray(unit).save(floats / f"{row}.tif")
    assert np.array_equal(open_samples(floats).storage[0, 0], np.rint(unit * 255))
    broken = np.where(unit < 0.1, np.nan, unit).astype(np.float32)
    Image.fromarray(broken).save(floats / "0.tif")
    with pytest.raises(LikewiseError, match=r"0\.tif: it holds NaN or infinity"):
        open_samples(floats)


def test_arrays_take_a_range_too():
    values = rng.integers(0, 4096, (3, 8, 8)).astype(np.uint16)
    assert np.array_equal(open_samples(values, range=(0, 4095)).storage[:, 0], scaled(values, 0, 4095))
    with pytest.raises(LikewiseError, match=r"range=\(low, high\)"):
        open_samples(values)
    for wrong in ((3, 1), "3", "a,b", (1, 2, 3)):
        with pytest.raises(LikewiseError, match="range"):
            open_samples(values, range=wrong)


@pytest.mark.parametrize("kind", ["png", "png with transparency", "little tiff", "big tiff"])
def test_sixteen_bits_a_color_are_not_cut_to_their_upper_bytes(tmp_path, kind):
    values = ramp(4095)
    for row in range(2):
        if kind.startswith("png"):
            opaque = np.full((*values.shape[:2], 1), 65535, np.uint16)
            write_png(tmp_path / f"{row}.png", np.concatenate([values, opaque], 2) if "with" in kind else values)
        else:
            write_tiff(tmp_path / f"{row}.tif", values, order="<" if "little" in kind else ">")
    for options in ({"range": (0, 4095)}, {"range": (0, 4095), "resident": False}):
        samples = open_samples(tmp_path, **options)
        assert np.array_equal(samples.read([0])[0].permute(1, 2, 0), scaled(values, 0, 4095))
    assert len(open_samples(tmp_path).read([0]).unique()) == 256


def test_sixteen_bits_of_grey_with_transparency_keep_theirs(tmp_path):
    values = ramp(4095, bands=1)
    opaque = np.full_like(values, 65535)
    write_png(tmp_path / "0.png", np.concatenate([values, opaque], 2))
    write_png(tmp_path / "1.png", np.concatenate([values, opaque * 0], 2))
    samples = open_samples(tmp_path, range=(0, 4095))
    assert np.array_equal(samples.storage[0, 0], scaled(values, 0, 4095)[..., 0])
    assert samples.storage[1].unique().tolist() == [255]  # laid on white
