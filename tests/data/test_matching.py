import pytest

from likewise.data.matching import match
from likewise.errors import LikewiseError
from likewise.keys import Keys

SAMPLES = Keys.of(["cat/1.jpg", "cat/2.jpg", "dog/1.jpg"])


@pytest.mark.parametrize(
    "written",
    [
        ["dog\\1.jpg", "cat\\1.jpg", "cat\\2.jpg"],
        ["C:\\photos\\dog\\1.jpg", "C:\\photos\\cat\\1.jpg", "C:\\photos\\cat\\2.jpg"],
        ["./dog/1.jpg", "./cat/1.jpg", "./cat/2.jpg"],
        ["/data/photos/dog/1.jpg", "/data/photos/cat/1.jpg", "/data/photos/cat/2.jpg"],
        ["dog/1.jpg", "photos/cat/1.jpg", "2.jpg"],
    ],
)
def test_paths_of_the_same_files_match_and_it_is_said(written):
    rows, notes = match(Keys.of(written), SAMPLES, "m.csv")
    assert rows.tolist() == [1, 2, 0]
    assert notes[0].startswith("keys of m.csv are paths of the same files: ")


def test_equal_keys_say_nothing():
    rows, notes = match(Keys.of(["x", *SAMPLES.values]), SAMPLES, "m.csv")
    assert (rows.tolist(), notes) == ([1, 2, 3], [])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["1.jpg", "2.jpg", "3.jpg"], r"'1.jpg', the first is '1.jpg': write keys"),  # 1.jpg might be either
        (["cat/1.JPG", "cat/2.JPG", "dog/1.JPG"], "differs in capital letters"),
        (["cat/1.png", "cat/2.png", "dog/1.png"], "has another ending"),
        (["a", "b"], "its first is 'a'"),
        (["x/cat/1.jpg", "y/cat/1.jpg", "cat/2.jpg", "dog/1.jpg"], "no row for the key 'cat/1.jpg'"),
    ],
)
def test_doubtful_keys_are_refused_with_what_is_nearest(written, said):
    with pytest.raises(LikewiseError, match=said):
        match(Keys.of(written), SAMPLES, "m.csv")
