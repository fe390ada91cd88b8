import os
import pickle

import numpy as np
import pytest
import torch
from PIL import Image

from likewise.data import decoded, open_samples, pictures, storage
from likewise.errors import LikewiseError


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Six photos, and the empty cache in which whatever is decoded is kept."""
    monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(decoded, "WORTH", 1)
    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for row in range(6):
        noise = rng.integers(0, 256, (20 + row, 30, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / "photos" / f"{row}.png")
    return tmp_path / "photos"


@pytest.fixture
def looked(monkeypatch):
    """How often a picture was looked at or decoded."""
    seen = []

    def with_picture(source, row, work):
        seen.append(row)
        return original(source, row, work)

    original = pictures.with_picture
    monkeypatch.setattr(pictures, "with_picture", with_picture)
    return seen


def kept(photos):
    return list((photos.parent / "cache" / "pictures").glob("*.npy"))


def test_the_second_time_nothing_is_decoded(photos, looked):
    first = open_samples(photos)
    assert len(looked) == 6
    second = open_samples(photos)
    assert len(looked) == 6
    assert torch.equal(first.storage, second.storage)
    assert (first.keys, first.notes) == (second.keys, second.notes)
    second.storage[0] = 0  # which is memory of its own
    assert torch.equal(open_samples(photos).storage, first.storage)


def test_whatever_decides_the_pixels_decides_the_place(photos, looked):
    open_samples(photos)
    for options in ({"size": 8}, {"channels": 1}, {"range": (0, 9)}, {"unreadable": "skip"}):
        before = len(looked)
        open_samples(photos, **options)
        assert len(looked) > before
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(photos / "0.png")
    os.utime(photos / "0.png", (1, 1))
    assert open_samples(photos).storage[0].max() == 0


def test_sets_too_large_for_memory_are_read_from_the_disk(photos, looked, monkeypatch):
    whole = open_samples(photos).storage
    monkeypatch.setattr(storage, "RESIDENT_LIMIT", 100)
    before = len(looked)
    samples = open_samples(photos)
    assert len(looked) == before
    assert not samples.resident
    assert torch.equal(samples.read([5, 0, 0]), whole[[5, 0, 0]])
    assert torch.equal(pickle.loads(pickle.dumps(samples)).read([1]), whole[[1]])  # as a worker gets it
    with samples.store.origin.pictures.open(5) as image:  # for those who look closer
        assert image.size == (30, 25)
    first = open_samples(photos, size=9)  # decoded on the way there
    assert not first.resident
    assert torch.equal(first.read([2]), open_samples(photos, size=9, resident=True).read([2]))


def test_what_cannot_be_decoded_leaves_nothing_behind(photos):
    Image.open(photos / "3.png").save(photos / "3.jpg")  # whose header tells nothing of what follows
    (photos / "3.png").unlink()
    whole = (photos / "3.jpg").read_bytes()
    (photos / "3.jpg").write_bytes(whole[:-200])
    with pytest.raises(LikewiseError, match=r"3\.jpg: .*truncated"):
        open_samples(photos)
    assert not list((photos.parent / "cache" / "pictures").iterdir())
    samples = open_samples(photos, unreadable="skip")
    again = open_samples(photos, unreadable="skip")
    assert again.keys.values.tolist() == ["0.png", "1.png", "2.png", "4.png", "5.png"]
    assert torch.equal(again.storage, samples.storage)
    assert again.notes == samples.notes


def test_what_is_streamed_or_small_or_damaged_is_not_kept_or_read(photos, monkeypatch):
    open_samples(photos, resident=False)
    monkeypatch.setattr(decoded, "WORTH", 1 << 20)
    whole = open_samples(photos).storage
    assert not kept(photos)
    monkeypatch.setattr(decoded, "WORTH", 1)
    open_samples(photos)
    (file,) = kept(photos)
    file.write_bytes(file.read_bytes()[:-900])
    assert torch.equal(open_samples(photos).storage, whole)


def test_the_oldest_make_way(photos, monkeypatch):
    open_samples(photos)
    (first,) = kept(photos)
    os.utime(first, (1, 1))
    monkeypatch.setattr(decoded, "ROOM", first.stat().st_size + 100)
    open_samples(photos, size=16)
    assert first not in kept(photos)
    assert len(kept(photos)) == 1


def test_a_folder_that_cannot_be_written_is_no_obstacle(photos, monkeypatch):
    (photos.parent / "file").write_text("")
    monkeypatch.setenv("LIKEWISE_CACHE", str(photos.parent / "file"))
    assert len(open_samples(photos)) == 6
