import numpy as np
import pytest
import torch
from PIL import Image

from likewise.data import open_samples
from likewise.errors import LikewiseError

rng = np.random.default_rng(0)


def save(path, array, mode=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(path, **options)


def noise(height=10, width=12, channels=3):
    shape = (height, width, channels) if channels > 1 else (height, width)
    return rng.integers(0, 256, shape, dtype=np.uint8)


def test_nested_folders_give_keys_and_labels(tmp_path):
    arrays = {name: noise() for name in ("dog/x/2.png", "cat/10.png", "cat/9.png", "dog/1.PNG")}
    for name, array in arrays.items():
        save(tmp_path / name, array)
    save(tmp_path / "dog" / ".hidden.png", noise())
    save(tmp_path / ".cache" / "a.png", noise())
    (tmp_path / "dog" / "notes.txt").write_text("not an image")
    samples = open_samples(tmp_path)
    assert samples.keys.values.tolist() == ["cat/10.png", "cat/9.png", "dog/1.PNG", "dog/x/2.png"]
    assert samples["folder"].tolist() == ["cat", "cat", "dog", "dog"]
    assert (samples.classes, samples.labels.tolist()) == (("cat", "dog"), [0, 0, 1, 1])
    assert samples.shape == (3, 10, 12)
    for row, key in enumerate(samples.keys.values):
        assert np.array_equal(samples.read([row])[0].permute(1, 2, 0), arrays[key])


def test_one_directory_gives_no_labels(tmp_path):
    for i in range(3):
        save(tmp_path / "all" / f"{i}.png", noise())
    assert open_samples(tmp_path).labels is None


def test_streamed_and_resident_agree(tmp_path):
    for i in range(9):
        save(tmp_path / f"{i}.png", noise(10 + i, 30 - i))
    resident, streamed = open_samples(tmp_path, workers=3), open_samples(tmp_path, resident=False, workers=3)
    ids = torch.tensor([[8, 1, 0], [1, 1, 4]])
    assert torch.equal(resident.read(ids), streamed.read(ids))
    assert resident.fingerprint == streamed.fingerprint
    assert "streamed" in repr(streamed)


def test_mixed_sizes_are_resized_and_centre_cropped(tmp_path):
    flat = np.zeros((20, 40, 3), np.uint8)
    flat[:, 10:30] = 200  # the centre square
    save(tmp_path / "a.png", flat)
    save(tmp_path / "b.png", np.full((30, 30, 3), 7, np.uint8))
    save(tmp_path / "c.png", np.full((90, 60, 3), 9, np.uint8))
    samples = open_samples(tmp_path)
    assert samples.shape == (3, 30, 30)  # the median shorter side
    assert samples.notes == ("3 images of 3 sizes: shorter side resized to 30, centre cropped",)
    assert (samples.storage[0, :, :, 4:-4] == 200).all()
    assert samples.storage[1].unique().tolist() == [7]
    assert open_samples(tmp_path, size=16).shape == (3, 16, 16)


def test_kinds_of_pictures(tmp_path):
    grey, color = noise(channels=1), noise()
    deep = (grey.astype(np.uint16) * 257).astype(np.uint16)
    clear = np.dstack([color, np.zeros((10, 12), np.uint8)])
    save(tmp_path / "a_grey.png", grey)
    save(tmp_path / "b_deep.png", deep)
    save(tmp_path / "c_deep.tif", deep)
    save(tmp_path / "d_palette.png", (color // 128) * 255, "P")
    save(tmp_path / "e_clear.png", clear)
    save(tmp_path / "f_grey_clear.png", grey, "LA")
    save(tmp_path / "g_cmyk.tif", color, "CMYK")
    Image.fromarray(grey % 4).convert("P").save(tmp_path / "h_transparency.gif", transparency=0)
    samples = open_samples(tmp_path)
    x = samples.storage.numpy()
    assert samples.shape == (3, 10, 12)
    for row in (0, 1, 2, 5):
        assert np.array_equal(x[row], np.broadcast_to(grey, (3, 10, 12)))
    assert np.array_equal(x[3], ((color // 128) * 255).transpose(2, 0, 1))
    assert (x[4] == 255).all()  # all transparent: white
    assert np.abs(x[6].astype(int) - color.transpose(2, 0, 1)).max() <= 1
    assert (x[7][:, grey % 4 == 0] == 255).all()
    assert "2 images of more than 8 bits scaled to 8 (65535 becomes 255)" in samples.notes
    assert "5 grey images repeated over three channels" in samples.notes


def test_all_grey_keeps_one_channel(tmp_path):
    arrays = [noise(channels=1) for _ in range(3)]
    for i, array in enumerate(arrays):
        save(tmp_path / f"{i}.png", array)
    assert np.array_equal(open_samples(tmp_path).storage[:, 0], arrays)
    assert open_samples(tmp_path, channels=3).shape == (3, 10, 12)
    save(tmp_path / "color.png", noise())
    assert open_samples(tmp_path).shape == (3, 10, 12)
    assert open_samples(tmp_path, channels=1).shape == (1, 10, 12)


def test_orientation_turns_the_picture(tmp_path):
    array = noise(8, 14)
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying: to be turned by 90 degrees clockwise
    save(tmp_path / "a.png", array, exif=exif)
    save(tmp_path / "b.png", np.rot90(array, -1).copy())
    samples = open_samples(tmp_path)
    assert samples.shape == (3, 14, 8)
    assert torch.equal(samples.storage[0], samples.storage[1])


@pytest.fixture
def damaged(tmp_path):
    for i in range(6):
        save(tmp_path / f"{i}.jpg", noise(64, 64))
    whole = (tmp_path / "2.jpg").read_bytes()
    (tmp_path / "2.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "4.jpg").write_bytes(b"no picture at all")
    return tmp_path


def test_damaged_files_are_named(damaged):
    with pytest.raises(LikewiseError, match=r"cannot read image .*4.jpg.*unreadable='skip'"):
        open_samples(damaged)
    (damaged / "4.jpg").unlink()
    with pytest.raises(LikewiseError, match=r"cannot read image .*2.jpg: .*truncated"):
        open_samples(damaged)
    with pytest.raises(LikewiseError, match=r"2.jpg"):
        open_samples(damaged, resident=False).read([2])


@pytest.mark.parametrize("resident", [True, False])
def test_damaged_files_are_skipped_and_named(damaged, resident):
    samples = open_samples(damaged, unreadable="skip", resident=resident)
    assert samples.keys.values.tolist() == ["0.jpg", "1.jpg", "3.jpg", "5.jpg"]
    assert f"2 unreadable images skipped: {damaged / '2.jpg'}, {damaged / '4.jpg'}" in samples.notes
    assert samples.read([3]).shape == (1, 3, 64, 64)


def test_many_damaged_files_are_named_up_to_ten(tmp_path):
    for name in ("y.png", "z.png"):
        save(tmp_path / name, noise(8, 8))
    for row in range(12):
        (tmp_path / f"{row:02}.png").write_bytes(b"no picture")
    (note,) = [note for note in open_samples(tmp_path, unreadable="skip").notes if "skipped" in note]
    assert note.startswith(f"12 unreadable images skipped: {tmp_path / '00.png'}, ")
    assert note.endswith(f", {tmp_path / '09.png'} and 2 more")


def test_empty_folders_and_hopeless_ones(tmp_path):
    with pytest.raises(LikewiseError, match="no image in"):
        open_samples(tmp_path)
    (tmp_path / "a.png").write_bytes(b"")
    with pytest.raises(LikewiseError, match="none of 1 images can be read"):
        open_samples(tmp_path, unreadable="skip")
    with pytest.raises(LikewiseError, match="unknown choice for unreadable 'skp': did you mean 'skip'"):
        open_samples(tmp_path, unreadable="skp")


@pytest.fixture
def nested(tmp_path):
    for name in ("cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"):
        save(tmp_path / name, noise())
    return tmp_path


def test_a_pattern_has_the_keys_of_the_folder_before_it(nested):
    (nested / "cat" / "list.txt").write_text("")
    whole, pattern = open_samples(nested), open_samples(str(nested / "*" / "*"))
    assert pattern.keys == whole.keys
    assert pattern.fingerprint == whole.fingerprint
    assert "not read: 1 .txt" in pattern.notes
    assert open_samples(nested / "**" / "2.png").keys.values.tolist() == ["cat/2.png", "dog/2.png"]
    with pytest.raises(LikewiseError, match="matches folders only"):
        open_samples(str(nested / "*"))
    with pytest.raises(LikewiseError, match=r"no image in .*\.jpg"):
        open_samples(str(nested / "*.jpg"))


def test_lists_of_paths_keep_their_order(nested, monkeypatch):
    paths = [nested / name for name in ("dog/2.png", "cat/1.png", "cat/2.png")]
    whole = open_samples(nested)
    for given in (paths, tuple(map(str, paths)), np.array(list(map(str, paths)))):
        samples = open_samples(given)
        assert samples.keys.values.tolist() == ["dog/2.png", "cat/1.png", "cat/2.png"]
        assert torch.equal(samples.read([0, 1, 2]), whole.read([3, 0, 1]))
        assert samples.classes == ("cat", "dog")
    monkeypatch.chdir(nested / "cat")
    assert open_samples(["2.png", "1.png"]).keys.values.tolist() == ["2.png", "1.png"]
    with pytest.raises(LikewiseError, match=r"no file 3\.png \(1 of 2 are missing\): a list of texts"):
        open_samples(["2.png", "3.png"])
    with pytest.raises(LikewiseError, match="occurs twice"):
        open_samples(["2.png", "2.png"])


def test_labels_of_a_level_of_folders(nested):
    save(nested / "cat" / "old" / "3.png", noise())
    assert open_samples(nested).classes == ("cat", "dog")
    assert open_samples(nested, labels="level:-1").classes == ("cat", "dog", "old")
    with pytest.raises(LikewiseError, match="level of the 2 levels"):
        open_samples(nested, labels="level:3")
