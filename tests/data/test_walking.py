import os
import unicodedata

import numpy as np
import pytest
from PIL import Image

from likewise.data import open_samples
from likewise.data.walking import extensions, find_pictures
from likewise.errors import LikewiseError


def picture(path, shade=0, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((8, 8, 3), shade, np.uint8)).save(path, **options)


def test_linked_folders_are_followed_once_and_loops_end(tmp_path):
    for row in range(3):
        picture(tmp_path / "elsewhere" / "cats" / f"{row}.png", row)
        picture(tmp_path / "view" / "dogs" / f"{row}.png", 10 + row)
    view = tmp_path / "view"
    (view / "Cats").symlink_to(tmp_path / "elsewhere" / "cats")
    (view / "more-cats").symlink_to(tmp_path / "elsewhere" / "cats")
    (view / "dogs" / "up").symlink_to(view)
    (view / "nothing.png").symlink_to(tmp_path / "gone.png")
    samples = open_samples(view)
    assert samples.keys.values.tolist() == [*(f"Cats/{i}.png" for i in range(3)), *(f"dogs/{i}.png" for i in range(3))]
    assert "1 linked folder followed" in samples.notes
    assert "2 linked folders not followed: the search had been there already" in samples.notes
    assert "1 link to nothing left out" in samples.notes


def test_real_folders_come_before_links_to_them(tmp_path):
    for row in range(2):
        picture(tmp_path / "photos" / f"{row}.png", row)
    (tmp_path / "a-link").symlink_to(tmp_path / "photos")
    assert find_pictures(tmp_path).paths == ["photos/0.png", "photos/1.png"]


def test_every_other_file_is_counted_by_kind_and_debris_left_out(tmp_path):
    for row in range(2):
        picture(tmp_path / "a" / f"{row}.png", row)
    for name in ("a/@eaDir/0.png", "__MACOSX/0.png", ".thumbnails/0.png", "a/._0.png"):
        picture(tmp_path / name, format="PNG")
    for name in ("a/Thumbs.db", "list.CSV", "a/b.csv", "a/c.heic", "README"):
        (tmp_path / name).write_bytes(b"something")
    (tmp_path / "a" / "scan").write_bytes(bytes(128) + b"DICM" + bytes(9))
    samples = open_samples(tmp_path)
    assert len(samples) == 2
    read, left = samples.notes
    assert read.startswith("not read: 2 .csv, ")
    assert all(kind in read for kind in ("1 .heic", "1 without an ending", "1 .dcm", "pillow_heif", "16-bit PNG"))
    assert left == "left out: 2 hidden files and the folders .thumbnails, @eaDir, __MACOSX"


def test_folders_that_are_closed_to_us_are_said(tmp_path, monkeypatch):
    for name in ("a/0.png", "b/1.png", "c/2.png"):
        picture(tmp_path / name, len(name))
    look = os.scandir

    def scandir(path):
        if str(path).endswith("b"):
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(os, "scandir", scandir)
    samples = open_samples(tmp_path)
    assert len(samples) == 2
    assert f"1 folder could not be looked into, the first is {tmp_path / 'b'}" in samples.notes


def test_where_there_are_no_images_it_is_said_what_there_is(tmp_path):
    (tmp_path / "slice.dcm").write_bytes(b"")
    with pytest.raises(LikewiseError, match=r"no image in .*: there are 1 \.dcm \(write DICOM as 16-bit PNG"):
        open_samples(tmp_path)


@pytest.mark.parametrize("ending", [".jfif", ".jpe", ".JPG", ".webp", ".avif", ".jp2", ".tiff", ".tga"])
def test_all_that_pillow_reads_is_read(tmp_path, ending):
    if ending.lower() not in extensions():
        pytest.skip("this Pillow does not read it")
    for row in range(2):
        picture(tmp_path / f"{row}{ending}", 100 * row)
    samples = open_samples(tmp_path)
    assert np.abs(samples.read([0, 1]).float().mean((1, 2, 3)).numpy() - [0, 100]).max() <= 2


@pytest.fixture
def latin(tmp_path):
    for row in range(3):
        picture(tmp_path / f"{row}.png", row)
    try:
        os.rename(tmp_path / "0.png", os.fsencode(tmp_path) + b"/caf\xe9.png")
    except OSError:
        pytest.skip("this file system only has names in UTF-8")
    return tmp_path


def test_names_that_are_not_utf8_are_refused_by_name_or_skipped(latin):
    with pytest.raises(LikewiseError, match=r"caf\\xe9\.png is not UTF-8 \(1 of 3 are not\).*convmv"):
        open_samples(latin)
    samples = open_samples(latin, unreadable="skip")
    assert samples.keys.values.tolist() == ["1.png", "2.png"]
    assert "1 images skipped whose names are not UTF-8, the first is caf\\xe9.png" in samples.notes


def test_a_table_finds_names_in_either_unicode_form(tmp_path):
    names = ["Müller.png", "Schröder.png", "plain.png"]
    for row, name in enumerate(names):
        picture(tmp_path / "p" / unicodedata.normalize("NFD", name), row)
    lines = [f"{unicodedata.normalize('NFC', name)},{row}" for row, name in enumerate(names)]
    (tmp_path / "m.csv").write_text("\n".join(["key,age", *lines]), encoding="utf-8")
    assert open_samples(tmp_path / "p", columns=tmp_path / "m.csv")["age"].tolist() == [0, 1, 2]
