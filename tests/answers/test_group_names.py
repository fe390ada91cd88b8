import pytest

from likewise.answers import AnswerStore, group_names, name_group
from likewise.errors import LikewiseError
from likewise.keys import Keys


@pytest.fixture
def store(tmp_path):
    with AnswerStore(tmp_path / "a.db", Keys.of("abcdef")) as store:
        yield store


def test_names_of_groups_stay_with_a_sample(store, tmp_path):
    name_group(store, 2, "Cats & dogs")
    name_group(store, 4, "birds")
    name_group(store, 4, "")
    assert group_names(store) == {2: "Cats & dogs"}
    with AnswerStore(store.path, Keys.of("cxfabed")) as other:
        assert group_names(other) == {0: "Cats & dogs"}
    with pytest.raises(LikewiseError):
        name_group(store, 6, "nobody")
